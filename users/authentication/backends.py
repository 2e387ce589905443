"""Who somebody is, and what they may do."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Permission
from django.db.models import Q


class EmailBackend(AuthenticationBackend):
    """allauth's log-in by e-mail, which loads the permissions of a person and their groups in one query.

    Every page of the shop needs them.
    """

    def get_all_permissions(self, user_obj, obj=None):
        """Return "app.codename" of each permission, remembered on the user as Django's own backend does."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            held = Permission.objects.order_by()
            if not user_obj.is_superuser:
                held = held.filter(Q(user=user_obj) | Q(group__user=user_obj))
            names = held.values_list("content_type__app_label", "codename")
            user_obj._perm_cache = {f"{app_label}.{codename}" for app_label, codename in names}
        return user_obj._perm_cache
