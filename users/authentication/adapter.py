"""Where the shop differs from allauth: no links to the request's host, and a 429 after too many guesses."""

import logging
from datetime import timedelta

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone

from users.authentication import security_log
from users.guests.browser import GUEST_BEFORE
from users.mail import limits
from users.requests.way_back import way_back

# For how many seconds the code or link in a letter works; after that the queue does not send it.
LIVES = {
    "account/email/password_reset_key": settings.PASSWORD_RESET_TIMEOUT,
    "account/email/email_confirmation": settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
    "account/email/email_confirmation_signup": settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT,
}


class AccountAdapter(DefaultAccountAdapter):
    """allauth's behaviour, with the shop's own mails and limits."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "That e-mail address and password don’t match.",
        "enter_current_password": "That isn’t your current password.",
        "incorrect_code": "That code isn’t right.",
        "incorrect_password": "That password isn’t right.",
    }

    def pre_login(self, request, user, **login):
        """Refuse guests, however they come: by a password that staff gave them, by a code, by a reset."""
        if user.is_guest:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **login)

    def login(self, request, user):
        """Log in; the session remembers the guest who was here, whose books are offered to the account.

        Django empties a guest's session then, as of another user; what settings.SESSION_KEPT names stays.
        """
        guest = getattr(request, "guest", request.user)
        kept = {name: request.session[name] for name in settings.SESSION_KEPT if name in request.session}
        super().login(request, user)
        if guest.is_authenticated and guest.is_guest:
            request.session.update(kept | {GUEST_BEFORE: guest.pk})

    def send_mail(self, template_prefix, email, context):
        """Queue one letter, unless the address has had too many; the page says the same either way.

        Its links start with SITE_URL, because a request may name any host.
        """
        if not limits.may_write(template_prefix, email):
            security_log.record("letter_withheld", self.request, None, logging.WARNING)
            return
        shop = {"shop_name": settings.SHOP.name, "site_url": settings.SITE_URL}
        super().send_mail(template_prefix, email, context | shop)

    def render_mail(self, template_prefix, email, context, headers=None):
        """Return the letter; one with a code or link expires with it."""
        letter = super().render_mail(template_prefix, email, context, headers)
        if template_prefix in LIVES:
            letter.expires_at = timezone.now() + timedelta(seconds=LIVES[template_prefix])
        return letter

    def is_safe_url(self, url):
        """Tell whether a visitor may be redirected to this address, sent as `next`."""
        return way_back(self.request, url, otherwise=None) == url

    def pre_authenticate(self, request, **credentials):
        """Answer too many wrong passwords like every other limit, with a 429 page."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ImmediateHttpResponse(respond_429(request)) from None
