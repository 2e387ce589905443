"""Amounts of money, integers in a currency's minor unit, and how they are shown.

Currencies are lower-case ISO 4217 codes. The minor unit is the one in which Stripe counts
(https://docs.stripe.com/currencies): cents for most currencies, whole yen, thousandths of a dinar.
"""

import re
from decimal import Decimal
from functools import lru_cache

from babel.numbers import (
    NumberFormatError,
    NumberPattern,
    format_decimal,
    get_currency_name,
    get_currency_symbol,
    parse_decimal,
    parse_pattern,
)
from django.conf import settings

from users.formats import locale_of

CURRENCIES = frozenset(
    """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd
    cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq
    gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl
    mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr
    pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd
    tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw
    """.split()
)
_WITHOUT_MINOR_UNIT = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
_IN_THOUSANDTHS = frozenset("bhd jod kwd omr tnd".split())
# They have no smaller unit, but Stripe counts them in hundredths that must be 00.
_WHOLE_UNITS_ONLY = frozenset("isk ugx".split())
# Stripe takes hundredths of these, but nobody there pays or prices with them (Unicode's supplementalData, and
# for twd what shops in Taiwan write).
_RARELY_DIVIDED = frozenset("afn all cop huf idr lak lbp mmk sos std twd yer".split())

# What Stripe charges at least, by its list.
_SMALLEST_CHARGES = {
    **{"usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500},
    **{"dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000},
    **{"myr": 200, "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000},
}
# What people type as an amount: beside the number, the currency's sign or name.
_TYPED = re.compile(r"[^\d.,-]*(?P<number>[.,]?\d(?:[\d.,'’\s]*\d)?)[^\d-]*")
# The most that Stripe takes in one payment: eight digits, in any currency.
LARGEST_CHARGE = 99_999_999


def base_currency() -> str:
    """Return the currency in which the shop's books and bundles have their own prices."""
    return settings.SHOP.currency


def minor_digits(currency: str) -> int:
    """Return how many decimals the currency's minor unit has: 2 for cents, 0 for yen, 3 for fils."""
    if currency in _WITHOUT_MINOR_UNIT:
        return 0
    return 3 if currency in _IN_THOUSANDTHS else 2


def smallest_step(currency: str) -> int:
    """Return of what every amount that Stripe charges or refunds must be a multiple, in minor units."""
    if currency in _WHOLE_UNITS_ONLY:
        return 100
    return 10 if currency in _IN_THOUSANDTHS else 1


def price_step(currency: str) -> int:
    """Return of what every price that the shop works out is a multiple, in minor units.

    It is smallest_step, but a whole unit where people know nothing smaller: 1,499 forints, not 1,498.99.
    """
    return 100 if currency in _RARELY_DIVIDED else smallest_step(currency)


def has_documented_minimum(currency: str) -> bool:
    """Tell whether Stripe's list says what it charges at least in this currency."""
    return currency in _SMALLEST_CHARGES


def smallest_charge(currency: str) -> int:
    """Return the least that can be charged to a card, in minor units.

    For a currency that is not on Stripe's list it is half a unit, or 50 where there is nothing smaller than a
    unit. Stripe then wants as much as its minimum in the currency in which it pays the shop; the rate of a
    price list tells what that is (PriceList.smallest_charge).
    """
    half_a_unit = 500 if currency in _IN_THOUSANDTHS else 50
    return _SMALLEST_CHARGES.get(currency, max(half_a_unit, smallest_step(currency)))


def chargeable(amount: int, currency: str, *, least: int | None = None) -> int:
    """Return what a card is charged for this amount, in minor units.

    It is rounded down to what Stripe takes in the currency, and 0 below the least (smallest_charge unless it
    is given): then the product is free.
    """
    rounded = amount - amount % smallest_step(currency)
    return rounded if rounded >= (smallest_charge(currency) if least is None else least) else 0


def in_units(amount: int, currency: str) -> Decimal:
    """Return 3900, "usd" as 39.00, with the currency's own number of decimals."""
    return Decimal(amount).scaleb(-minor_digits(currency))


def in_minor_units(units: Decimal, currency: str) -> int:
    """Return 39.00, "usd" as 3900; what is smaller than the minor unit is cut off."""
    return int(units.scaleb(minor_digits(currency)))


class NotAnAmount(Exception):
    """What somebody typed is not an amount of money."""


def read_units(text: str, currency: str) -> int:
    """Return what somebody typed, "9", "$9.50" or "9,50" as the shop's locale writes it, in minor units.

    What is smaller than Stripe takes is cut off. Raises NotAnAmount.
    """
    found = _TYPED.fullmatch(text)
    if found is None:
        raise NotAnAmount(text)
    number = found["number"]
    try:
        units = parse_decimal(number, locale=settings.SHOP.locale, strict=True)
    except NumberFormatError as error:
        # A point is understood everywhere.
        if not re.fullmatch(r"\d*\.?\d+", number):
            raise NotAnAmount(text) from error
        units = Decimal(number)
    if units > LARGEST_CHARGE:
        raise NotAnAmount(text)
    amount = in_minor_units(units, currency)
    return amount - amount % smallest_step(currency)


def written_units(amount: int, currency: str) -> str:
    """Return 3950, "usd" as "39.50", so that read_units understands it."""
    digits = 0 if currency in _WHOLE_UNITS_ONLY else minor_digits(currency)
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return format_decimal(in_units(amount, currency), pattern, locale=settings.SHOP.locale)


def money(amount: int, currency: str) -> str:
    """Return 3900, "usd" as "$39.00", as the shop's locale writes it; 149900, "huf" as "HUF 1,499"."""
    return _written(amount, currency, settings.SHOP.locale)


# Cards, receipts and lists show the same prices again and again.
@lru_cache(4096)
def _written(amount: int, currency: str, locale: str) -> str:
    units = in_units(amount, currency)
    is_whole = currency in _RARELY_DIVIDED | _WHOLE_UNITS_ONLY and amount % 100 == 0
    pattern = _pattern(currency, locale, 0 if is_whole else minor_digits(currency))
    written = pattern.apply(units, locale_of(locale), currency=currency.upper(), currency_digits=False)
    # Japan's own sign for yen is as wide as a Chinese character, and fonts for Latin letters lack it.
    return written.replace("\N{FULLWIDTH YEN SIGN}", "\N{YEN SIGN}")


@lru_cache(256)
def _pattern(currency: str, locale: str, decimals: int) -> NumberPattern:
    """Return how a locale writes amounts in a currency, with as many decimals as the amount has.

    Unicode's own number of decimals differs for some currencies, and would hide a part of the amount.
    """
    text = locale_of(locale).currency_formats["standard"].pattern
    if get_currency_symbol(currency.upper(), locale=locale)[-1].isalpha():
        # "CHF 9.00": letters do not touch the number.
        text = text.replace("¤#", "¤\N{NO-BREAK SPACE}#")
    pattern = parse_pattern(text)
    pattern.frac_prec = (decimals, decimals)
    return pattern


def currency_name(currency: str) -> str:
    """Return "usd" as "US Dollar (USD)", in the language of the interface."""
    code = currency.upper()
    return f"{get_currency_name(code, locale='en')} ({code})"
