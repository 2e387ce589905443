"""Marking a place in a book, or words in it."""

from django.db import transaction

from books.models import Mark
from books.models.marks import LONGEST_QUOTATION
from books.models.places import BEFORE, EXCERPT, words_at
from users.formats import number
from users.models import CustomUser

from .quotations import find_words

# For each reader. Nobody needs more, and an export holds all of them at once.
MOST_IN_A_BOOK = 10_000
# In shares of a chapter: less than a character, by which a new edition sets marks apart that would meet.
SAME_PLACE = 1e-9


class CannotMark(Exception):
    """Nothing was marked. `str()` is a sentence for the reader about why."""


def add_bookmark(reader, chapter, fraction, note=""):
    """Bookmark this place of a chapter; a bookmark that is there already gets the new note, if any."""
    return _add(reader, chapter, fraction, note, **words_at(chapter.plain_text, fraction)._asdict())


def add_highlight(reader, chapter, quotation, colour, *, before="", near=0.0, note=""):
    """Highlight these words of a chapter; words highlighted already get the new colour, and the note if any.

    What is stored are the book's own words. `before` and `near` are as in find_words().
    """
    if len(quotation) > LONGEST_QUOTATION:
        most = number(LONGEST_QUOTATION)
        raise CannotMark(f"A highlight holds up to {most} characters. Select a shorter passage.")
    text = chapter.plain_text
    found = find_words(text, quotation, before=before, near=near)
    if found is None:
        raise CannotMark("These words aren’t in the book any more. Reload the page and try again.")
    start, end = found
    return _add(
        reader,
        chapter,
        start / len(text),
        note,
        colour=colour,
        quotation=text[start:end],
        # Unlike a bookmark, it may begin inside a word.
        before=_folded(text[max(start - BEFORE, 0) : start]),
        excerpt=_folded(text[start : start + EXCERPT]),
    )


@transaction.atomic
def _add(reader, chapter, fraction, note, *, colour="", quotation="", **words):
    marks = locked_marks(reader, chapter.book_id)
    here = (fraction - SAME_PLACE, fraction + SAME_PLACE)
    place = {"chapter": chapter.number, "is_lost": False, "quotation": quotation}
    mark = marks.filter(fraction__range=here, **place).first()
    if mark is None:
        check_room(marks)
        mark = Mark(user=reader, book=chapter.book, fraction=fraction, **place)
    changes = words | {"chapter_title": chapter.title, "colour": colour, "note": note or mark.note}
    for name, value in changes.items():
        setattr(mark, name, value)
    mark.save()
    return mark


def locked_marks(reader, book_id):
    """Return the reader's marks in a book; within a transaction, nobody else adds to them until it ends.

    A double click sends the same mark twice at once: the second waits here, and finds the first.
    """
    CustomUser.objects.select_for_update(no_key=True).get(pk=reader.pk)
    return reader.marks.filter(book=book_id)


def check_room(marks):
    """Raise CannotMark if there are as many marks in a book as it holds."""
    if marks.count() >= MOST_IN_A_BOOK:
        raise CannotMark(f"A book holds up to {number(MOST_IN_A_BOOK)} marks. Delete some to make room.")


def _folded(text):
    return " ".join(text.split())
