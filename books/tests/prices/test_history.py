"""The lowest price of a time: the same as looking at the price in each of its minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from books.models.prices.history import Lowering, Past, lowest, steps

# The night on which the clocks go forward in Europe.
START = datetime(2026, 3, 28, 23, 0, tzinfo=UTC)
MINUTES = st.integers(0, 120)
PRICES = st.one_of(st.none(), st.integers(50, 2000))
PASTS = st.builds(
    lambda now, before: Past(now, [(minute(at), price) for at, price in sorted(before.items())]),
    PRICES,
    st.dictionaries(MINUTES, PRICES, max_size=5),
)


def minute(number):
    return START + timedelta(minutes=number)


def half(regular, base):
    return regular // 2


@st.composite
def sales(draw):
    begins = draw(MINUTES)
    return Lowering(1, minute(begins), minute(begins + draw(st.integers(1, 60))), half)


@given(MINUTES, MINUTES, PASTS, st.lists(sales(), max_size=2))
def test_it_is_the_lowest_that_was_asked_in_any_minute(begins, ends, past, lowered):
    found = steps(
        minute(begins), minute(ends), base=past, regular=past.at, changes=past.changes, sales=lowered
    )

    seen = []
    for number in range(begins, ends):
        price = past.at(minute(number))
        is_lower = any(sale.begins <= minute(number) < sale.ends for sale in lowered)
        seen.append(price // 2 if price is not None and is_lower else price)
    step_in = [max(step for step in found if step.since <= minute(at))[1:] for at in range(begins, ends)]
    assert [price for price, _ in step_in] == seen
    assert all(one[1:] != other[1:] for one, other in pairwise(found))
    cheapest = lowest(found)
    assert (cheapest and cheapest.price) == min((each for each in seen if each is not None), default=None)


@given(PASTS, MINUTES)
def test_a_price_holds_until_the_instant_of_its_change_and_not_at_it(past, number):
    later = [(until, price) for until, price in past.before if until > minute(number)]

    assert past.at(minute(number)) == (later[0][1] if later else past.now)
