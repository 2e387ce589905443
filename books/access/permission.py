"""`special_status`, the permission of Django's own that opens every book."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Permission

from users.models import CustomUser

SPECIAL_STATUS = "books.special_status"
type Visitor = AbstractBaseUser | AnonymousUser


def grant_by_staff(user: CustomUser) -> None:
    """Open every book to this reader without an order, as the admin's permission box does."""
    user.user_permissions.add(special_status())


def has_all_books(user: Visitor) -> bool:
    """Tell whether every book is open to this visitor: bought, granted by staff, or a superuser."""
    return user.has_perm(SPECIAL_STATUS)  # type: ignore[union-attr]


def holds_permission(user: CustomUser) -> bool:
    """Look it up: a user object remembers what it held when it was first asked."""
    return user.user_permissions.filter(pk=special_status().pk).exists()


def special_status() -> Permission:
    """Return the permission that opens every book."""
    return Permission.objects.get_by_natural_key("special_status", "books", "book")
