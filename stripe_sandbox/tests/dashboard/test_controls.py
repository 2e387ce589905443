"""Faults, policies, the ledger, the dashboard and its buttons."""

import http.client
import json
import time

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.payments import charge, paid_by, session

MATCH = "POST /v1/payment_intents/*/confirm"


@pytest.fixture
def fetch(server):
    """Return ``fetch("GET", "/")``, which gives the answer a browser gets, with its text as ``text``."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)

    def ask(method, path, body=None, headers=None):
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        return answer

    yield ask
    connection.close()


@pytest.mark.parametrize(
    ("fault", "status"), [("drop_answer", "succeeded"), ("drop_before", "requires_confirmation")]
)
def test_a_fault_breaks_one_call(api, control, fault, status):
    intent = api.payment_intents.create(paid_by("pm_card_visa") | {"confirm": False})
    control("POST", "faults", {"match": MATCH, "fault": fault})
    with pytest.raises(stripe.APIConnectionError):
        api.payment_intents.confirm(intent.id)
    assert api.payment_intents.retrieve(intent.id).status == status
    assert control("GET", "faults") == []


def test_a_fault_waits_for_its_match(api, control):
    control("POST", "faults", {"match": MATCH, "fault": "error_500", "times": 2})
    assert api.charges.create(charge()).paid
    assert control("GET", "faults") == [{"match": MATCH, "fault": "error_500", "seconds": 1.0, "times": 2}]
    assert control("DELETE", "faults") == []


def no_such_charge(api):
    with pytest.raises(stripe.InvalidRequestError):
        api.charges.retrieve("ch_nothing")


@pytest.mark.parametrize(
    ("match", "call"),
    [
        ("GET /v1/charges", lambda api: api.charges.list()),
        ("GET /v1/charges/*", no_such_charge),
        ("POST /v1/checkout/sessions", lambda api: api.checkout.sessions.create(session())),
        ("POST /v1/checkout/*", lambda api: api.checkout.sessions.create(session())),
    ],
)
def test_every_call_can_be_delayed(api, control, match, call):
    control("POST", "faults", {"match": match, "fault": "delay", "seconds": 0.3})
    begun = time.monotonic()
    call(api)
    assert time.monotonic() - begun > 0.3
    assert control("GET", "faults") == []


def test_a_fault_can_last_for_several_calls(api, control):
    control("POST", "faults", {"match": "*", "fault": "error_500", "times": 1_000_000})
    for _ in range(20):
        with pytest.raises(stripe.APIError):
            api.charges.create(charge())
    assert control("GET", "faults")[0]["times"] == 999_980
    control("DELETE", "faults")
    assert api.charges.list().data == []


def test_the_ledger_can_be_asked_for_a_part(api, control, fetch):
    paid = api.charges.create(charge())
    assert control("GET", "ledger?only=charges,refunds") == {"charges": [paid.to_dict()], "refunds": []}
    assert fetch("GET", "/_sandbox/ledger?only=secrets").status == 400


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("policies", {"charges_api": "perhaps"}),
        ("policies", {"charges": "refused"}),
        ("policies", []),
        ("faults", {"match": MATCH}),
        ("faults", {"match": MATCH, "fault": "flood"}),
        ("faults", {"match": MATCH, "fault": "delay", "seconds": "soon"}),
        ("faults", None),
    ],
)
def test_a_wrong_control_is_refused(fetch, path, body):
    assert fetch("POST", f"/_sandbox/{path}", json.dumps(body)).status == 400


def test_the_ledger_shows_what_was_sent_and_no_secret(api, control):
    api.charges.create(charge(metadata={"order_id": "1"}), {"idempotency_key": "order-1-1"})
    with pytest.raises(stripe.CardError):
        api.payment_intents.create(paid_by("pm_card_visa_chargeDeclined"))
    ledger = control("GET", "ledger")
    assert [one["status"] for one in ledger["charges"]] == ["succeeded", "failed"]
    assert [one["status"] for one in ledger["payment_intents"]] == ["requires_payment_method"]
    first, second = ledger["requests"]
    assert first["parameters"] == charge("tok_…", metadata={"order_id": "1"})
    assert (first["status"], first["idempotency_key"], first["replayed"]) == (200, "order-1-1", False)
    assert (second["status"], second["error_code"]) == (402, "card_declined")
    assert second["parameters"]["confirm"] is True


def test_reset_forgets_everything(api, control):
    control("POST", "policies", {"charges_api": "refused"})
    control("POST", "faults", {"match": "*", "fault": "error_500"})
    control("POST", "reset")
    assert control("GET", "policies") == {"charges_api": "allowed", "card_tokens": "allowed"}
    assert not any(control("GET", "ledger").values())
    assert api.charges.create(charge()).paid


def test_another_site_cannot_use_the_controls(fetch):
    answer = fetch("POST", "/_sandbox/reset", headers={"Origin": "http://evil.example"})
    assert answer.status == 403


def test_the_dashboard_shows_payments_in_pages(api, fetch):
    for number in range(25):
        api.charges.create(charge(description=f"<b>{number}</b>", metadata={"order_id": f"order-{number}"}))
    first, second = fetch("GET", "/").text, fetch("GET", "/?payments=2").text
    assert "&lt;b&gt;24&lt;/b&gt;" in first
    assert "<b>24</b>" not in first
    assert "order-24" in first
    assert "order-4<" in second
    assert "4000 0000 0000 9995" in first
    assert fetch("GET", "/?payments=x&calls=-1").status == 200


def test_a_policy_is_switched_on_the_dashboard(fetch, control):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = fetch("POST", "/_sandbox/policies", "charges_api=refused", headers)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert control("GET", "policies")["charges_api"] == "refused"


@pytest.mark.parametrize("path", ["/", "/checkout/modal"])
def test_pages_run_nothing_inline(fetch, path):
    answer = fetch("GET", path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<style" not in answer.text
    assert "style=" not in answer.text


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/checkout.js", "text/javascript"),
        ("/checkout/modal.js", "text/javascript"),
        ("/checkout/modal.css", "text/css"),
        ("/checkout/button.css", "text/css"),
    ],
)
def test_scripts_and_stylesheets_are_served(fetch, path, content_type):
    answer = fetch("GET", path)
    assert (answer.status, answer.headers.get_content_type()) == (200, content_type)
    assert fetch("HEAD", path).text == ""


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nothing", 404), ("POST", "/", 405)])
def test_other_addresses_are_refused(fetch, method, path, status):
    assert fetch(method, path).status == status


def test_the_dashboard_has_buttons(api, fetch, control):
    paid = api.charges.create(charge())
    api.checkout.sessions.create(session())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert fetch("POST", f"/_sandbox/charges/{paid.id}/refund", "amount=1000", headers).status == 303
    assert fetch("POST", f"/_sandbox/charges/{paid.id}/refund", "amount=", headers).status == 303
    assert api.charges.retrieve(paid.id).refunded
    assert fetch("POST", f"/_sandbox/charges/{paid.id}/refund", "", headers).status == 400
    other = api.charges.create(charge())
    assert fetch("POST", f"/_sandbox/charges/{other.id}/dispute", "", headers).status == 303
    html = fetch("GET", "/").text
    for words in ("Refund 10.00 USD", "needs_response", "charge.dispute.created", "pay later", "Resend"):
        assert words in html
