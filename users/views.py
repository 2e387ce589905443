"""The account page, log-out, and the answer to too many requests."""

from http import HTTPStatus

from allauth.account.views import LogoutView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from users import security_log
from users.forms import PublicNameForm

RETRY_AFTER_SECONDS = 5 * 60


@require_http_methods(["GET", "HEAD", "POST"])
def account_overview(request):
    """Show what one can change about one's account; a post changes the public name."""
    form = PublicNameForm(request.POST or None, instance=request.user)
    if form.is_valid():
        form.save()
        messages.success(request, "Your public name is saved.")
        return redirect("account_overview")
    return render(request, "account/overview.html", {"form": form})


class LogOutView(LogoutView):
    """allauth's log-out, which also has the browser forget what it kept of the pages."""

    def post(self, *args, **kwargs):
        response = super().post(*args, **kwargs)
        # Not "cookies": the session's is expired by name, and the message on the next page travels in one.
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


@login_not_required
def too_many_requests(request):
    """Say that a limit is reached, in the site's frame, and note it."""
    security_log.record("limit_reached", request, request.user.pk)
    response = render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response
