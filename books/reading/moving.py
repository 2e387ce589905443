"""A guest's places, marks, preferences, reviews, wishes and downloads become an account's."""

from django.db.models import F

from books.models import Download, Mark, Position, Preferences, Review, ReviewReport, Wish

from .marks.marking import SAME_PLACE

# What a place consists of; its version counts the account's own moves.
PLACE = ("chapter", "fraction", "chapter_title", "before", "excerpt", "is_lost", "progress", "updated_at")


def move(guest, account):
    """Give what a guest has read, marked, reviewed and kept for later to an account.

    Called through settings.MOVED_WITH_A_GUEST. Of two places in a book the one further on stays, of two
    reviews of a book the account's; all marks stay.
    """
    _move_places(guest, account)
    _move_marks(guest, account)
    _move_unless_there(Preferences, "user", guest, account)
    _move_unless_there(Review, "author", guest, account, key="book")
    _move_unless_there(ReviewReport, "reporter", guest, account, key="review")
    _move_unless_there(Wish, "reader", guest, account, key="item")
    Download.objects.filter(user=guest).update(user=account)


def _move_places(guest, account):
    for place in Position.objects.filter(user=guest):
        values = {name: getattr(place, name) for name in PLACE}
        behind = Position.objects.filter(user=account, book=place.book_id, progress__lt=place.progress)
        behind.update(version=F("version") + 1, **values)
    _move_unless_there(Position, "user", guest, account, key="book")


def _move_marks(guest, account):
    """Give all marks; a bookmark exactly where the account has one moves by less than a character."""
    for mark in Mark.objects.filter(user=guest, colour="", is_lost=False):
        there = Mark.objects.filter(
            user=account, book=mark.book_id, chapter=mark.chapter, colour="", is_lost=False
        )
        while there.filter(fraction=mark.fraction).exists():
            mark.fraction += SAME_PLACE if mark.fraction < 0.5 else -SAME_PLACE
        mark.user = account
        mark.save(update_fields=["user", "fraction"])
    Mark.objects.filter(user=guest).update(user=account)


def _move_unless_there(model, owner, guest, account, *, key=None):
    """Give the rows of which an owner may have one for each `key`; the account keeps what it has."""
    rows = model.objects.filter(**{owner: guest})
    held = model.objects.filter(**{owner: account})
    if key is None:
        movable = rows.none() if held.exists() else rows
    else:
        movable = rows.exclude(**{f"{key}__in": list(held.values_list(key, flat=True))})
    movable.update(**{owner: account})
    rows.delete()
