"""Who may read what. The only code that touches `special_status`."""

from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Permission
from django.utils import timezone

from books.models import Book, Bundle, Chapter, Grant
from users.models import CustomUser

SPECIAL_STATUS = "books.special_status"

type Visitor = AbstractBaseUser | AnonymousUser


def grant(user: CustomUser, bundle: Bundle, *, order_id: UUID) -> None:
    """Open to this reader what an order bought; doing it again changes nothing.

    Call it in the transaction that marks the order as paid.
    """
    _, new = Grant.objects.get_or_create(user=user, bundle=bundle, order_id=order_id, ended_at=None)
    # Only a new grant: what staff took away by hand stays taken.
    if new and bundle.everything:
        user.user_permissions.add(_special_status())


def revoke(user: CustomUser, *, order_id: UUID) -> None:
    """End what an order opened; what another order gave stays open."""
    grants = Grant.objects.filter(user=user, order_id=order_id, ended_at=None)
    gave_everything = grants.filter(bundle__everything=True).exists()
    grants.update(ended_at=timezone.now())
    still_live = Grant.objects.filter(user=user, bundle__everything=True, ended_at=None)
    if gave_everything and not still_live.exists():
        user.user_permissions.remove(_special_status())


def grant_by_staff(user: CustomUser) -> None:
    """Open every book to this reader without an order, as the admin's permission box does."""
    user.user_permissions.add(_special_status())


def has_all_books(user: Visitor) -> bool:
    """Tell whether every book is open to this visitor: bought, granted by staff, or a superuser."""
    return user.has_perm(SPECIAL_STATUS)  # type: ignore[union-attr]


def may_read(user: Visitor, book: Book) -> bool:
    """Tell whether this visitor, anonymous ones included, may read the whole book."""
    return has_all_books(user)


def may_read_chapter(user: Visitor, chapter: Chapter) -> bool:
    """Tell whether this visitor may read the chapter: as part of the sample or of an open book."""
    return chapter.number <= chapter.book.sample_chapters or may_read(user, chapter.book)


def _special_status() -> Permission:
    return Permission.objects.get_by_natural_key("special_status", "books", "book")
