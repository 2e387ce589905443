"""How consent to the newsletter begins and ends."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from users.mail import limits
from users.mail.letters import queue_letters
from users.models import NewsletterConsent

from .links import confirming_token

# Counted by mailbox: see users/mail/limits.py.
KIND = "users/email/newsletter_confirm"
# What nobody has confirmed by then is deleted: perhaps somebody else had typed the address.
UNCONFIRMED_KEPT = timedelta(days=30)


class NotConfirmed(Exception):
    """The consent was ended, or confirmed before."""


@transaction.atomic
def ask(email, *, page, sentence, version, promise, confirm_at):
    """Note that this address was typed under the sentence, and send it a letter with a link to confirm.

    `page` is the whole address of the page, `promise` what the letter says one gets, `confirm_at` the name
    of the view that confirms. Tells nobody whether the address is known. An address that has had too many
    letters gets none.
    """
    shown = {"sentence": sentence, "version": version, "asked_at": timezone.now()}
    consent, _ = NewsletterConsent.objects.update_or_create(
        email=email, page=page, confirmed_at=None, ended_at=None, defaults=shown
    )
    if limits.may_write(KIND, email):
        link = settings.SITE_URL + reverse(confirm_at, args=[confirming_token(consent)])
        context = {"consent": consent, "promise": promise, "link": link}
        queue_letters([email], f"Please confirm: {promise}", f"{KIND}.txt", context)


def confirm(consent_id, reader):
    """Confirm a consent that was asked for; return it. Call it in a transaction. Raises NotConfirmed."""
    consent = NewsletterConsent.objects.select_for_update(of=("self",)).filter(pk=consent_id).first()
    if consent is None or consent.confirmed_at is not None or consent.ended_at is not None:
        raise NotConfirmed
    consent.confirmed_at, consent.reader = timezone.now(), reader
    consent.save(update_fields=["confirmed_at", "reader"])
    return consent


def end(email, *, by):
    """End every consent of an address, those that wait to be confirmed too; return how many. It is final."""
    live = NewsletterConsent.objects.filter(email=email, ended_at=None)
    return live.update(ended_at=timezone.now(), ended_by=by)


def consents_of(reader):
    """Return what the reader of an account, or a guest, has consented to, newest first."""
    return NewsletterConsent.objects.filter(reader=reader, confirmed_at__isnull=False)


def live_consents():
    """Return the consents by which the newsletter may be sent, the latest of each address."""
    live = NewsletterConsent.objects.filter(confirmed_at__isnull=False, ended_at=None)
    latest = {consent.email: consent for consent in live.order_by("confirmed_at", "pk")}
    return list(latest.values())


def tidy():
    """Delete what was asked for and never confirmed."""
    NewsletterConsent.objects.filter(
        confirmed_at=None, asked_at__lt=timezone.now() - UNCONFIRMED_KEPT
    ).delete()


def move(guest, account):
    """Give a guest's consents to an account. Called through settings.MOVED_WITH_A_GUEST."""
    NewsletterConsent.objects.filter(reader=guest).update(reader=account)
