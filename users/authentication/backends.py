"""Who somebody is, and what they may do."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Group, Permission


class EmailBackend(AuthenticationBackend):
    """allauth's log-in by e-mail, which loads the permissions of a person and their groups in one query.

    Every page of the shop needs them.
    """

    def get_all_permissions(self, user_obj, obj=None):
        """Return "app.codename" of each permission, remembered on the user as Django's own backend does."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app_label}.{codename}" for app_label, codename in _held_by(user_obj)}
        return user_obj._perm_cache


def _held_by(user):
    """Return the permissions of a user and their groups, all those of a superuser, as (app, codename)."""
    if user.is_superuser:
        return Permission.objects.order_by().values_list("content_type__app_label", "codename")
    # A union, because with OR the database would go through what everybody holds.
    personal = user.user_permissions.through.objects.filter(customuser=user.pk)
    of_groups = Group.permissions.through.objects.filter(group__user=user.pk)
    names = ("permission__content_type__app_label", "permission__codename")
    return personal.values_list(*names).union(of_groups.values_list(*names), all=True)
