"""Pieces of pages that are kept by the values that they show (books/rendering/pieces.py)."""

from django import template
from django.http import QueryDict
from django.utils.safestring import mark_safe

from books.models.catalogue.cards import Card
from books.rendering import piece_of, prices_of, shown, with_standing
from books.shelves.shelf import PLACES

register = template.Library()


@register.simple_tag(takes_context=True)
def piece(context, name, **values):
    """Show the template `name`, which sees these plain values and nothing else."""
    return shown(context, piece_of(name, **values))


@register.simple_tag(takes_context=True)
def book_cards(context, books, *, eager=0):
    """Show books, or their cards, in a list; the covers of the first `eager` are loaded straight away."""
    books = list(books)
    prices = prices_of(context["request"])
    prices.look_up(book.pk for book in books)
    cards = (_book_card(context, book, prices, number < eager) for number, book in enumerate(books))
    return mark_safe("".join(cards))  # noqa: S308 (rendered by templates)


@register.simple_tag
def own_book_cards(cards, standings, *, eager=0):
    """Show the cards of books that their reader has, or has begun; `standings` says by a book's id how they
    stand to it.
    """
    found = []
    for number, card in enumerate(cards):
        # Readers see no price of what they own, nor of what they read.
        piece = piece_of(
            "includes/_book_card.html", book=card, price=None, minimum=None, eager=number < eager
        )
        found.append(with_standing(piece, standings[card.pk]))
    return mark_safe("".join(found))  # noqa: S308 (rendered by templates)


def _book_card(context, book, prices, is_eager):
    card = Card.of(book)
    price, minimum = prices.price_of(card), prices.minimum_of(card)
    found = piece_of("includes/_book_card.html", book=card, price=price, minimum=minimum, eager=is_eager)
    # Where the view has asked how the reader stands to a book, its row says so.
    return shown(context, found) if book is card else shown(context, found, standing=book)


@register.filter
def read(query):
    """Return the parameters in the query of an address, for {% querystring %}."""
    return QueryDict(query)


@register.filter
def read_from_the_beginning(query):
    """Return the same without those that belong to one place in a list."""
    read = QueryDict(query, mutable=True)
    for place in PLACES:
        read.pop(place, None)
    return read
