"""Tells people by mail that staff have changed their account, in the transaction that changes it."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import timezone


def queue_address_changed(person, former):
    """Tell somebody, at the former address and at the new one, that staff have changed it."""
    subject = f"Your e-mail address for {settings.SHOP_NAME} was changed"
    for address in (former, person.email):
        _queue(address, subject, "address_changed_by_staff", {"person": person, "former": former})


def queue_password_changed(person):
    """Tell somebody that staff have set or removed the password."""
    subject = f"Your password for {settings.SHOP_NAME} was changed"
    _queue(person.email, subject, "password_changed_by_staff", {"person": person})


def _queue(address, subject, template, context):
    shared = {"shop_name": settings.SHOP_NAME, "site_url": settings.SITE_URL, "now": timezone.now()}
    send_mail(
        subject=subject,
        message=render_to_string(f"users/email/{template}.txt", shared | context),
        from_email=None,
        recipient_list=[address],
    )
