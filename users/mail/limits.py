"""How many letters an address may get that its owner perhaps did not ask for.

Anybody can type somebody else's address into the sign-up and reset forms, from any number of network
addresses. So letters are counted by the address they go to; the page answers the same either way.
"""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from users.addresses import mailbox
from users.models import LetterPlace

AN_HOUR = timedelta(hours=1)
# A code, and two more on request. Resets are counted separately, so that nobody who uses up the codes of an
# address keeps its owner from a new password; so are links to orders, gifts, and requests to confirm the
# newsletter. Eleven letters an hour in all.
PLACES = {"code": 3, "reset": 2, "order": 2, "gift": 2, "newsletter": 2}
# Other letters, such as the one about a changed password, report what has happened to an account.
UNASKED = {
    "account/email/email_confirmation": "code",
    "account/email/email_confirmation_signup": "code",
    "account/email/account_already_exists": "code",
    "account/email/password_reset_key": "reset",
    "account/email/unknown_account": "reset",
    "orders/email/claim": "order",
    "orders/email/gift": "gift",
    "users/email/newsletter_confirm": "newsletter",
}


def may_write(template_prefix, address):
    """Count one more letter of this kind to this address, and tell whether it may be sent."""
    kind = UNASKED.get(template_prefix)
    return kind is None or not settings.RATE_LIMITS or _take_place(kind, mailbox(address))


def forget_old_places():
    """Delete the places that have been free for an hour."""
    LetterPlace.objects.filter(free_at__lt=timezone.now() - AN_HOUR).delete()


def _take_place(kind, address):
    """Take one of the address's places for an hour; tell whether one was free.

    Each place is a row and is taken by one UPDATE: of two requests for the last one, one gets it.
    """
    now = timezone.now()
    # Hashed, because most typed addresses belong to people without an account.
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
