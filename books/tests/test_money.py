"""Amounts in the currencies that Stripe takes: how they are counted, written, and charged at least."""

import pytest

from books.money import (
    CURRENCIES,
    NotAnAmount,
    chargeable,
    currency_name,
    in_minor_units,
    in_units,
    minor_digits,
    money,
    price_step,
    read_units,
    smallest_charge,
    smallest_step,
    written_units,
)
from tests.shop import shop


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (3900, "usd", "$39.00"),
        (-500, "usd", "-$5.00"),
        (123456789, "eur", "€1,234,567.89"),
        (30, "gbp", "£0.30"),
        (1500, "jpy", "¥1,500"),
        (1500, "krw", "₩1,500"),
        (1500, "kwd", "KWD\N{NO-BREAK SPACE}1.500"),
        (900, "chf", "CHF\N{NO-BREAK SPACE}9.00"),
        # Unicode gives it no decimals, but Stripe counts its hundredths.
        (950, "rsd", "RSD\N{NO-BREAK SPACE}9.50"),
        # Stripe counts hundredths that are always 00.
        (50000, "isk", "ISK\N{NO-BREAK SPACE}500"),
    ],
)
def test_an_amount_is_written_with_its_currency_and_as_many_decimals_as_count(amount, currency, written):
    assert money(amount, currency) == written


@pytest.mark.parametrize(
    ("locale", "written"),
    [("de_DE", "1.239,00\N{NO-BREAK SPACE}€"), ("ja_JP", "€1,239.00"), ("en_US", "€1,239.00")],
)
def test_an_amount_is_written_as_the_shop_s_locale_does(settings, locale, written):
    settings.SHOP = shop(locale=locale)

    assert money(123900, "eur") == written


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (149900, "huf", "1.499\N{NO-BREAK SPACE}HUF"),
        (149950, "huf", "1.499,50\N{NO-BREAK SPACE}HUF"),
        (30000, "twd", "300\N{NO-BREAK SPACE}NT$"),
        (50000, "ugx", "500\N{NO-BREAK SPACE}UGX"),
        (30000, "eur", "300,00\N{NO-BREAK SPACE}€"),
    ],
)
def test_decimals_that_nobody_pays_with_are_left_out_where_they_are_nothing(
    settings, amount, currency, written
):
    settings.SHOP = shop(locale="de_DE")

    assert money(amount, currency) == written


def test_an_english_page_names_currencies_in_english_and_writes_yen_with_a_sign_that_its_fonts_have(settings):
    settings.SHOP = shop(locale="ja_JP")

    assert currency_name("huf") == "Hungarian Forint (HUF)"
    assert money(1500, "jpy") == "¥1,500"


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_what_is_worked_out_ends_where_stripe_and_people_can_pay_it(currency):
    assert price_step(currency) % smallest_step(currency) == 0
    assert (price_step(currency) == 100) == (
        money(100, currency)[-2:] != "00" and minor_digits(currency) == 2
    )


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_what_people_type_comes_back_as_it_was(currency):
    amount = 123456700

    assert in_minor_units(in_units(amount, currency), currency) == amount
    assert in_units(10 ** minor_digits(currency), currency) == 1


@pytest.mark.parametrize(
    ("currency", "least"),
    [("usd", 50), ("gbp", 30), ("jpy", 50), ("huf", 17500), ("nok", 300), ("kwd", 500), ("krw", 50)],
)
def test_what_is_too_little_for_a_card_is_free_and_the_least_is_not(currency, least):
    assert smallest_charge(currency) == least
    assert chargeable(least, currency) == least
    assert chargeable(least - 1, currency) == 0


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_what_is_charged_is_never_more_and_a_multiple_of_what_stripe_takes(currency):
    for amount in (0, 1, 49, 50, 99, 101, 17499, 17501, 99_999_999):
        charged = chargeable(amount, currency)

        assert 0 <= charged <= amount
        assert charged % smallest_step(currency) == 0
        assert charged == 0 or charged > amount - smallest_step(currency)


def test_a_list_may_know_a_higher_minimum():
    assert chargeable(600, "krw", least=700) == 0
    assert chargeable(700, "krw", least=700) == 700


@pytest.mark.parametrize(
    ("typed", "locale", "currency", "amount"),
    [
        ("9", "en", "usd", 900),
        (" $ 9.50 ", "en", "usd", 950),
        (".50", "en", "usd", 50),
        ("1,234.50", "en", "usd", 123450),
        ("9,50", "de", "eur", 950),
        ("1.234,50 €", "de", "eur", 123450),
        # Whoever types a point means one.
        ("9.50", "de", "eur", 950),
        ("USD 9", "en", "usd", 900),
        ("1500", "en", "jpy", 1500),
        ("1.239", "en", "kwd", 1230),
    ],
)
def test_amounts_are_read_as_people_type_them(settings, typed, locale, currency, amount):
    settings.SHOP = shop(locale=locale)

    assert read_units(typed, currency) == amount


@pytest.mark.parametrize("typed", ["", "much", "-9", "9-", "1e9", "9,00", "1 2", "999999999999", "٩x٩", "$"])
def test_what_is_no_amount_is_refused(settings, typed):
    settings.SHOP = shop(locale="en")

    with pytest.raises(NotAnAmount):
        read_units(typed, "usd")


@pytest.mark.parametrize("locale", ["en", "de", "fr", "ja"])
@pytest.mark.parametrize("currency", ["usd", "jpy", "kwd", "isk"])
def test_what_is_written_for_a_field_is_read_again(settings, locale, currency):
    settings.SHOP = shop(locale=locale)

    for steps in (0, 5, 99, 1234, 999_999):
        amount = steps * smallest_step(currency)
        assert read_units(written_units(amount, currency), currency) == amount
