"""What the shop sells, a book or a bundle, and how orders, forms and addresses name it.

Both have a `title`, a `price` in minor units, `everything` and the members under "As a product" in their
classes, so that pricing, checkout and access seldom have to ask which of the two they deal with.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Field, Q, QuerySet, SlugField, UUIDField

from .books import Book
from .bundles import ALL_BOOKS, Bundle

type Product = Book | Bundle

# Of the books that have not opened, on a page or in a letter about a bundle.
MOST_NAMED = 10

_NEEDED_TO_SELL = (
    *(
        "title",
        "subtitle",
        "price",
        "minimum_price",
        "presets",
        "is_published",
        "first_published_at",
        "opens_at",
        "epub",
    ),
)


# The field of a product's name, by its kind.
NAMES: dict[str, Field] = {ALL_BOOKS: SlugField(), Bundle.kind: SlugField(), Book.kind: UUIDField()}


def find_product(reference: str) -> Product | None:
    """Return the product that has this `reference`, or None if there is none, or a bundle without books."""
    named = split_reference(reference)
    return products_named(*named).first() if named else None


def find_products(references: Iterable[str]) -> dict[str, Product]:
    """Return by reference the products that find_product would find, in at most two queries."""
    names: dict[str, list] = {ALL_BOOKS: [], Bundle.kind: [], Book.kind: []}
    for kind, name in filter(None, map(split_reference, references)):
        names[kind].append(name)
    found: list[Product] = []
    if names[ALL_BOOKS] or names[Bundle.kind]:
        named = Q(slug__in=names[Bundle.kind], everything=False)
        found += Bundle.objects.for_offers().filter(named | Q(everything=True) if names[ALL_BOOKS] else named)
    if names[Book.kind]:
        found += Book.objects.filter(pk__in=names[Book.kind]).only(*_NEEDED_TO_SELL)
    return {product.reference: product for product in found}


def share_books(some: Iterable[Product], others: Iterable[Product]) -> bool:
    """Tell whether a book of some of these products is one of the others' too."""
    some, others = list(some), list(others)
    if any(product.everything for product in [*some, *others]):
        return bool(some and others)
    return Book.objects.filter(_in_any(some)).filter(_in_any(others)).exists()


def unopened_among(products: Iterable[Product]) -> list[Book]:
    """Return the books of these products that nobody can read yet, those that open first first.

    Of very many only the first. Takes a query if one of the products is a bundle.
    """
    products = list(products)
    if all(product.kind == Book.kind for product in products):
        return sorted((book for book in products if not book.has_opened), key=lambda book: book.opens_at)
    included = Q() if any(product.everything for product in products) else _in_any(products)
    books = Book.objects.published().unopened().filter(included)
    return list(
        books.only("title", "language", "opens_at", "epub").order_by("opens_at", "title")[:MOST_NAMED]
    )


def _in_any(products: list[Product]) -> Q:
    """Return the condition on books that are one of these products, or in one of them."""
    books = [product.pk for product in products if product.kind == Book.kind]
    bundles = [product.pk for product in products if product.kind == Bundle.kind]
    # Not through the books' relation: that would list a book once for each of its bundles.
    included = Bundle.books.through.objects.filter(bundle__in=bundles)
    return Q(pk__in=books) | Q(pk__in=included.values("book")) if bundles else Q(pk__in=books)


def split_reference(reference: str) -> tuple[str, str | UUID] | None:
    """Return the kind of a product and its name, which All Books has none of; None if it is no reference."""
    if reference == ALL_BOOKS:
        return ALL_BOOKS, ""
    kind, _, name = reference.partition(":")
    if kind == Bundle.kind:
        return kind, name
    try:
        return (kind, UUID(name)) if kind == Book.kind else None
    except ValueError:
        return None


def products_named(kind: str, name: object) -> QuerySet:
    """Return the query for the product of this kind and name: it finds one row or none.

    A book comes with what a checkout needs of it, since every column more costs time.
    """
    if kind == ALL_BOOKS:
        return Bundle.objects.filter(everything=True)
    if kind == Bundle.kind:
        return Bundle.objects.for_offers().filter(slug=name, everything=False)
    return Book.objects.filter(pk=name).only(*_NEEDED_TO_SELL)
