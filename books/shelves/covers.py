"""The covers of products in a list: what is about to be bought, or wished for."""

from books.models import Book
from books.models.catalogue.bundles import all_books, with_first_books
from books.models.catalogue.orders import BOOK_ORDERS
from books.shelves.pages import first_of_everything

MOST_COVERS = 4


def all_books_with_covers():
    """Return All Books with its `first_books`, the newest; None if there are no books, or it was deleted."""
    bundle = all_books()
    if bundle is not None:
        bundle.first_books = _newest()
    return bundle if bundle is not None and bundle.first_books else None


def covers_of(products):
    """Return by reference the cards of the products' books: one of a book, the first few of a bundle.

    Takes as many queries for twenty products as for two.
    """
    books = [product.pk for product in products if product.kind == "book"]
    bundles = [product for product in products if product.kind == "bundle" and not product.everything]
    cards = {card.pk: card for card in Book.objects.filter(pk__in=books).cards()} if books else {}
    found = {bundle.reference: bundle.first_books for bundle in with_first_books(bundles)}
    for product in products:
        if product.kind == "book":
            found[product.reference] = [cards[product.pk]] if product.pk in cards else []
        elif product.everything:
            found[product.reference] = _newest()
    return found


def _newest():
    return tuple(first_of_everything(BOOK_ORDERS["newest"], MOST_COVERS))
