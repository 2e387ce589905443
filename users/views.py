"""The account page, export and erasure, log-out, and the answer to too many requests."""

from http import HTTPStatus

from allauth.account.views import LogoutView
from allauth.decorators import rate_limit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from users.authentication import security_log
from users.forms import EraseAccountForm, EraseGuestForm, PublicNameForm
from users.personal_data.erasure import ErasureWaits, erase, may_erase_themselves
from users.personal_data.export import export

RETRY_AFTER_SECONDS = 5 * 60
# Not "cookies": the session's is expired by name, and the message on the next page travels in one.
FORGET_THE_PAGES = '"cache", "storage"'


@require_http_methods(["GET", "HEAD", "POST"])
def account_overview(request):
    """Show the account's settings; a post changes the public name."""
    form = PublicNameForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "Your public name has been saved.")
        return redirect("account_overview")
    return render(request, "account/overview.html", {"form": form})


@require_safe
def account_export(request):
    """Send the data we hold about this person, as a file."""
    return JsonResponse(
        export(request.user),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        content_type="application/json; charset=utf-8",
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": 'attachment; filename="my-account.json"',
        },
    )


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="reauthenticate")
def account_erase(request):
    """Say what erasing the account means; a post with password and tick erases it."""
    if not may_erase_themselves(request.user):
        return render(request, "account/erase.html", status=HTTPStatus.FORBIDDEN)
    form = _erasure_form(request)
    if not form.is_valid() and not _has_just_been_erased(request):
        return render(request, "account/erase.html", {"form": form})
    try:
        erase(request.user)
    except ErasureWaits as reason:
        form.add_error(None, str(reason))
        return render(request, "account/erase.html", {"form": form}, status=HTTPStatus.CONFLICT)
    security_log.record("account_erased", request, request.user.pk)
    logout(request)
    messages.success(request, "Your account has been erased.")
    response = redirect("home")
    response.headers["Clear-Site-Data"] = FORGET_THE_PAGES
    return response


def _erasure_form(request):
    if request.user.is_guest:
        return EraseGuestForm(request.POST or None)
    return EraseAccountForm(request.POST or None, user=request.user)


def _has_just_been_erased(request):
    """Tell whether another tab has erased the account, and with it the password, since this request began."""
    if request.method != "POST":
        return False
    request.user.refresh_from_db()
    return request.user.is_erased


class LogOutView(LogoutView):
    """allauth's log-out, which also makes the browser forget the pages it kept."""

    def post(self, *args, **kwargs):
        response = super().post(*args, **kwargs)
        response.headers["Clear-Site-Data"] = FORGET_THE_PAGES
        return response


@login_not_required
def too_many_requests(request):
    """Say that there were too many attempts, and log it."""
    security_log.record("limit_reached", request, request.user.pk)
    response = render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response
