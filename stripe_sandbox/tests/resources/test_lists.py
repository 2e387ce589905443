"""Lists: newest first, in pages, in a window of time."""

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.payments import charge, paid_by, session


@pytest.fixture
def charges(api):
    """Five charges, newest first."""
    return [api.charges.create(charge(description=str(number))).id for number in range(5)][::-1]


def ids(page):
    return [one.id for one in page.data]


def test_a_list_comes_in_pages(api, charges):
    first = api.charges.list({"limit": 2})
    assert (ids(first), first.has_more) == (charges[:2], True)
    second = api.charges.list({"limit": 3, "starting_after": charges[1]})
    assert (ids(second), second.has_more) == (charges[2:], False)
    before = api.charges.list({"limit": 2, "ending_before": charges[3]})
    assert (ids(before), before.has_more) == (charges[1:3], True)
    assert [one.id for one in first.auto_paging_iter()] == charges


def test_a_list_can_be_limited_in_time(api, charges):
    created = api.charges.retrieve(charges[0]).created
    assert ids(api.charges.list({"created": {"gte": created - 60, "lte": created + 60}})) == charges
    assert ids(api.charges.list({"created": {"gt": created}})) == []
    assert ids(api.charges.list({"created": {"lt": created - 60}})) == []
    assert charges[0] in ids(api.charges.list({"created": created}))


def test_charges_of_one_payment_intent(api, charges):
    intent = api.payment_intents.create(paid_by("pm_card_visa"))
    assert ids(api.charges.list({"payment_intent": intent.id})) == [intent.latest_charge]
    assert ids(api.payment_intents.list({"created": {"gte": intent.created}})) == [intent.id]


@pytest.mark.parametrize("kind", ["refunds", "disputes"])
@pytest.mark.parametrize("by", ["charge", "payment_intent"])
def test_refunds_and_disputes_of_one_payment(api, control, kind, by):
    first, other = (api.payment_intents.create(paid_by("pm_card_visa")) for _ in range(2))
    for paid in (first, other):
        control("POST", f"charges/{paid.latest_charge}/{'inquiry' if kind == 'disputes' else 'refund'}", {})
    calls = getattr(api, kind)
    named = {by: first.id if by == "payment_intent" else first.latest_charge}
    (found,) = calls.list(named).data
    assert found.charge == first.latest_charge
    window = {"gte": found.created - 60, "lte": found.created + 60}
    assert ids(calls.list({**named, "created": window})) == [found.id]
    assert ids(calls.list({**named, "created": {"gt": found.created + 60}})) == []
    assert len(calls.list({"created": window}).data) == 2


def test_sessions_are_listed_by_status_and_payment(api, control):
    made, paid, over = (api.checkout.sessions.create(session()) for _ in range(3))
    control("POST", f"checkout_sessions/{paid.id}/pay", {"email": "j@example.com"})
    api.checkout.sessions.expire(over.id)
    calls = api.checkout.sessions
    for status, expected in (("open", made), ("complete", paid), ("expired", over)):
        assert ids(calls.list({"status": status})) == [expected.id]
    since = {"created": {"gte": made.created}}
    assert ids(calls.list(since)) == [over.id, paid.id, made.id]
    intent = calls.retrieve(paid.id).payment_intent
    assert ids(calls.list({"payment_intent": intent, "status": "complete", **since})) == [paid.id]
    assert ids(calls.list({"payment_intent": intent, "status": "open"})) == []
    assert ids(calls.list({"created": {"lt": made.created}})) == []


def test_lists_can_be_expanded(api):
    made = api.payment_intents.create(paid_by("pm_card_visa"))
    assert api.payment_intents.retrieve(made.id).latest_charge == made.latest_charge
    whole = api.payment_intents.retrieve(made.id, {"expand": ["latest_charge.refunds"]})
    assert (whole.latest_charge.id, whole.latest_charge.refunds.data) == (made.latest_charge, [])
    listed = api.payment_intents.list({"expand": ["data.latest_charge"]})
    assert listed.data[0].latest_charge.paid
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        api.payment_intents.retrieve(made.id, {"expand": ["amount"]})


def test_undelivered_events_can_be_found(api, control):
    nowhere = {
        "url": "http://127.0.0.1:9/",
        "secrets": ["whsec_shop"],
        "enabled_events": ["charge.succeeded"],
    }
    early = api.charges.create(charge())
    control("POST", "webhook", nowhere)
    charges = [api.charges.create(charge()).id for _ in range(12)]
    api.refunds.create({"charge": charges[0]})
    wanted = {"types": ["charge.succeeded", "charge.refunded"], "created": {"gte": early.created - 60}}
    missed = api.events.list({**wanted, "delivery_success": False, "limit": 5})
    assert (len(missed.data), missed.has_more) == (5, True)
    found = [event.data.object["id"] for event in missed.auto_paging_iter()]
    assert found == charges[::-1]
    delivered = api.events.list({**wanted, "delivery_success": True}).auto_paging_iter()
    assert [event.type for event in delivered] == ["charge.refunded", "charge.succeeded"]
    later = {**wanted, "created": {"gte": early.created + 60}}
    assert api.events.list({**later, "delivery_success": False}).data == []


@pytest.mark.parametrize(
    "parameters",
    [{"limit": 0}, {"limit": 101}, {"starting_after": "ch_x"}, {"created": "now"}, {"created": {"since": 1}}],
)
def test_wrong_list_parameters_are_refused(api, parameters):
    with pytest.raises(stripe.InvalidRequestError):
        api.charges.list(parameters)
