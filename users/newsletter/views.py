"""Ending the newsletter: by the link in a letter, without a log-in, or in the account."""

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from users.models import NewsletterConsent

from . import consents
from .links import NoSuchLink, address_to_end


@csrf_exempt
@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def newsletter_end(request, token):
    """Show a button; a post ends the newsletter to the address that the link names, however often it comes.

    Mail programs post here by themselves when their reader clicks "Unsubscribe" (RFC 8058), without our
    pages, cookies or token. Those that follow links in letters only look at the page.
    """
    try:
        email = address_to_end(token)
    except NoSuchLink:
        return render(request, "newsletter/no_such_link.html", status=HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        consents.end(email, by=NewsletterConsent.EndedBy.LINK)
    shown = {"email": email, "is_over": request.method == "POST"}
    return render(request, "newsletter/end.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def newsletter_consents(request):
    """Show what this reader has consented to; a post ends the newsletter to the address of one."""
    found = consents.consents_of(request.user)
    if request.method == "POST":
        key = request.POST.get("consent", "")
        consent = get_object_or_404(found, pk=int(key) if key.isascii() and key.isdigit() else 0)
        consents.end(consent.email, by=NewsletterConsent.EndedBy.ACCOUNT)
        messages.success(request, f"You won’t get the newsletter at {consent.email} any more.")
        return redirect("newsletter_consents")
    return render(request, "newsletter/consents.html", {"consents": found})
