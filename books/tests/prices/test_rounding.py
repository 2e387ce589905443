"""The prices that a price list works out: one formula, the same in Python and in the database."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from books.models import Book
from books.models.prices.rounding import Formula
from books.money import minor_digits, price_step

CURRENCIES = st.sampled_from(["usd", "eur", "jpy", "kwd", "isk", "vnd", "huf"])
RATES = st.decimals("0.000001", 30000, places=6)
FORMULAS = st.builds(
    Formula.of,
    RATES,
    st.sampled_from(["usd", "jpy", "kwd"]),
    CURRENCIES,
    ends_in=st.sampled_from(["", "00", "99"]),
    rounds_up=st.booleans(),
)
BASES = st.integers(1, 99_999_999)


@pytest.mark.parametrize(
    ("rate", "currency", "ends_in", "rounds_up", "price"),
    [
        ("0.92", "eur", "", False, 828),
        ("0.92", "eur", "99", False, 799),
        ("0.92", "eur", "99", True, 899),
        ("0.92", "eur", "00", False, 800),
        ("0.92", "eur", "00", True, 900),
        ("150", "jpy", "", False, 1350),
        ("150", "jpy", "99", False, 1399),
        ("150", "jpy", "00", True, 1400),
        ("0.307", "kwd", "", False, 2760),
        ("0.307", "kwd", "99", False, 2990),
        ("137.4", "isk", "", False, 123700),
        ("137.4", "isk", "99", False, 119900),
        # Nobody has fillér or the cents of Taiwan, though Stripe takes them.
        ("358.2", "huf", "99", False, 319900),
        ("358.2", "huf", "", False, 322400),
        ("31.7", "twd", "00", True, 30000),
        # Nothing is free because it costs little.
        ("0.000001", "eur", "", False, 1),
        ("0.000001", "eur", "99", False, 99),
    ],
)
def test_nine_dollars_in_another_currency(rate, currency, ends_in, rounds_up, price):
    formula = Formula.of(Decimal(rate), "usd", currency, ends_in=ends_in, rounds_up=rounds_up)

    assert formula.price(900) == price


@given(RATES, CURRENCIES, st.sampled_from(["", "00", "99"]), st.booleans(), BASES)
def test_a_price_is_the_nearest_with_its_ending_or_the_next_one_up(rate, currency, ends_in, rounds_up, base):
    formula = Formula.of(rate, "usd", currency, ends_in=ends_in, rounds_up=rounds_up)
    exact = Fraction(base, 100) * Fraction(rate) * 10 ** minor_digits(currency)

    price = formula.price(base)

    assert price > 0
    assert price % price_step(currency) == 0
    assert (price + formula.below) % formula.step == 0
    if price > formula.step - formula.below:
        distance = price - exact
        assert 0 <= distance < formula.step if rounds_up else -formula.step <= 2 * distance <= formula.step


@given(FORMULAS, BASES, BASES)
def test_what_costs_more_at_home_never_costs_less_abroad(formula, one, other):
    cheap, dear = sorted([one, other])

    assert formula.price(cheap) <= formula.price(dear)


@given(FORMULAS, BASES)
def test_the_least_base_is_where_a_price_begins(formula, price):
    base = formula.least_base(price)

    assert formula.price(base) >= price
    assert base == 0 or formula.price(base - 1) < price


@pytest.mark.django_db
@given(st.lists(FORMULAS, min_size=1, max_size=4), BASES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
def test_the_database_comes_to_the_same_price(formulas, base):
    book = Book.objects.create(title="The Ferry", price=base)
    try:
        for formula in formulas:
            found = Book.objects.filter(pk=book.pk).values_list(formula.expression("price"))

            assert found.get() == (formula.price(base),)
    finally:
        book.delete()
