"""What guests find at the pages of accounts, and how their session ends once an account has their books."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import redirect

from users.requests.way_back import way_back

from .browser import moved_guest

# allauth's pages for those who are not logged in. To them a guest is a visitor.
ENTRANCES = {
    "account_login",
    "account_signup",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}
MOVED = "The books you bought in this browser are in your account now. Log in to read them."


class GuestMiddleware:
    """Lets guests sign up and log in, and keeps them from what only an account has: an address, a password.

    At an entrance `request.guest` is who they are.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, arguments, named_arguments):
        """Answer instead of the view if it is not for guests."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or getattr(view, "serves_files", False):
            return None
        if not request.user.is_authenticated:
            return self._lead_to_account(request) if moved_guest(request) else None
        if request.user.is_guest and view.__module__.startswith("allauth."):
            return self._at_accounts(request)
        return None

    @staticmethod
    def _at_accounts(request):
        if request.resolver_match.url_name not in ENTRANCES:
            return redirect("account_overview")
        request.guest, request.user = request.user, AnonymousUser()
        return None

    @staticmethod
    def _lead_to_account(request):
        """End the session, and lead to the log-in and from there to the same page."""
        logout(request)
        messages.info(request, MOVED)
        if request.method in {"GET", "HEAD"}:
            return redirect_to_login(request.get_full_path())
        return redirect_to_login(way_back(request, request.headers.get("Referer", ""), otherwise="/"))
