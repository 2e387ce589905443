"""A guest's books, places and marks become an account's, all at once and once for all.

What there is to move is known to other apps: their modules in settings.MOVED_WITH_A_GUEST each have a
function `move(guest, account)`, which is called in this order with both locked.
"""

from importlib import import_module

from django.conf import settings
from django.db import transaction

from users.models import CustomUser


class NotMoved(Exception):
    """Nothing was moved. `str()` is a sentence about why, for the reader."""


def move(guest, account):
    """Give everything that a guest has to an account; the guest's sessions are over once that is committed.

    Doing it again with the same account changes nothing. Raises NotMoved if another account has it, if the
    account was closed, or if a room cannot move what it has.
    """
    rooms = [import_module(name) for name in settings.MOVED_WITH_A_GUEST]
    with transaction.atomic():
        # Purchases and payments lock these rows too. By key, so that two at once never wait for each other.
        both = CustomUser.objects.select_for_update(no_key=True).filter(pk__in=[guest.pk, account.pk])
        locked = {person.pk: person for person in both.order_by("pk")}
        guest, account = locked[guest.pk], locked[account.pk]
        if guest.moved_to_id == account.pk:
            return
        _check(guest, account)
        for room in rooms:
            room.move(guest, account)
        guest.moved_to, guest.is_active = account, False
        guest.save(update_fields=["moved_to", "is_active"])


def _check(guest, account):
    if guest.moved_to_id is not None or not guest.is_guest or not guest.is_active:
        raise NotMoved("These books are in another account already.")
    if account.is_guest or not account.is_active:
        raise NotMoved("Your account is closed, so nothing was moved.")
