"""Idempotency keys, as Stripe documents them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.api import calls
from stripe_sandbox.tests.payments import card, charge

KEY = {"idempotency_key": "order-1-1"}
PATIENCE = 60  # seconds that a busy machine may take


@pytest.fixture(autouse=True)
def _pauses(monkeypatch):
    """Let the library wait before it tries again, as in production: the key may be in use until then."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.5)


def test_the_same_key_repeats_the_first_answer(api, http_client):
    first = api.charges.create(charge(), KEY)
    request_id = http_client.headers["Request-Id"]
    assert "Idempotent-Replayed" not in http_client.headers
    assert api.charges.create(charge(), KEY).id == first.id
    assert http_client.headers["Idempotent-Replayed"] == "true"
    assert http_client.headers["Original-Request"] == request_id
    assert len(api.charges.list().data) == 1


def test_the_same_key_repeats_a_decline(api, http_client):
    for replayed in (None, "true"):
        with pytest.raises(stripe.CardError):
            api.charges.create(charge("tok_chargeDeclined"), KEY)
        assert http_client.headers.get("Idempotent-Replayed") == replayed
    assert len(api.charges.list().data) == 1


def test_the_same_key_repeats_a_server_error(api, control):
    control("POST", "faults", {"match": "POST /v1/charges", "fault": "error_500"})
    for _ in range(2):
        with pytest.raises(stripe.APIError) as raised:
            api.charges.create(charge(), KEY)
        assert raised.value.http_status == 500
    assert api.charges.list().data == []


def test_refused_parameters_leave_the_key_free(api):
    with pytest.raises(stripe.InvalidRequestError):
        api.charges.create(charge(amount=1), KEY)
    assert api.charges.create(charge(), KEY).paid


@pytest.mark.parametrize("changes", [{"amount": 4000}, {"source": "tok_mastercard"}, {"description": "x"}])
def test_the_same_key_with_other_parameters_is_refused(api, changes):
    api.charges.create(charge(), KEY)
    with pytest.raises(stripe.IdempotencyError) as raised:
        api.charges.create(charge(**changes), KEY)
    assert raised.value.http_status == 400


def test_the_same_key_at_another_address_is_refused(api):
    api.charges.create(charge(), KEY)
    with pytest.raises(stripe.IdempotencyError):
        api.tokens.create({"card": card()}, KEY)


def test_a_key_in_use_is_refused(api, control, monkeypatch):
    asleep, awake = threading.Event(), threading.Event()

    def sleep(seconds):
        asleep.set()
        awake.wait(PATIENCE)

    monkeypatch.setattr(calls, "time", SimpleNamespace(sleep=sleep))
    control("POST", "faults", {"match": "POST /v1/charges", "fault": "delay", "seconds": 0.4})
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(api.charges.create, charge(), KEY)
        assert asleep.wait(PATIENCE)
        with pytest.raises(stripe.APIError) as raised:
            api.charges.create(charge(), KEY)
        assert (raised.value.http_status, raised.value.error.code) == (409, "idempotency_key_in_use")
        awake.set()
        assert api.charges.create(charge(), KEY | {"max_network_retries": 3}).id == slow.result().id
    assert len(api.charges.list().data) == 1


def test_many_at_once_make_one_charge(api):
    with ThreadPoolExecutor(20) as pool:
        options = KEY | {"max_network_retries": 5}
        made = list(pool.map(lambda _: api.charges.create(charge(), options).id, range(20)))
    assert set(made) == {one.id for one in api.charges.list().data}


def test_a_key_that_is_too_long_is_refused(api):
    with pytest.raises(stripe.InvalidRequestError, match="255"):
        api.charges.create(charge(), {"idempotency_key": "x" * 256})
