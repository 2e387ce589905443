"""When a book that is sold before its day opens: on that day, but not before it has a file.

The rule is here twice, as a condition for the database and for a book that has been read.
"""

from django.db.models import Q
from django.utils import timezone

from users.formats import day


def opened(now):
    """Return the condition on books that can be read at `now`, in UTC, by those who have them."""
    return Q(opens_at__isnull=True) | (Q(opens_at__lte=now) & ~Q(epub=""))


def unopened(now):
    """Return the opposite: the condition on books that nobody can read at `now` but for their samples."""
    return Q(opens_at__gt=now) | Q(opens_at__isnull=False, epub="")


def has_opened(opens_at, epub):
    """Tell whether a book with this day, in UTC, and this file can be read now."""
    return opens_at is None or (bool(epub) and opens_at <= timezone.now())


def preorder_words(opens_at, epub):
    """Return what buyers are told of a book that has not opened, with the day in the shop's zone; else ""."""
    if has_opened(opens_at, epub):
        return ""
    if opens_at <= timezone.now():
        return "Pre-order: opens soon"
    return f"Pre-order: opens on {day(opens_at)}"
