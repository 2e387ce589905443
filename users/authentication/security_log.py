"""Who logged in, failed to, logged out or changed a credential, and from which address: one line each.

A line has the user's id and a parsed network address, so that nothing a visitor typed gets into it.
"""

import logging

from allauth.account import signals as account_signals
from allauth.core.internal.httpkit import get_client_ip
from django.contrib.auth import get_user_model
from django.contrib.auth import signals as auth_signals
from django.dispatch import receiver

logger = logging.getLogger("security")


def record(event, request, user_id, level=logging.INFO):
    """Write one line. `event` is one of our own words, `user_id` None if nobody is known."""
    address = request and get_client_ip(request)
    logger.log(level, "%s user=%s address=%s", event, user_id or "unknown", address or "unknown")


@receiver(auth_signals.user_logged_in)
def logged_in(request, user, **kwargs):
    record("login", request, user.pk)


@receiver(auth_signals.user_login_failed)
def login_failed(credentials, request=None, **kwargs):
    email = get_user_model().objects.normalize_email(credentials.get("email"))
    user_id = get_user_model().objects.filter(email=email).values_list("pk", flat=True).first()
    record("login_failed", request, user_id, logging.WARNING)


@receiver(auth_signals.user_logged_out)
def logged_out(request, user, **kwargs):
    record("logout", request, user and user.pk)


@receiver(account_signals.user_signed_up)
def signed_up(request, user, **kwargs):
    record("signup", request, user.pk)


@receiver(account_signals.password_changed)
def password_changed(request, user, **kwargs):
    record("password_changed", request, user.pk)


@receiver(account_signals.password_reset)
def password_reset(request, user, **kwargs):
    record("password_reset", request, user.pk)


@receiver(account_signals.email_changed)
def email_changed(request, user, from_email_address, **kwargs):
    record("email_changed" if from_email_address else "email_confirmed", request, user.pk)
