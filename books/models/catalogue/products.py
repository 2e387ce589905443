"""What the shop sells, a book or a bundle, and how orders, forms and addresses name it.

Both have a `title`, a `price` in minor units, `everything` and the members under "As a product" in their
classes, so that pricing, checkout and access seldom have to ask which of the two they deal with.
"""

from uuid import UUID

from django.db.models import QuerySet

from .books import Book
from .bundles import ALL_BOOKS, Bundle

type Product = Book | Bundle

_NEEDED_TO_SELL = ("title", "subtitle", "price", "is_published", "first_published_at")


def find_product(reference: str) -> Product | None:
    """Return the product that has this `reference`, or None if there is none, or a bundle without books."""
    return products_at(reference).first()


def products_at(reference: str) -> QuerySet:
    """Return the query for the product that has this `reference`: it finds one row or none.

    A book comes with what a checkout needs of it, since every column more costs time.
    """
    kind, _, name = reference.partition(":")
    if reference == ALL_BOOKS:
        return Bundle.objects.filter(everything=True)
    if kind == Bundle.kind:
        return Bundle.objects.for_offers().filter(slug=name, everything=False)
    return _books_at(name) if kind == Book.kind else Book.objects.none()


def _books_at(name: str) -> QuerySet:
    try:
        return Book.objects.filter(pk=UUID(name)).only(*_NEEDED_TO_SELL)
    except ValueError:
        return Book.objects.none()
