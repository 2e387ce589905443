"""Dates and times, in the shop's time zone."""

from datetime import date, datetime

from babel.dates import format_date, format_time
from django.conf import settings

from .language import english_of, has_24_hours


def day(moment: date, *, locale: str | None = None) -> str:
    """Return a date, or that of a moment: "27 November 2026"; as the shop writes it, or in a given locale."""
    return _written(moment, "long", locale)


def short_day(moment: date) -> str:
    """Return the same for a narrow column: "27 Nov 2026"."""
    return _written(moment, "medium")


def month(moment: date) -> str:
    """Return the month of a date: "November 2026"."""
    return _written(moment, "MMMM y")


def day_and_time(moment: datetime) -> str:
    """Return a moment with its time zone: "27 November 2026, 15:04 CET"."""
    local = moment.astimezone(settings.SHOP.zone)
    locale = settings.SHOP.locale
    # Without the words for morning and afternoon, a time can be written as the locale itself writes it.
    time = format_time(local, "short", locale=locale if has_24_hours(locale) else english_of(locale))
    return f"{day(moment)}, {time} {local:%Z}"


def _written(moment, form, locale=None):
    if isinstance(moment, datetime):
        moment = moment.astimezone(settings.SHOP.zone)
    return format_date(moment, form, locale=english_of(locale or settings.SHOP.locale))
