"""How many letters an address gets that its owner may not have asked for.

Anybody can type anybody's address into the forms of sign-up and reset, from as many network addresses as they
like. Only the address that is written to can be counted by; the page answers the same either way.
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from users.addresses import mailbox
from users.models import LetterPlace

AN_HOUR = timedelta(hours=1)
# A code and the two more that one may ask for; and a reset of its own, so that whoever uses up the codes of
# somebody's address does not keep them from a new password. Five letters an hour in all.
PLACES = {"code": 3, "reset": 2}
# The other letters, such as the news that a password was changed, are about what happened to an account.
UNASKED = {
    "account/email/email_confirmation": "code",
    "account/email/email_confirmation_signup": "code",
    "account/email/account_already_exists": "code",
    "account/email/password_reset_key": "reset",
    "account/email/unknown_account": "reset",
}


def may_write(template_prefix, address):
    """Tell whether one more letter of this kind may go to this address now, and count it."""
    kind = UNASKED.get(template_prefix)
    return kind is None or not settings.RATE_LIMITS or _take_place(kind, mailbox(address))


def forget_old_places():
    """Delete the places that nobody waits for any more."""
    LetterPlace.objects.filter(free_at__lt=timezone.now() - AN_HOUR).delete()


def _take_place(kind, address):
    """Take one of the places of an address for an hour; tell whether there was a free one.

    Each place is a row, and taking it one UPDATE: of two requests that want the last one, one gets it.
    """
    now = timezone.now()
    # Hashed, because most addresses that are typed belong to nobody who has an account.
    names = [
        salted_hmac("users.mail.limits", f"{kind} {number} {address}", algorithm="sha256").hexdigest()
        for number in range(PLACES[kind])
    ]
    LetterPlace.objects.bulk_create(
        [LetterPlace(name=name, free_at=now) for name in names], ignore_conflicts=True
    )
    return any(
        LetterPlace.objects.filter(name=name, free_at__lte=now).update(free_at=now + AN_HOUR)
        for name in names
    )
