"""Who may read what. The only code that touches `special_status`."""

from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Permission
from django.db.models import QuerySet
from django.utils import timezone

from books.models import Book, Bundle, Chapter, Grant
from users.models import CustomUser

SPECIAL_STATUS = "books.special_status"

type Visitor = AbstractBaseUser | AnonymousUser


def grant(user: CustomUser, bundle: Bundle, *, order_id: UUID) -> None:
    """Open to this reader what an order bought, or open it again; doing it twice changes nothing.

    Call it in the transaction that changes the order, with the reader's row locked.
    """
    found, new = Grant.objects.get_or_create(user=user, bundle=bundle, order_id=order_id)
    # Only one that begins: what staff took by hand while it was live stays taken.
    if not new and found.ended_at is None:
        return
    found.ended_at, found.end_reason = None, ""
    if bundle.everything and not found.withdrawn and not _holds_permission(user):
        user.user_permissions.add(_special_status())
        found.brought_permission = True
    found.save()


def revoke(user: CustomUser, bundle: Bundle, *, order_id: UUID, reason: str) -> None:
    """Close what an order opened to this reader; what another order or staff gave stays open.

    Call it as grant is called.
    """
    found = Grant.objects.filter(user=user, bundle=bundle, order_id=order_id, ended_at=None).first()
    if found is None:
        return
    found.ended_at, found.end_reason = timezone.now(), reason
    if bundle.everything:
        found.withdrawn = not _holds_permission(user)
        _pass_on_permission(found)
    found.save()


def _pass_on_permission(ended: Grant) -> None:
    """Take the permission that came with a grant, unless another live one goes on with it."""
    if not ended.brought_permission:
        return
    ended.brought_permission = False
    others = Grant.objects.filter(user=ended.user, bundle__everything=True, ended_at=None)
    heir = others.exclude(pk=ended.pk).first()
    if heir is None:
        ended.user.user_permissions.remove(_special_status())
    else:
        Grant.objects.filter(pk=heir.pk).update(brought_permission=True)


def grant_by_staff(user: CustomUser) -> None:
    """Open every book to this reader without an order, as the admin's permission box does."""
    user.user_permissions.add(_special_status())


def has_all_books(user: Visitor) -> bool:
    """Tell whether every book is open to this visitor: bought, granted by staff, or a superuser."""
    return user.has_perm(SPECIAL_STATUS)  # type: ignore[union-attr]


def readable_books(user: Visitor) -> QuerySet[Book]:
    """Return the books of which this visitor may read the whole, as may_read tells it of one."""
    return Book.objects.all() if has_all_books(user) else Book.objects.none()


def may_read(user: Visitor, book: Book) -> bool:
    """Tell whether this visitor, anonymous ones included, may read the whole book."""
    return has_all_books(user)


def may_read_chapter(user: Visitor, chapter: Chapter) -> bool:
    """Tell whether this visitor may read the chapter: as part of the sample or of an open book."""
    return chapter.number <= chapter.book.sample_chapters or may_read(user, chapter.book)


def _holds_permission(user: CustomUser) -> bool:
    """Look it up: a user object remembers what it held when it was first asked."""
    return user.user_permissions.filter(pk=_special_status().pk).exists()


def _special_status() -> Permission:
    return Permission.objects.get_by_natural_key("special_status", "books", "book")
