"""Erasing an account: what identifies the person goes, orders and reviews stay without them.

A model whose rows go with the account sets `erased_with_account`; one whose rows stay, but no longer name
the person, sets `forgets_erased_people`.
"""

import re
from importlib import import_module
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q
from post_office.models import Email

from users.authentication.sessions import end_sessions
from users.models import ERASED_DOMAIN, CustomUser, NewsletterConsent

LONGEST_NAME = LogEntry._meta.get_field("object_repr").max_length


def may_erase_themselves(user):
    """Tell whether this person may erase their account; staff must lose their staff access first."""
    return not (user.is_staff or user.is_superuser)


class ErasureWaits(Exception):
    """Nothing was erased, because a payment or refund is under way. `str()` is a sentence about it."""


def erase(user):
    """Empty the account for good: nobody can log in to it, and its addresses can sign up again.

    What is under way for it is ended first, outside any transaction. Safe to call twice, and from two places
    at once. Raises ErasureWaits, and erases nothing, if something cannot be ended.
    """
    steps = [import_module(name) for name in settings.BEFORE_ERASURE]
    for step in steps:
        step.end_what_is_under_way(user)
    with transaction.atomic(durable=True):
        # Purchases lock this row too: one that began in the meantime is seen here, and none can begin after.
        person = CustomUser.objects.select_for_update(no_key=True).get(pk=user.pk)
        for step in steps:
            step.check_that_nothing_is_under_way(person)
        if not person.is_erased:
            for step in steps:
                step.forget(person)
            _empty(person)
    user.refresh_from_db()


def _empty(user):
    addresses = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    Email.objects.filter(to__in=addresses).delete()
    EmailAddress.objects.filter(user=user).delete()
    NewsletterConsent.objects.filter(email__in=addresses).delete()
    end_sessions([user])
    for relation in user._meta.related_objects:
        if getattr(relation.related_model, "erased_with_account", False):
            relation.related_model.objects.filter(**{relation.field.name: user}).delete()
    user.groups.clear()
    user.user_permissions.clear()
    user.email = f"erased-{uuid4()}@{ERASED_DOMAIN}"
    user.username = user.first_name = user.last_name = ""
    user.is_active = user.is_staff = user.is_superuser = user.is_guest = False
    user.moved_to = None
    user.set_unusable_password()
    user.save()
    for relation in user._meta.related_objects:
        if getattr(relation.related_model, "forgets_erased_people", False):
            name = relation.field.name
            relation.related_model.objects.filter(**{name: user}).update(**{name: None})
    _rename_in_history(user, addresses)


def _rename_in_history(user, addresses):
    """Take the addresses out of the admin's history, where entries of every kind name people by them."""
    own = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(user), object_id=str(user.pk)
    )
    # Earlier addresses of the person, which other entries may still contain.
    addresses |= {name for name in own.values_list("object_repr", flat=True) if "@" in name}
    own.update(object_repr=str(user))
    for address in addresses:
        # Only whole addresses: somebody else's longer one may contain this one.
        named = re.compile(rf"(?<![\w.+-]){re.escape(address)}(?![\w-]|\.\w)", re.IGNORECASE)
        for entry in LogEntry.objects.filter(
            Q(object_repr__icontains=address) | Q(change_message__icontains=address)
        ):
            entry.object_repr = named.sub(str(user), entry.object_repr)[:LONGEST_NAME]
            entry.change_message = named.sub(str(user), entry.change_message)
            entry.save(update_fields=["object_repr", "change_message"])
