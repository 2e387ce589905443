"""Who may read, see or still buy what. Changes nothing."""

from uuid import UUID

from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Value

from books.models import Book, Chapter, Grant, Product
from users.models import ERASED_DOMAIN, CustomUser

from .permission import Visitor, has_all_books, special_status


def may_read(user: Visitor, book: Book) -> bool:
    """Tell whether this visitor, anonymous ones included, may read the whole book."""
    if not user.is_authenticated:
        return False
    if has_all_books(user) and book.first_published_at is not None:
        return True
    return Grant.objects.filter(_opening(user, book)).exists()


def may_read_chapter(user: Visitor, chapter: Chapter) -> bool:
    """Tell whether this visitor may read the chapter of a book that they may see.

    As part of the sample, of an open book or of a preview.
    """
    book = chapter.book
    return chapter.number <= book.sample_chapters or may_preview(user, book) or may_read(user, book)


def may_preview(user: Visitor, book: Book) -> bool:
    """Tell whether this visitor is staff who may look through a book that is not published."""
    if book.is_published or not isinstance(user, CustomUser):
        return False
    return user.is_staff and user.has_perm("books.view_book")


def may_see(user: Visitor, book: Book) -> bool:
    """Tell whether this visitor may know of the book: it is published, previewed or theirs to read."""
    return book.is_published or may_preview(user, book) or may_read(user, book)


def owns(user: Visitor, product: Product) -> bool:
    """Tell whether there is nothing left in it for this visitor to buy."""
    if product.kind == "book":
        return may_read(user, product)
    if has_all_books(user) or product.everything or not user.is_authenticated:
        return has_all_books(user)
    if Grant.objects.filter(user=user.pk, bundle=product, book=None, ended_at=None).exists():
        return True
    books = product.books.published()
    return books.exists() and not books.exclude(_is_open(user)).exists()


def mark_open(books: QuerySet[Book], user: Visitor) -> QuerySet[Book]:
    """Have each book say in `is_open` whether this visitor may read all of it; costs no query."""
    return books.annotate(is_open=_is_open(user))


def readable_books(user: Visitor) -> QuerySet[Book]:
    """Return the books that this visitor may read from end to end."""
    books = mark_open(Book.objects.filter(_is_open(user)), user)
    if not has_all_books(user):
        return books
    given = Grant.objects.filter(user=user.pk, ended_at=None, book__isnull=False)
    return books.filter(Q(first_published_at__isnull=False) | Q(pk__in=given.values("book")))


def not_open_otherwise(user: CustomUser, product: Product, *, order_id: UUID) -> QuerySet[Book]:
    """Return the published books that nothing opens to this reader but, perhaps, what an order bought."""
    bought = Grant.objects.filter(order_id=order_id, **of_product(product))
    if has_all_books(user) and not bought.filter(brought_permission=True).exists():
        return Book.objects.none()
    others = Grant.objects.exclude(order_id=order_id, **of_product(product))
    return Book.objects.published().exclude(Exists(others.filter(_opening(user, OuterRef("pk")))))


def readers_of(book: Book) -> QuerySet[CustomUser]:
    """Return those to whom the whole book was opened, as long as they have an account to be written to.

    Staff who may read it only because they may do everything are not among them.
    """
    open_to = Q(pk__in=Grant.objects.filter(_live_of(book)).values("user"))
    if book.first_published_at is not None:
        held = special_status()
        open_to |= Q(pk__in=CustomUser.objects.filter(user_permissions=held).values("pk"))
        open_to |= Q(pk__in=CustomUser.objects.filter(groups__permissions=held).values("pk"))
    people = CustomUser.objects.filter(open_to, is_active=True)
    return people.exclude(email__endswith=f"@{ERASED_DOMAIN}").order_by("pk")


def _is_open(user: Visitor) -> Exists | Value:
    """Return the expression that tells of a book in a query whether this visitor may read all of it."""
    if has_all_books(user) or not user.is_authenticated:
        return Value(has_all_books(user), output_field=BooleanField())
    return Exists(Grant.objects.filter(_opening(user, OuterRef("pk"))))


def _opening(user: Visitor, book: Book | OuterRef) -> Q:
    """Return the condition on a live grant that opens this book to this visitor."""
    return Q(user=user.pk) & _live_of(book)


def _live_of(book: Book | OuterRef) -> Q:
    """Return the condition on a live grant that opens this book; one never published only by itself."""
    through_bundle = Q(book=None, bundle__books=book, bundle__books__first_published_at__isnull=False)
    return Q(ended_at=None) & (Q(book=book) | through_bundle)


def of_product(product: Product) -> dict[str, Product | None]:
    """Return the condition on the grants that product.grant_parts() leads to."""
    return {"bundle": product} if product.kind == "bundle" else {"book": product, "bundle": None}
