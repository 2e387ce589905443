"""When a book was published, as exactly as its package says: on a day, in a month or in a year."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import NamedTuple

# Programs write year 1 or 101 where they know none; no book is dated like this and older.
FIRST_YEAR = 1000
# Books are announced a year or two ahead; later years mean "never".
YEARS_AHEAD = 2
MONTHS = {
    month: number for number, month in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
YEAR_FIRST = re.compile(r"(?P<year>\d{4})(?:([-/.])(?P<month>\d{1,2})(?:\2(?P<day>\d{1,2}))?)?(?![\d-])")
COMPACT = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?!\d)")
DAY_FIRST = re.compile(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})")
IN_WORDS = re.compile(
    rf"(?:[a-z]{{3,9}},\s+)?(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+)?(?P<month>{'|'.join(MONTHS)})[a-z]*\.?"
    r"(?:\s+(?P<late>\d{1,2})(?:st|nd|rd|th)?)?,?\s+(?P<year>\d{4})",
    re.IGNORECASE,
)
LONE_YEAR = re.compile(r"(?<!\d)(?P<year>1\d{3}|20\d{2})(?!\d)")


class Published(NamedTuple):
    """A day, and which part of it is known: "day", "month" or "year"; the rest is the first."""

    day: date | None
    precision: str


NEVER = Published(None, "day")


def first_date(texts: Iterable[str]) -> Published:
    """Return the first of these that is a possible date."""
    dates = (_date(text.strip()) for text in texts)
    return next((found for found in dates if found.day), NEVER)


def _date(text: str) -> Published:
    for pattern in (YEAR_FIRST, COMPACT, DAY_FIRST, IN_WORDS):
        if found := pattern.match(text):
            return _possible(**_parts(found.groupdict()))
    years = LONE_YEAR.findall(text)
    return _possible(int(years[0])) if years else NEVER


def _parts(found: dict[str, str | None]) -> dict[str, int]:
    """Return year, month and day as numbers; 0 is how some write that they know no more."""
    month = found.get("month") or "0"
    number = int(month) if month.isdigit() else MONTHS[month.lower()]
    return {
        "year": int(found["year"] or 0),
        "month": number,
        "day": int(found.get("day") or found.get("late") or 0),
    }


def _possible(year: int, month: int = 0, day: int = 0) -> Published:
    if not FIRST_YEAR <= year <= datetime.now(UTC).year + YEARS_AHEAD:
        return NEVER
    precision = "day" if month and day else "month" if month else "year"
    try:
        return Published(date(year, month or 1, day if month and day else 1), precision)
    except ValueError:
        return NEVER
