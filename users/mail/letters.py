"""The way into the mail queue, and the letters that tell people what staff changed in their account."""

from django.conf import settings
from django.core.mail import EmailMessage, mailers
from django.template.loader import render_to_string
from django.utils import timezone


def queue_letters(addresses, subject, template, context, *, priority=None, headers=None):
    """Queue one letter to each address, in the transaction of the caller; return how many.

    All say the same: the template's text, which also knows the shop's name and address and the time. With the
    priority "low" they are sent after everything else that waits; `headers` are further lines of their heads.
    """
    shared = {"shop_name": settings.SHOP.name, "site_url": settings.SITE_URL, "now": timezone.now()}
    with timezone.override(settings.SHOP.zone):
        text = render_to_string(template, shared | context)
    letters = [EmailMessage(subject, text, to=[address], headers=headers) for address in addresses]
    for letter in letters:
        letter.priority = priority
    return mailers.default.send_messages(letters)


def queue_address_changed(person, former):
    """Tell somebody, at the former address and at the new one, that staff have changed it."""
    subject = f"Your e-mail address for {settings.SHOP.name} was changed"
    context = {"person": person, "former": former}
    queue_letters([former, person.email], subject, "users/email/address_changed_by_staff.txt", context)


def queue_password_changed(person):
    """Tell somebody that staff have set or removed the password."""
    subject = f"Your password for {settings.SHOP.name} was changed"
    queue_letters([person.email], subject, "users/email/password_changed_by_staff.txt", {"person": person})
