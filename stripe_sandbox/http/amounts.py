"""Parameters of money: the currencies Stripe takes, and the smallest and largest amounts."""

from typing import Any

from .errors import invalid
from .parameters import Fields, at_least, string

# What Stripe charges at least in a currency's smallest unit, by its list. For any other currency it is what
# that is worth in the account's own, which the sandbox does not know: half a unit, or 50.
MINIMUM_AMOUNTS = {
    **{"aed": 200, "bgn": 100, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400, "huf": 17500, "mxn": 1000},
    **{"myr": 200, "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000},
    **dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 500),
}
MINIMUM_AMOUNT = 50
# The last digits of amounts in these currencies must be 0.
STEPS = {**dict.fromkeys(("bhd", "jod", "kwd", "omr", "tnd"), 10), "isk": 100, "ugx": 100}
WITHOUT_DECIMALS = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
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
    """Return an amount in the currency's smallest unit, of up to eight digits."""
    number = at_least(1)(value, name)
    if number > MAXIMUM_AMOUNT:
        raise invalid("Amount must be no more than $999,999.99", code="amount_too_large", param=name)
    return number


class Charging(Fields):
    """Parameters with an amount to charge and its currency."""

    def __call__(self, value: Any, name: str = "") -> dict[str, Any]:
        """Return the checked values by name; raise Stripe's error, also if the amount is too small."""
        checked = super().__call__(value, name)
        number, of = checked["amount"], checked["currency"]
        if number < (least := minimum(of)):
            message = f"Amount must be at least {written(least, of)} {of}"
            raise invalid(message, code="amount_too_small", param="amount")
        check_step(number, of)
        return checked


def minimum(currency: str) -> int:
    """Return the smallest amount that can be charged."""
    return max(MINIMUM_AMOUNTS.get(currency, MINIMUM_AMOUNT), STEPS.get(currency, 1))


def check_step(number: int, currency: str, param: str = "amount") -> None:
    """Raise Stripe's error for an amount with a smaller part than it takes in the currency."""
    if number % STEPS.get(currency, 1):
        message = f"Invalid amount. The amount must be a multiple of {STEPS[currency]} in {currency}."
        raise invalid(message, code="parameter_invalid_integer", param=param)


def decimals(currency: str) -> int:
    """Return how many decimals people write of an amount."""
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if STEPS.get(currency) == 10 else 2


def written(amount: int, currency: str) -> str:
    """Return an amount as Stripe writes it in its errors: ``$0.50``."""
    symbol = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥"}.get(currency, "")
    digits = decimals(currency)
    return f"{symbol}{amount / 10**digits:,.{digits}f}"


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
