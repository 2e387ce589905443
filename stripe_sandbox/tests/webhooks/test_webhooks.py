"""Deliveries: signed, tried again, delayed, duplicated, dropped, reordered."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.conftest import check_against_schema
from stripe_sandbox.tests.payments import charge
from stripe_sandbox.webhooks.endpoint import Endpoint

OLD, NEW = "whsec_old", "whsec_new"
FAILED = "tok_chargeDeclined"


@pytest.fixture
def shop():
    """A webhook endpoint: ``received`` holds bodies and signatures, ``answers`` the next statuses."""

    class Shop(BaseHTTPRequestHandler):
        received, answers = [], []

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            Shop.received.append((body, self.headers["Stripe-Signature"]))
            self.send_response(Shop.answers.pop(0) if Shop.answers else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            """Print nothing."""

    site = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=site.serve_forever, args=(0.01,))
    thread.start()
    Shop.url = f"http://127.0.0.1:{site.server_port}/webhook/?a=1"
    yield Shop
    site.shutdown()
    thread.join()
    site.server_close()


@pytest.fixture
def endpoint(shop, control):
    """The sandbox delivers to :func:`shop`, signed with two secrets."""
    settings = {"url": shop.url, "secrets": [OLD, NEW], "retry_seconds": 0.05}
    assert control("POST", "webhook", settings)["secrets"] == [OLD, NEW]


def wait_for(condition):
    until = time.monotonic() + 60
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()


def types(shop):
    return [json.loads(body)["type"] for body, _ in shop.received]


def states(control):
    return [one["state"] for one in control("GET", "ledger")["deliveries"]]


@pytest.mark.usefixtures("endpoint")
def test_events_are_signed_with_both_secrets(api, shop):
    paid = api.charges.create(charge())
    wait_for(lambda: shop.received)
    for secret in (OLD, NEW):
        event = stripe.Webhook.construct_event(*shop.received[0], secret)
        assert (event.type, event.data.object["id"]) == ("charge.succeeded", paid.id)
    assert json.loads(shop.received[0][0])["api_version"] == "2026-10-28.endive"
    check_against_schema(json.loads(shop.received[0][0])["data"]["object"])
    wait_for(lambda: api.events.list({"delivery_success": True}).data)


@pytest.mark.usefixtures("endpoint")
def test_a_refused_delivery_is_tried_three_times(api, shop, control):
    shop.answers[:] = [500, 302, 400]
    api.charges.create(charge())
    wait_for(lambda: states(control) == ["failed"])
    assert types(shop) == ["charge.succeeded"] * 3
    event = api.events.list({"delivery_success": False}).data[0]
    assert event.pending_webhooks == 1
    control("POST", f"events/{event.id}/resend")
    wait_for(lambda: states(control) == ["failed", "delivered"])
    assert api.events.retrieve(event.id).pending_webhooks == 0


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize(
    ("fault", "arrived"),
    [
        ({"fault": "duplicate"}, ["charge.succeeded"] * 2 + ["charge.failed"]),
        ({"fault": "drop"}, ["charge.failed"]),
        ({"fault": "reorder", "seconds": 60}, ["charge.failed", "charge.succeeded"]),
        ({"fault": "delay", "seconds": 0.5}, ["charge.failed", "charge.succeeded"]),
    ],
)
def test_deliveries_can_go_wrong(api, shop, control, fault, arrived):
    control("POST", "faults", {"match": "webhook charge.succeeded", **fault})
    api.charges.create(charge())
    if fault["fault"] == "duplicate":
        wait_for(lambda: len(shop.received) == 2)
    with pytest.raises(stripe.CardError):
        api.charges.create(charge(FAILED))
    wait_for(lambda: len(shop.received) == len(arrived))
    assert types(shop) == arrived


@pytest.mark.usefixtures("endpoint")
def test_a_dropped_event_is_found_and_resent(api, shop, control):
    control("POST", "faults", {"match": "webhook charge.succeeded", "fault": "drop"})
    api.charges.create(charge())
    api.charges.create(charge())
    wait_for(lambda: sorted(states(control)) == ["delivered", "dropped"])
    (event,) = api.events.list({"delivery_success": False, "types": ["charge.succeeded"]}).data
    assert event.pending_webhooks == 1
    assert event.id not in [json.loads(body)["id"] for body, _ in shop.received]
    control("POST", f"events/{event.id}/resend")
    wait_for(lambda: api.events.list({"delivery_success": False}).data == [])
    assert json.loads(shop.received[-1][0])["id"] == event.id


@pytest.mark.parametrize(
    ("settings", "arrived"),
    [
        ({}, ["charge.succeeded", "charge.failed"]),
        ({"enabled_events": ["*"]}, ["charge.succeeded", "charge.failed"]),
        ({"enabled_events": ["charge.failed", "refund.created"]}, ["charge.failed"]),
        ({"status": "disabled"}, []),
    ],
)
def test_only_enabled_events_are_sent(api, shop, control, settings, arrived):
    control("POST", "webhook", {"url": shop.url, "secrets": [OLD], **settings})
    api.charges.create(charge())
    with pytest.raises(stripe.CardError):
        api.charges.create(charge(FAILED))
    wait_for(lambda: states(control) == ["delivered"] * len(arrived))
    assert sorted(types(shop)) == sorted(arrived)
    assert api.events.list({"delivery_success": False}).data == []


@pytest.mark.parametrize(("own", "sent"), [("2020-08-27", "2020-08-27"), (None, "2026-10-28.endive")])
def test_events_come_in_the_endpoints_version(api, shop, control, own, sent):
    control("POST", "webhook", {"url": shop.url, "secrets": [OLD], "api_version": own})
    api.charges.create(charge())
    wait_for(lambda: shop.received)
    event = stripe.Webhook.construct_event(*shop.received[0], OLD)
    assert event.api_version == sent


def test_nothing_is_sent_without_an_endpoint(api, control):
    api.charges.create(charge())
    assert control("GET", "ledger")["deliveries"] == []
    assert control("GET", "webhook")["url"] == ""


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("http://shop.example/", OLD),
        ("https://127.0.0.1/", OLD),
        ("http://127.0.0.1/", ""),
        ("http://127.0.0.1/", "secret"),
    ],
)
def test_wrong_endpoints_are_refused(url, secrets):
    with pytest.raises(ValueError, match=r"[Ww]ebhook"):
        Endpoint.read(url, secrets)


@pytest.mark.usefixtures("endpoint")
def test_deliveries_of_a_killed_process_are_sent_again(api, sandbox, shop, control):
    api.charges.create(charge())
    wait_for(lambda: states(control) == ["delivered"])
    sandbox.ledger.execute("UPDATE deliveries SET state = 'sending'")
    sandbox.outbox.recover()
    sandbox.outbox.wake.set()
    wait_for(lambda: len(shop.received) == 2)
