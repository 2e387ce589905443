"""Deleting a mark in a way that can be undone.

Nothing of a deleted mark stays with the shop: the page that deleted it keeps it, sealed, and sends it back to
undo that.
"""

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models import Q

from books.models import Book, Mark

from .marking import CannotMark, check_room, locked_marks

SALT = "books.marks.deleted"
UNDONE_WITHIN = timedelta(hours=1)


def delete(mark):
    """Delete a mark; return it sealed, as undo() takes it."""
    values = {field.attname: field.value_to_string(mark) for field in Mark._meta.concrete_fields}
    mark.delete()
    return signing.dumps(values, salt=SALT, compress=True)


@transaction.atomic
def undo(reader, pk, sealed):
    """Give this reader back the mark with this id that they deleted up to an hour ago, as it was; return it.

    Where they have bookmarked the same place in the meantime, that bookmark is returned. Raises CannotMark.
    """
    mark = _unsealed(sealed)
    is_theirs = mark and (mark.pk, mark.user_id) == (pk, reader.pk)
    if not is_theirs or not Book.objects.filter(pk=mark.book_id).exists():
        raise CannotMark("It’s too late to undo that.")
    marks = locked_marks(reader, mark.book_id)
    there = Q(pk=pk)
    if not mark.is_highlight:
        there |= Q(colour="", is_lost=False, chapter=mark.chapter, fraction=mark.fraction)
    if (existing := marks.filter(there).first()) is not None:
        return existing
    check_room(marks)
    # Raw: saved as it was, with the time at which it was made.
    mark.save_base(raw=True, force_insert=True)
    return mark


def _unsealed(sealed):
    try:
        values = signing.loads(sealed, salt=SALT, max_age=UNDONE_WITHIN)
    except signing.BadSignature:
        return None
    # A deploy may have added or removed a field since.
    fields = [field for field in Mark._meta.concrete_fields if field.attname in values]
    return Mark(**{field.attname: field.to_python(values[field.attname]) for field in fields})
