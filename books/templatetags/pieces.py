"""Pieces of pages that are kept by the values that they show (books/rendering/pieces.py)."""

from django import template

from books.models.catalogue.cards import Card
from books.rendering import piece_of, shown

register = template.Library()


@register.simple_tag(takes_context=True)
def piece(context, name, **values):
    """Show the template `name`, which sees these plain values and nothing else."""
    return shown(context, piece_of(name, **values))


@register.simple_tag(takes_context=True)
def book_card(context, book, *, eager=False):
    """Show a book, or its card, in a list."""
    card = Card.of(book)
    found = piece_of("includes/_book_card.html", book=card, eager=eager)
    # Where the view has asked how the reader stands to a book, its row says so.
    return shown(context, found) if book is card else shown(context, found, standing=book)
