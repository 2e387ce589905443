"""Keys, addresses and parameters that are refused before anything is done."""

import http.client
import socket

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.conftest import connect
from stripe_sandbox.tests.payments import charge, intent


@pytest.mark.parametrize("key", ["sk_live_1234567890abcdef", "pk_live_1234567890abcdef", "rk_live_12345678"])
def test_a_live_key_is_refused(server, http_client, key):
    with pytest.raises(stripe.AuthenticationError, match="live key") as raised:
        connect(server.url, http_client, key).charges.create(charge())
    assert raised.value.http_status == 401
    assert key not in str(raised.value)


@pytest.mark.parametrize("key", ["nonsense", "sk_test_", "whsec_1"])
def test_a_key_of_no_known_kind_is_refused(server, http_client, key):
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
        connect(server.url, http_client, key).charges.list()


def test_a_browser_can_only_make_tokens(api_in_browser):
    with pytest.raises(stripe.AuthenticationError) as raised:
        api_in_browser.charges.create(charge())
    assert raised.value.error.code == "secret_key_required"


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amonut": 1}, "parameter_unknown", "amonut"),
        ({"shipping": {"nmae": "x"}}, "parameter_unknown", "shipping[nmae]"),
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": "39.00"}, "parameter_invalid_integer", "amount"),
        ({"amount": ""}, "parameter_invalid_empty", "amount"),
        ({"amount": {"usd": 1}}, None, "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"capture": "yes"}, None, "capture"),
        ({"receipt_email": "nobody"}, "email_invalid", "receipt_email"),
        ({"statement_descriptor_suffix": "x" * 23}, None, "statement_descriptor_suffix"),
        ({"metadata": {f"key{n}": "x" for n in range(51)}}, None, "metadata"),
        ({"metadata": {"k" * 41: "x"}}, None, f"metadata[{'k' * 41}]"),
        ({"metadata": {"key": "x" * 501}}, None, "metadata[key]"),
        ({"metadata": {"key": {"deeper": "x"}}}, None, "metadata[key]"),
        ({"expand": "payment_intent"}, None, "expand"),
    ],
)
def test_a_wrong_parameter_is_refused(api, changes, code, param):
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.charges.create(charge(**changes))
    assert (raised.value.http_status, raised.value.code, raised.value.param) == (400, code, param)
    assert api.charges.list().data == []


@pytest.mark.parametrize(
    ("missing", "param"), [("amount", "amount"), ("currency", "currency"), ("source", None)]
)
def test_a_missing_parameter_is_refused(api, missing, param):
    parameters = charge()
    del parameters[missing]
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.charges.create(parameters)
    assert (raised.value.code, raised.value.param) == ("parameter_missing", param)


def test_metadata_at_its_limits_is_accepted(api):
    metadata = {f"{n:040}": "x" * 500 for n in range(50)}
    assert api.payment_intents.create(intent(metadata=metadata)).metadata.to_dict() == metadata


@pytest.mark.parametrize("path", ["/v1/coupons", "/v1/charges/", "/v2/core/accounts"])
def test_an_unknown_address_is_refused(server, http_client, path):
    _, status, _ = http_client.request("get", server.url + path, {"Authorization": "Bearer sk_test_sandbox"})
    assert status == 404


def test_answers_name_their_request_and_version(api, http_client):
    api.charges.list()
    assert http_client.headers["Request-Id"].startswith("req_")
    assert http_client.headers["Stripe-Version"] == "2026-10-28.endive"


def test_another_api_release_is_refused(server, http_client):
    headers = {"Authorization": "Bearer sk_test_sandbox", "Stripe-Version": "2020-08-27"}
    _, status, _ = http_client.request("get", f"{server.url}/v1/charges", headers)
    assert status == 400


def test_listens_on_loopback_only(server):
    assert server.server_address[0] == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.server_port), timeout=60)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example"}, 403), ({"Content-Length": "9999999"}, 413), ({"Content-Length": "x"}, 413)],
)
def test_a_wrong_host_or_length_is_refused(server, headers, status):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request("POST", "/v1/charges", headers=headers)
    assert connection.getresponse().status == status
    connection.close()


def test_half_a_request_does_nothing(server, api):
    """A caller that is killed while it writes may have sent only part of the form."""
    head = "POST /v1/charges HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sk_test_sandbox\r\n"
    form = "amount=3900&currency=usd&source=tok_visa&metadata[order_id]=1"
    length = f"Content-Length: {len(form)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=60) as connection:
        connection.sendall(f"{head}{length}{form.partition('&metadata')[0]}".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""
    assert api.charges.list().data == []
