"""Pieces of pages, kept by the values that they show.

When one book changes, every page that lists it is rendered again, and 23 of its 24 cards are as they were.
A piece is a template that sees nothing but plain values: numbers, texts, dates, tuples of them. What it shows
is kept under those values themselves, so it cannot be out of date: other values are another piece.
"""

from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.template import Context, Engine
from django.utils.safestring import mark_safe

from . import memory
from .personal_parts import GAP, NOTE, Gaps, Note, gaps_of, render_part

# Equal values of these look the same. Rows of the database do not: two are equal if their ids are.
PLAIN = {str, int, float, bool, NoneType, Decimal, UUID, date, datetime}


class NotAValue(Exception):
    """A piece was given, or asked for, something by which it cannot be kept."""


class Piece(NamedTuple):
    """What a template shows of its values: text with gaps, and what belongs into them."""

    text: str
    notes: list[Note]
    # Of the values under which it is kept, as Python writes them, which takes about as many bytes.
    length_of_values: int = 0

    @property
    def size(self):
        return len(self.text.encode()) + self.length_of_values + NOTE * len(self.notes)


class PieceContext(Context):
    """The variables of a piece: its values, and what its template makes of them."""

    def __init__(self, values):
        super().__init__(values)
        self.gaps = Gaps()
        self.missing = set()

    def __getitem__(self, key):
        try:
            return super().__getitem__(key)
        except KeyError:
            # Conditions swallow whatever is raised in them, so it is said at the end.
            self.missing.add(key)
            raise


def piece_of(template, **values):
    """Return what this template shows of these values. Raises NotAValue for any that are not plain."""
    # How money, dates and numbers are written is up to the shop's settings.
    key = (settings.SHOP.fingerprint, template, *values.items())
    return memory.keep_piece(key, lambda: _rendered(template, values))


def shown(context, piece, **standing):
    """Return a piece as part of the page that is rendered in this context.

    In a page that many will see its gaps are left. Otherwise they are filled; `standing` says how the reader
    stands to its book, if the view has asked.
    """
    gaps = gaps_of(context)
    if gaps:
        gaps.notes += piece.notes
        return mark_safe(piece.text)  # noqa: S308 (rendered by a template)
    segments = piece.text.split(GAP)
    filled = [segments[0]]
    for note, segment in zip(piece.notes, segments[1:], strict=True):
        filled += [render_part(context, note.template, note.variables | standing), segment]
    return mark_safe("".join(filled))  # noqa: S308 (as above)


def with_standing(piece, standing):
    """Return a piece about a book as it looks for a reader who stands so to the book, a plain value.

    Its gaps are filled with pieces, too: many readers are at the beginning of the same book.
    """
    segments = piece.text.split(GAP)
    filled = [segments[0]]
    for note, segment in zip(piece.notes, segments[1:], strict=True):
        filled += [piece_of(note.template, **note.variables, standing=standing).text, segment]
    return mark_safe("".join(filled))  # noqa: S308 (rendered by templates)


def _rendered(template, values):
    if not all(map(_is_plain, values.values())):
        raise NotAValue(f"{template} was given something else than plain values.")
    context = PieceContext(values)
    text = Engine.get_default().get_template(template).render(context)
    if context.missing:
        raise NotAValue(f"{template} shows {', '.join(sorted(context.missing))}, which it was not given.")
    return Piece(text, context.gaps.notes, len(repr(values)))


def _is_plain(value):
    return type(value) in PLAIN or (isinstance(value, tuple) and all(map(_is_plain, value)))
