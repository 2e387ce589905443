"""Who has nothing left to buy in a product.

Everything is asked of the database: a user object remembers permissions that may have changed.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Exists, Field, IntegerField, OuterRef, Q, QuerySet, UUIDField

from books.models import ALL_BOOKS, Book, Bundle, Grant, Product
from books.models.catalogue import products
from books.models.prices import NO_SALES, BegunSales, a_sale_runs
from users.prepared import Given, Prepared, PreparedForSeveral, PreparedObjects

from .permission import ACCOUNT, NOW, Visitor, account, may_read_all_books
from .rules import grants_of, has_book, owns_book


class Found(NamedTuple):
    """A product, whether a visitor owns it, and the sales that count for its price if they are known: none
    while no sale runs.
    """

    product: Product | None
    is_owned: bool = False
    sales: BegunSales | None = None


def owns(user: Visitor, product: Product) -> bool:
    """Tell whether this visitor has nothing left to buy in this product."""
    if not user.is_authenticated:
        return False
    if product.kind == Book.kind:
        return has_book(user, product)
    return bool(_owned_bundle(pk=product.pk, **account(user)))


def find_product(reference: str, user: Visitor) -> Found:
    """Return the product that has this `reference`, and whether this visitor owns it, in one query."""
    if not user.is_authenticated:
        return Found(products.find_product(reference))
    if (named := products.split_reference(reference)) is None:
        return Found(None)
    kind, name = named
    for product in _PRODUCTS[kind](name=name, **account(user)):
        return Found(product, bool(product.is_owned), None if product.a_sale_runs else NO_SALES)
    return Found(None)


def owned_among(user: Visitor, products: Iterable[Product]) -> set[str]:
    """Return the references of those of these products in which this visitor has nothing left to buy.

    Takes at most two queries.
    """
    if not user.is_authenticated:
        return set()
    by_kind: dict[str, dict[object, str]] = {Book.kind: {}, Bundle.kind: {}}
    for product in products:
        by_kind[product.kind][product.pk] = product.reference
    owned_books = _owned_books(by_kind[Book.kind], **account(user))
    owned_bundles = _owned_bundles(by_kind[Bundle.kind], **account(user))
    found = {by_kind[Book.kind][pk] for (pk,) in owned_books}
    return found | {by_kind[Bundle.kind][pk] for (pk,) in owned_bundles}


@Prepared
def _owned_bundle() -> QuerySet[Bundle, tuple[Any, ...]]:
    return Bundle.objects.filter(_owns_bundle(), pk=Given("pk", IntegerField())).values_list("pk")


@PreparedForSeveral.of(UUIDField())
def _owned_books(books: list[Given]) -> QuerySet[Book, Any]:
    return Book.objects.filter(owns_book() & Q(pk__in=books)).values_list("pk")


@PreparedForSeveral.of(IntegerField())
def _owned_bundles(bundles: list[Given]) -> QuerySet[Bundle, Any]:
    return Bundle.objects.filter(_owns_bundle() & Q(pk__in=bundles)).order_by().values_list("pk")


def _product(kind: str, field: Field) -> QuerySet[Any]:
    """Return the query for a product of this kind, which says whether it is owned and whether a sale runs."""
    rule = {ALL_BOOKS: may_read_all_books, Bundle.kind: _owns_bundle, Book.kind: owns_book}[kind]
    named = products.products_named(kind, Given("name", field))
    return named.annotate(is_owned=rule(), a_sale_runs=a_sale_runs(NOW))


def _owns_bundle() -> Q:
    """Return the condition, in a prepared query, that ACCOUNT has nothing left to buy in a bundle."""
    whole = Grant.objects.filter(user=ACCOUNT, bundle=OuterRef("pk"), book=None, ended_at=None)
    books = closed = Book.objects.published().filter(bundles=OuterRef("pk"))
    for grants in grants_of(OuterRef("pk"), user=ACCOUNT):
        closed = closed.exclude(Exists(grants))
    bought = Q(Exists(whole)) | (Q(Exists(books)) & ~Q(Exists(closed)))
    return may_read_all_books() | (Q(everything=False) & bought)


_PRODUCTS = {kind: PreparedObjects(partial(_product, kind, field)) for kind, field in products.NAMES.items()}
