"""Where the shop departs from allauth: mails without the request's host, and guesses that end in a 429."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.ratelimit import respond_429
from django.conf import settings
from django.core.exceptions import ValidationError

from users.way_back import way_back


class AccountAdapter(DefaultAccountAdapter):
    """allauth's behaviour, with the shop's own mails and limits."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "This e-mail address and this password do not belong together.",
        "enter_current_password": "This is not your current password.",
        "incorrect_code": "This code is not right.",
        "incorrect_password": "This password is not right.",
    }

    def send_mail(self, template_prefix, email, context):
        """Queue one mail; its links start with SITE_URL, as a request may name any host."""
        shop = {"shop_name": settings.SHOP_NAME, "site_url": settings.SITE_URL}
        super().send_mail(template_prefix, email, context | shop)

    def is_safe_url(self, url):
        """Tell whether a visitor who sent this address as `next` may be led to it."""
        return way_back(self.request, url, otherwise=None) == url

    def pre_authenticate(self, request, **credentials):
        """Answer too many wrong passwords like every other limit, with the page and the status."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ImmediateHttpResponse(respond_429(request)) from None
