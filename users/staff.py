"""Whose account a member of staff may change."""

from django.apps import apps
from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef, Q

from users.models import ERASED_DOMAIN, CustomUser


def accounts_beneath(staff):
    """Return the accounts that this member of staff may change, log out, erase and give books to.

    Superusers may touch everybody's, other staff only those of readers: of people without any permission but
    those of readers. An inactive account counts with its permissions, since activating it brings them back.
    What is left of an erased account is nobody's.
    """
    accounts = CustomUser.objects.exclude(email__endswith=f"@{ERASED_DOMAIN}")
    if staff.is_superuser:
        return accounts
    rights = Permission.objects.exclude(of_readers())
    held = rights.filter(user=OuterRef("pk"))
    held_by_group = rights.filter(group__user=OuterRef("pk"))
    return accounts.filter(~Exists(held), ~Exists(held_by_group), is_staff=False, is_superuser=False)


def of_readers():
    """Return the condition on the permissions that a reader may hold without becoming staff.

    A model names those of its permissions in `reader_permissions`.
    """
    condition = Q(pk__in=())
    for model in apps.get_models():
        if codenames := getattr(model, "reader_permissions", ()):
            condition |= Q(content_type__app_label=model._meta.app_label, codename__in=codenames)
    return condition
