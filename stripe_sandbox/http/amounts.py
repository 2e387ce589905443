"""Parameters of money: the currencies Stripe takes, and the smallest and largest amounts."""

from typing import Any

from .errors import invalid
from .parameters import at_least, string

MINIMUM_AMOUNT = 50
MAXIMUM_AMOUNT = 99_999_999
CURRENCIES = frozenset(
    """
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bif bmd bnd bob brl bsd bwp byn bzd
    cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq
    gyd hkd hnl htg huf idr ils inr isk jmd jpy kes kgs khr kmf krw kyd kzt lak lbp lkr lrd lsl mad
    mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln
    pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs
    uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw bhd jod kwd omr tnd
    """.split()
)


def amount(value: Any, name: str) -> int:
    """Return an amount in the currency's smallest unit, from 50 up to eight digits."""
    number = at_least(1)(value, name)
    if number < MINIMUM_AMOUNT:
        raise invalid("Amount must be at least $0.50 usd", code="amount_too_small", param=name)
    if number > MAXIMUM_AMOUNT:
        raise invalid("Amount must be no more than $999,999.99", code="amount_too_large", param=name)
    return number


def currency(value: Any, name: str) -> str:
    """Return a currency that Stripe takes, in lower case."""
    text = string(value, name).lower()
    if text not in CURRENCIES:
        raise invalid(
            f"Invalid currency: {text}. Stripe currently supports these currencies: "
            f"{', '.join(sorted(CURRENCIES))}",
            param=name,
        )
    return text
