"""Numbers, as the shop's locale writes them."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import format_decimal, format_percent
from django.conf import settings

from .language import locale_of


def number(value: float | Decimal, decimals: int = 0) -> str:
    """Return 1234.25 with one decimal as "1,234.3", rounded as people do."""
    rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return _written(rounded, decimals, settings.SHOP.locale)


def percent(share: float) -> int:
    """Return 34 for 0.347, rounded down: 100 means all of it."""
    # 0.29 * 100 is a little less than 29.
    return int(share * 100 + 1e-6)


def percentage(share: float) -> str:
    """Return 0.347 as "34%", rounded down: 100% means all of it."""
    return _percentage(percent(share), settings.SHOP.locale)


@lru_cache(1024)
def _percentage(percent, locale):
    return format_percent(percent / 100, locale=locale_of(locale))


# Lists show the same numbers again and again. 3 and 3.0 are equal, and written differently.
@lru_cache(4096)
def _written(value, decimals, locale):
    pattern = "#,##0" + (f".{'0' * decimals}" if decimals else "")
    return format_decimal(value, pattern, locale=locale_of(locale))
