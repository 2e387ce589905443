"""Amounts of money, integers in the currency's minor unit, and how they are shown."""

from decimal import Decimal

# The shop sells in one currency, a lower-case ISO 4217 code.
CURRENCY = "usd"

# Stripe refuses card payments below this, in minor units of CURRENCY (https://docs.stripe.com/currencies).
SMALLEST_CHARGE = 50

SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£"}


def money(amount: int, currency: str = CURRENCY) -> str:
    """Return 3900, "usd" as "$39.00"; other currencies are named by their code."""
    units, cents = divmod(abs(amount), 100)
    sign = "-" if amount < 0 else ""
    symbol = SYMBOLS.get(currency) or f"{currency.upper()} "
    return f"{sign}{symbol}{units:,}.{cents:02}"


def in_units(amount: int) -> Decimal:
    """Return 3900 as 39.00."""
    return Decimal(amount).scaleb(-2)


def chargeable(amount: int) -> int:
    """Return the amount, or 0 if it is too small to charge to a card: then the product is free."""
    return amount if amount >= SMALLEST_CHARGE else 0
