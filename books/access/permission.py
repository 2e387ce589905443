"""`special_status`, the Django permission to read every book, and who changed what somebody may read."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Permission
from django.db.models import BooleanField, DateTimeField, Exists, IntegerField, OuterRef, Q
from django.utils import timezone

from books.models import Grant
from users.models import CustomUser
from users.prepared import Given

SPECIAL_STATUS = "books.special_status"
type Visitor = AbstractBaseUser | AnonymousUser

# The account that a prepared query is about.
ACCOUNT = Given("account", IntegerField())
# When it is asked, in UTC: some books open at a moment.
NOW = Given("now", DateTimeField())
IS_ACTIVE, IS_SUPERUSER = Given("is_active", BooleanField()), Given("is_superuser", BooleanField())


def give_permission(user: CustomUser, *, by: CustomUser | None) -> None:
    """Let this reader read every book. `by` is who gave it, None for an order or a program."""
    user.user_permissions.add(special_status())
    record_permission(user, True, by=by)


def bring_permission(user: CustomUser, *, by: CustomUser | None) -> bool:
    """Let this reader read every book, as give_permission does; return False if they could before."""
    held = user.user_permissions.through.objects.filter(customuser=user.pk, permission=OuterRef("pk"))
    of_books = Permission.objects.filter(content_type__app_label="books", codename="special_status")
    permission = of_books.annotate(is_held=Exists(held)).get()
    if permission.is_held:
        return False
    user.user_permissions.add(permission)
    record_permission(user, True, by=by)
    return True


def remove_permission(user: CustomUser, *, by: CustomUser | None) -> None:
    """Take the permission from this reader; one that comes with a group stays."""
    user.user_permissions.remove(special_status())
    record_permission(user, False, by=by)


def record_permission(user: CustomUser, held: bool, *, by: CustomUser | None) -> None:
    """Write into the account's history that `by` gave the permission (`held`) or removed it."""
    record(user, f"{'Gave' if held else 'Removed'} the permission to read all books.", by=by)


def record(changed: Grant | CustomUser, message: str, *, by: CustomUser | None) -> None:
    """Write into the admin's history that `by` made this change.

    `by` is None if an order did it, which the grant names, or a program. Call it in the transaction of the
    change.
    """
    if by is not None:
        LogEntry.objects.log_actions(by.pk, [changed], CHANGE, message)


def has_all_books(user: Visitor) -> bool:
    """Tell whether this visitor may read every book: bought, given by staff, or as a superuser."""
    return user.has_perm(SPECIAL_STATUS)  # type: ignore[union-attr]


def holds_permission(user: CustomUser) -> bool:
    """Ask the database whether the account itself holds the permission.

    `has_perm` would not do: a user object remembers what it held when it was first asked.
    """
    return user.user_permissions.filter(pk=special_status().pk).exists()


def reads_all_books() -> Q:
    """Return the condition on accounts for which has_all_books is true, if they are active."""
    held = Permission.objects.filter(content_type__app_label="books", codename="special_status")
    personally = held.filter(user=OuterRef("pk"))
    through_group = held.filter(group__user=OuterRef("pk"))
    return Q(is_superuser=True) | Exists(personally) | Exists(through_group)


def may_read_all_books() -> Q:
    """Return what has_all_books asks about ACCOUNT, as a condition in a prepared query."""
    held = Permission.objects.filter(content_type__app_label="books", codename="special_status")
    # Apart, because with OR in one of them the database would go through all who hold it.
    personally, through_group = held.filter(user=ACCOUNT), held.filter(group__user=ACCOUNT)
    return Q(IS_ACTIVE) & (Q(IS_SUPERUSER) | Q(Exists(personally)) | Q(Exists(through_group)))


def account(user: Visitor) -> dict[str, object]:
    """Return the values with which a prepared query is asked about ACCOUNT, NOW."""
    person = {"account": user.pk, "is_active": user.is_active, "is_superuser": user.is_superuser}  # type: ignore[union-attr]
    return person | {"now": timezone.now()}


def special_status() -> Permission:
    """Return the permission to read every book."""
    return Permission.objects.get_by_natural_key("special_status", "books", "book")
