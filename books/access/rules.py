"""Who may read, see or still buy what. Changes nothing."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, UUIDField, Value
from django.utils import timezone

from books.models import Book, Bundle, Chapter, Grant, Product
from books.models.preorders import opened
from users.models import ERASED_DOMAIN, CustomUser
from users.prepared import Given, Prepared, PreparedForSeveral

from .permission import ACCOUNT, NOW, Visitor, account, has_all_books, may_read_all_books, special_status


def may_read(user: Visitor, book: Book) -> bool:
    """Tell whether this visitor, anonymous ones included, may read the whole book. Takes one query."""
    return user.is_authenticated and bool(_open_book(pk=book.pk, **account(user)))


@Prepared
def _open_book() -> QuerySet[Book, tuple[Any, ...]]:
    books = Book.objects.filter(opened(NOW), owns_book(), pk=Given("pk", UUIDField()))
    return books.order_by().values_list("pk")


def has_book(user: Visitor, book: Book) -> bool:
    """Tell whether this visitor has the whole book, even if it has not opened yet. Takes one query."""
    return user.is_authenticated and bool(_own_book(pk=book.pk, **account(user)))


@Prepared
def _own_book() -> QuerySet[Book, tuple[Any, ...]]:
    return Book.objects.filter(owns_book(), pk=Given("pk", UUIDField())).order_by().values_list("pk")


def owns_book() -> Q:
    """Return what has_book asks about ACCOUNT, as a condition in a prepared query of books."""
    of_book, of_bundles = grants_of(OuterRef("pk"), user=ACCOUNT)
    of_all = may_read_all_books() & Q(first_published_at__isnull=False)
    return Q(Exists(of_book)) | Q(Exists(of_bundles)) | of_all


def may_read_chapter(user: Visitor, chapter: Chapter) -> bool:
    """Tell whether this visitor, who may see the book, may read this chapter.

    It is part of the sample, or the whole book is theirs to read or to preview.
    """
    book = chapter.book
    return chapter.number <= book.sample_chapters or may_preview(user, book) or may_read(user, book)


def may_preview(user: Visitor, book: Book) -> bool:
    """Tell whether this visitor is staff who may read a book before it is published, or before it opens."""
    if (book.is_published and book.has_opened) or not isinstance(user, CustomUser):
        return False
    return user.is_staff and user.has_perm("books.view_book")


def may_see(user: Visitor, book: Book) -> bool:
    """Tell whether this visitor may see that the book exists: published, previewed or theirs."""
    return book.is_published or may_preview(user, book) or has_book(user, book)


def is_open(user: Visitor, *, now: datetime | Given | None = None) -> Q | Value:
    """Return the expression, in a query of books, for whether this visitor may read the whole book.

    In a prepared query, `now` is the value that it is given for the time.
    """
    if not user.is_authenticated:
        return Value(False)
    of_book, of_bundles = grants_of(OuterRef("pk"), user=user.pk)
    otherwise = Q(first_published_at__isnull=False) if has_all_books(user) else Q(Exists(of_bundles))
    return opened(now or timezone.now()) & (Q(Exists(of_book)) | otherwise)


def open_among(user: Visitor, books: Iterable[Book]) -> set[UUID]:
    """Return the ids of those of these books that this visitor may read in full, in at most two queries."""
    return theirs_among(user, [book for book in books if book.has_opened])


def theirs_among(user: Visitor, books: Iterable[Book]) -> set[UUID]:
    """Return the ids of those that this visitor has, even if they have not opened yet.

    Takes at most two queries.
    """
    if not user.is_authenticated:
        return set()
    everything = has_all_books(user)
    found = {book.pk for book in books if everything and book.first_published_at is not None}
    others = {book.pk for book in books} - found
    if others:
        live = _live_grants(others, user=user.pk)
        found |= {book for book, _ in live if book is not None}
        if bundles := {bundle for book, bundle in live if book is None}:
            included = Bundle.books.through.objects.filter(bundle__in=bundles, book__in=others)
            published = included.filter(book__first_published_at__isnull=False)
            found |= set(published.values_list("book", flat=True))
    return found


@PreparedForSeveral.of(UUIDField())
def _live_grants(books: list[Given]) -> QuerySet[Grant, Any]:
    of_either = Q(book__pk__in=books) | Q(book=None)
    grants = Grant.objects.filter(of_either, user=Given("user", IntegerField()), ended_at=None)
    return grants.order_by().values_list("book", "bundle")


def mark_open(books: QuerySet[Book], user: Visitor, *, now: datetime | Given | None = None) -> QuerySet[Book]:
    """Annotate each book with `is_open`: whether this visitor may read the whole book. Costs no query.

    `now` is as in is_open().
    """
    return books.annotate(is_open=is_open(user, now=now))


def readable_books(user: Visitor) -> QuerySet[Book]:
    """Return the books that this visitor may read in full, each with `is_open`."""
    return books_of(user).filter(opened(timezone.now()))


def books_of(user: Visitor) -> QuerySet[Book]:
    """Return the books that this visitor has, each with `is_open`; some may not have opened yet."""
    given = Grant.objects.filter(user=user.pk, ended_at=None, book__isnull=False).values("book")
    if has_all_books(user):
        readable = Q(first_published_at__isnull=False) | Q(pk__in=given)
    else:
        # One list of ids, found by the reader's grants. With OR, the database would go through all books.
        readable = Q(pk__in=given.union(_in_bundles(user=user.pk).values("bundle__books")))
    return Book.objects.filter(readable).annotate(is_open=Value(True))


def not_open_otherwise(user: CustomUser, product: Product, *, order_id: UUID) -> QuerySet[Book]:
    """Return the published books that this reader cannot read, or can read only because of this order."""
    bought = Grant.objects.filter(order_id=order_id, **of_product(product))
    if has_all_books(user) and not bought.filter(brought_permission=True).exists():
        return Book.objects.none()
    books = Book.objects.published()
    for grants in grants_of(OuterRef("pk"), user=user.pk):
        books = books.exclude(Exists(grants.exclude(order_id=order_id, **of_product(product))))
    return books


def readers_of(book: Book) -> QuerySet[CustomUser]:
    """Return the active readers who bought or were given the whole book and can be written to.

    Superusers, who may read everything, are not among them, nor are guests, who have no address.
    """
    return holders_of(book).filter(is_guest=False)


def holders_of(book: Book) -> QuerySet[CustomUser]:
    """Return the active readers, guests too, who bought or were given the whole book; not superusers."""
    readers: list[QuerySet[Any, Any]] = [grants.values("user") for grants in grants_of(book)]
    if book.first_published_at is not None:
        held = special_status()
        readers += [
            CustomUser.objects.filter(user_permissions=held).values("pk"),
            CustomUser.objects.filter(groups__permissions=held).values("pk"),
        ]
    # One list of ids, as in books_of.
    everybody = readers[0].union(*readers[1:])
    people = CustomUser.objects.filter(pk__in=everybody, is_active=True)
    return people.exclude(email__endswith=f"@{ERASED_DOMAIN}").order_by("pk")


def grants_of(book: Book | OuterRef, **whose: int | Given) -> tuple[QuerySet[Grant], QuerySet[Grant]]:
    """Return the live grants that unlock this book: those of the book itself, and those of bundles.

    They are apart because each is found by an index of its own; with OR, neither would be.
    """
    return Grant.objects.filter(ended_at=None, book=book, **whose), _in_bundles(bundle__books=book, **whose)


def _in_bundles(**conditions: object) -> QuerySet[Grant]:
    """Return the live grants of bundles, once for each of their books, if these conditions hold.

    A bundle does not unlock a book that was never published. Grants of All Books are left out: they work
    through the permission, which staff may have removed.
    """
    # In one call, because all conditions are about the same book of the bundle.
    return Grant.objects.filter(
        ended_at=None, book=None, bundle__books__first_published_at__isnull=False, **conditions
    )


def grants_opening(book: Book) -> Q:
    """Return the condition on every grant, live or ended, that is a reason to read this book."""
    return Q(book=book) | Q(book=None, bundle__books=book) | Q(book=None, bundle__everything=True)


def of_product(product: Product) -> dict[str, Product | None]:
    """Return the condition on the grants that grants.grant makes for this product."""
    return {"bundle": product} if product.kind == "bundle" else {"book": product, "bundle": None}
