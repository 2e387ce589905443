"""The links in letters about the newsletter. Each names what it is about and is signed; none is stored."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from users.models import NewsletterConsent

# To confirm. Whoever finds the letter later can ask again.
LIFE = timedelta(days=7)
_CONFIRMING = signing.TimestampSigner(salt="users.newsletter.confirm")
# Ends a subscription for as long as there are letters with it.
_ENDING = signing.Signer(salt="users.newsletter.end")


class NoSuchLink(Exception):
    """The link was not made by this shop, is too old, or is about something that is gone."""


def confirming_token(consent):
    """Return what a link to confirm this consent carries."""
    return _CONFIRMING.sign(str(consent.pk))


def consent_to_confirm(token):
    """Return the consent that a link asks to confirm; raises NoSuchLink."""
    try:
        return NewsletterConsent.objects.get(pk=int(_CONFIRMING.unsign(token, max_age=LIFE)))
    except (signing.BadSignature, ValueError, NewsletterConsent.DoesNotExist) as error:
        raise NoSuchLink from error


def ending_address(email):
    """Return the whole address at which one click ends the newsletter to this e-mail address."""
    return settings.SITE_URL + reverse("newsletter_end", args=[_ENDING.sign_object([email])])


def address_to_end(token):
    """Return the e-mail address that a link is about; raises NoSuchLink."""
    try:
        [email] = _ENDING.unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NoSuchLink from error
    return email
