"""Marks as pages show them: beside the text of their chapter, and to readers who may no longer read it."""

from django.db.models import BooleanField, Case, IntegerField, UUIDField, Value, When

from books import access
from books.models import Mark
from users.prepared import Given, PreparedObjects

# Of one chapter and the rest of its book together: whoever has more finds them on the page of all marks.
MOST_SHOWN = 500


def shown_beside(reader, book, number):
    """Return the reader's marks in this book: first this chapter, then the rest in reading order.

    The `state` of each is "here", "elsewhere" or "lost"; the reader may read the chapter, or once could.
    """
    marks = _beside(reader=reader.pk, book=book.pk, number=number)
    for mark in marks:
        mark.can_read = True
        mark.state = "lost" if mark.is_lost else "elsewhere" if mark.is_elsewhere else "here"
    return marks


@PreparedObjects
def _beside():
    of_reader = Mark.objects.filter(user=Given("reader", IntegerField()), book=Given("book", UUIDField()))
    is_here = When(chapter=Given("number", IntegerField()), then=Value(False))
    marks = of_reader.annotate(is_elsewhere=Case(is_here, default=Value(True), output_field=BooleanField()))
    return marks.order_by("is_elsewhere", "chapter", "fraction", "id")[:MOST_SHOWN]


def with_access(reader, marks):
    """Give each mark `can_read`: whether this reader may read the chapter it is in. Takes two queries.

    The `state` of a mark that leads nowhere is "lost", of others "here".
    """
    opened = access.open_among(reader, {mark.book_id: mark.book for mark in marks}.values())
    for mark in marks:
        in_sample = mark.book.is_published and mark.chapter <= mark.book.sample_chapters
        mark.can_read = in_sample or mark.book_id in opened
        mark.state = "here" if mark.can_read and not mark.is_lost else "lost"
    return marks
