"""Who may read what. The only code that touches `special_status`."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Permission
from django.db.models import BooleanField, Exists, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from books.models import Book, Bundle, Chapter, Grant
from users.models import ERASED_DOMAIN, CustomUser

SPECIAL_STATUS = "books.special_status"

# Why a grant has ended. What staff have suspended only staff restore.
REFUNDED, DISPUTED, SUSPENDED = "refunded", "disputed", "suspended"

type Visitor = AbstractBaseUser | AnonymousUser


def grant(user: CustomUser, thing: Book | Bundle, *, order_id: UUID) -> None:
    """Open to this reader what an order bought, or open it again; doing it twice changes nothing.

    Call it in the transaction that changes the order, with the reader's row locked.
    """
    for book, bundle in _parts(thing):
        found, new = Grant.objects.get_or_create(user=user, order_id=order_id, book=book, bundle=bundle)
        # Only one that begins: what staff took by hand while it was live stays taken.
        if new or found.end_reason in {REFUNDED, DISPUTED}:
            _begin(found)


def revoke(user: CustomUser, thing: Book | Bundle, *, order_id: UUID, reason: str) -> None:
    """Close what an order opened to this reader; what another order or staff gave stays open.

    Call it as grant is called.
    """
    for found in Grant.objects.filter(user=user, order_id=order_id, ended_at=None, **_of(thing)):
        _end(found, reason)


def give(user: CustomUser, thing: Book | Bundle, *, by: CustomUser, note: str) -> Grant:
    """Open a book or bundle to this reader without an order; return its grant."""
    given = [
        Grant.objects.create(user=user, book=book, bundle=bundle, granted_by=by, note=note)
        for book, bundle in _parts(thing)
    ]
    for each in given:
        _begin(each)
    return given[0]


def suspend(grants: Iterable[Grant]) -> None:
    """Close what these grants open, until they are restored."""
    for each in grants:
        if each.ended_at is None:
            _end(each, SUSPENDED)


def restore(grants: Iterable[Grant]) -> None:
    """Open again what staff have suspended."""
    for each in grants:
        if each.end_reason == SUSPENDED:
            _begin(each)


def grant_by_staff(user: CustomUser) -> None:
    """Open every book to this reader without an order, as the admin's permission box does."""
    user.user_permissions.add(special_status())


def has_all_books(user: Visitor) -> bool:
    """Tell whether every book is open to this visitor: bought, granted by staff, or a superuser."""
    return user.has_perm(SPECIAL_STATUS)  # type: ignore[union-attr]


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


def owns(user: Visitor, thing: Book | Bundle) -> bool:
    """Tell whether there is nothing left in it for this visitor to buy."""
    if isinstance(thing, Book):
        return may_read(user, thing)
    if has_all_books(user) or thing.everything or not user.is_authenticated:
        return has_all_books(user)
    if Grant.objects.filter(user=user.pk, bundle=thing, book=None, ended_at=None).exists():
        return True
    books = thing.books.published()
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


def not_open_otherwise(user: CustomUser, thing: Book | Bundle, *, order_id: UUID) -> QuerySet[Book]:
    """Return the published books that nothing opens to this reader but, perhaps, what an order bought."""
    bought = Grant.objects.filter(order_id=order_id, **_of(thing))
    if has_all_books(user) and not bought.filter(brought_permission=True).exists():
        return Book.objects.none()
    others = Grant.objects.exclude(order_id=order_id, **_of(thing))
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


def _parts(thing: Book | Bundle) -> list[tuple[Book | None, Bundle | None]]:
    """Return what to grant for a thing, as (book, bundle)."""
    if isinstance(thing, Book):
        return [(thing, None)]
    return [(None, thing), *((book, thing) for book in thing.books.published())]


def _of(thing: Book | Bundle) -> dict[str, Book | Bundle | None]:
    """Return the condition on the grants that _parts leads to."""
    return {"bundle": thing} if isinstance(thing, Bundle) else {"book": thing, "bundle": None}


def _begin(begun: Grant) -> None:
    begun.ended_at, begun.end_reason = None, ""
    if _opens_everything(begun) and not begun.withdrawn and not _holds_permission(begun.user):
        begun.user.user_permissions.add(special_status())
        begun.brought_permission = True
    begun.save()


def _end(ended: Grant, reason: str) -> None:
    ended.ended_at, ended.end_reason = timezone.now(), reason
    if _opens_everything(ended):
        ended.withdrawn = not _holds_permission(ended.user)
        _pass_on_permission(ended)
    ended.save()


def _pass_on_permission(ended: Grant) -> None:
    """Take the permission that came with a grant, unless another live one goes on with it."""
    if not ended.brought_permission:
        return
    ended.brought_permission = False
    others = Grant.objects.filter(user=ended.user, bundle__everything=True, book=None, ended_at=None)
    heir = others.exclude(pk=ended.pk).first()
    if heir is None:
        ended.user.user_permissions.remove(special_status())
    else:
        Grant.objects.filter(pk=heir.pk).update(brought_permission=True)


def _opens_everything(grant: Grant) -> bool:
    return grant.book is None and grant.bundle is not None and grant.bundle.everything


def _holds_permission(user: CustomUser) -> bool:
    """Look it up: a user object remembers what it held when it was first asked."""
    return user.user_permissions.filter(pk=special_status().pk).exists()


def special_status() -> Permission:
    """Return the permission that opens every book."""
    return Permission.objects.get_by_natural_key("special_status", "books", "book")
