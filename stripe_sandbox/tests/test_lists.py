"""Lists: newest first, in pages, in a window of time."""

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from .payments import charge, paid_by


@pytest.fixture
def charges(api):
    """Five charges, newest first."""
    return [api.charges.create(charge(description=str(number))).id for number in range(5)][::-1]


def ids(page):
    return [one.id for one in page.data]


def test_pages(api, charges):
    first = api.charges.list({"limit": 2})
    assert (ids(first), first.has_more) == (charges[:2], True)
    second = api.charges.list({"limit": 3, "starting_after": charges[1]})
    assert (ids(second), second.has_more) == (charges[2:], False)
    before = api.charges.list({"limit": 2, "ending_before": charges[3]})
    assert (ids(before), before.has_more) == (charges[1:3], True)
    assert [one.id for one in first.auto_paging_iter()] == charges


def test_window_of_time(api, charges):
    created = api.charges.retrieve(charges[0]).created
    assert ids(api.charges.list({"created": {"gte": created - 60, "lte": created + 60}})) == charges
    assert ids(api.charges.list({"created": {"gt": created}})) == []
    assert ids(api.charges.list({"created": {"lt": created - 60}})) == []
    assert charges[0] in ids(api.charges.list({"created": created}))


def test_of_one_payment_intent(api, charges):
    intent = api.payment_intents.create(paid_by("pm_card_visa"))
    assert ids(api.charges.list({"payment_intent": intent.id})) == [intent.latest_charge]
    assert ids(api.payment_intents.list({"created": {"gte": intent.created}})) == [intent.id]


@pytest.mark.parametrize(
    "parameters",
    [{"limit": 0}, {"limit": 101}, {"starting_after": "ch_x"}, {"created": "now"}, {"created": {"since": 1}}],
)
def test_refused(api, parameters):
    with pytest.raises(stripe.InvalidRequestError):
        api.charges.list(parameters)
