"""Places in a list of books as addresses have them: ?after=900~The+Ferry~<id>, ?from=F."""

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from uuid import UUID

from books.models.catalogue.orders import Order

# Neither a date, a number nor an id contains it, so that a title may.
SEPARATOR = "~"
DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


class NoSuchPlace(Exception):
    """What an address says is no place in this order."""


def _end_of_day(text):
    return datetime.combine(date.fromisoformat(text), time.max, UTC)


# How each column is written in an address, and how to read it.
COLUMNS = {
    "id": (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", UUID),
    "first_published_at": (rf"{DAY}T[0-9]{{2}}(?::[0-9]{{2}}){{2}}\.[0-9]{{6}}Z", datetime.fromisoformat),
    "title": (r".{1,200}", str),
    "sort_title": (r".{1,200}", str),
    "price": (r"[0-9]{0,10}", int),
    "rating": (r"(?:[0-5](?:\.[0-9]{1,20})?)?", float),
    "review_count": (r"[0-9]{1,10}", int),
    "word_count": (r"[0-9]{1,10}", int),
    "series_position": (r"(?:[0-9]{1,6}(?:\.[0-9]{1,2})?)?", float),
}
# What a visitor can jump to: a day, the beginning of a title, a price.
STARTS = {
    "first_published_at": (DAY, _end_of_day),
    "sort_title": (r".{1,200}", str),
    "price": (r"[0-9]{1,9}", int),
}


def written(order: Order, row: tuple) -> str:
    """Return a place as it appears in an address."""
    return SEPARATOR.join(_written(value) for value in row)


def read(order: Order, text: str) -> tuple:
    """Return the place that `written` wrote; raises NoSuchPlace."""
    pattern = SEPARATOR.join(f"({COLUMNS[column][0]})" for column in order.columns)
    found = re.fullmatch(pattern, text, re.DOTALL)
    if found is None:
        raise NoSuchPlace(text)
    return tuple(
        _value(COLUMNS[column][1], part) for column, part in zip(order.columns, found.groups(), strict=True)
    )


def read_start(order: Order, text: str) -> object:
    """Return the value of the order's first column to jump to; raises NoSuchPlace."""
    pattern, convert = STARTS.get(order.columns[0], ("(?!)", str))
    if not re.fullmatch(pattern, text, re.DOTALL):
        raise NoSuchPlace(text)
    return _value(convert, text)


def _value(convert, text):
    """Return the value of a column; None if it is unknown."""
    try:
        return convert(text) if text else None
    except ValueError as error:
        raise NoSuchPlace(text) from error


def _written(value):
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value)
