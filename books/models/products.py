"""What the shop sells, a book or a bundle, and how orders, forms and addresses name it.

Both have a `title`, a `price` in minor units, `everything` and the members under "As a product" in their
classes, so that pricing, checkout and access seldom have to ask which of the two they deal with.
"""

from uuid import UUID

from .bundles import ALL_BOOKS, Bundle
from .catalogue import Book

type Product = Book | Bundle


def find_product(reference: str) -> Product | None:
    """Return the product that has this `reference`, or None if there is none, or a bundle without books."""
    kind, _, name = reference.partition(":")
    if reference == ALL_BOOKS:
        return Bundle.objects.all_books()
    if kind == Bundle.kind:
        return Bundle.objects.for_offers().filter(slug=name, everything=False).first()
    return _find_book(name) if kind == Book.kind else None


def _find_book(name: str) -> Book | None:
    try:
        return Book.objects.without_text().filter(pk=UUID(name)).first()
    except ValueError:
        return None
