"""Who somebody is, and what they may do."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Group, Permission
from django.db.models import IntegerField

from users.models import CustomUser
from users.prepared import Given, Prepared


class EmailBackend(AuthenticationBackend):
    """allauth's log-in by e-mail, which loads a person, and the permissions they hold, with prepared queries.

    Every page of the shop needs them.
    """

    def _authenticate_by_email(self, email, password):
        """Find accounts by their own address, with one query whether there is one or not.

        allauth asks twice for an address without an account, so that the time of an answer would tell.
        """
        user = CustomUser.objects.filter(email=email.lower()).first()
        return self._check_password(user, password)

    def user_can_authenticate(self, user):
        """Tell whether this person may log in: guests never do, whatever password staff give them."""
        return super().user_can_authenticate(user) and not user.is_guest

    def get_user(self, user_id):
        """Return the person with this id, or None if there is none who may log in."""
        for row in _person(user=user_id):
            user = CustomUser.from_db("default", _FIELDS, row)
            return user if self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj, obj=None):
        """Return "app.codename" of each permission, remembered on the user as Django's own backend does."""
        if not user_obj.is_active or user_obj.is_anonymous or obj is not None:
            return set()
        if not hasattr(user_obj, "_perm_cache"):
            user_obj._perm_cache = {f"{app_label}.{codename}" for app_label, codename in _held_by(user_obj)}
        return user_obj._perm_cache


_FIELDS = [field.attname for field in CustomUser._meta.concrete_fields]
_USER = Given("user", IntegerField())


@Prepared
def _person():
    return CustomUser.objects.filter(pk=_USER).values_list(*_FIELDS)


def _held_by(user):
    """Return the permissions of a user and their groups, all those of a superuser, as (app, codename)."""
    if user.is_superuser:
        return Permission.objects.order_by().values_list("content_type__app_label", "codename")
    return _held(user=user.pk)


@Prepared
def _held():
    # A union, because with OR the database would go through what everybody holds.
    personal = CustomUser.user_permissions.through.objects.filter(customuser=_USER)
    of_groups = Group.permissions.through.objects.filter(group__user=_USER)
    names = ("permission__content_type__app_label", "permission__codename")
    return personal.values_list(*names).union(of_groups.values_list(*names), all=True)
