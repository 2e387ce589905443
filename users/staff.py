"""Whose account a member of staff may touch."""

from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef

from users.models import ERASED_DOMAIN, CustomUser


def accounts_beneath(staff):
    """Return the accounts that this member of staff may change, log out, erase and open books to.

    Superusers may touch everybody's, the others only those of readers: of people who hold no right but to
    read all books. Rights of a closed account count too, since opening it again would bring them back. What
    is left of an erased account is nobody's.
    """
    accounts = CustomUser.objects.exclude(email__endswith=f"@{ERASED_DOMAIN}")
    if staff.is_superuser:
        return accounts
    rights = Permission.objects.exclude(content_type__app_label="books", codename="special_status")
    held = rights.filter(user=OuterRef("pk"))
    held_by_group = rights.filter(group__user=OuterRef("pk"))
    return accounts.filter(~Exists(held), ~Exists(held_by_group), is_staff=False, is_superuser=False)
