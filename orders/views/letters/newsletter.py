"""A book for the newsletter: the page that offers it, and the link in the letter that confirms."""

from http import HTTPStatus

from allauth.decorators import rate_limit
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from books.models import Book
from orders import magnets
from orders.models import Magnet
from users.addresses import usable
from users.guests import browser
from users.models import CustomUser
from users.newsletter.links import NoSuchLink, consent_to_confirm


class ConsentForm(forms.Form):
    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    agreed = forms.BooleanField(
        error_messages={"required": "Tick the box if you’d like the newsletter and the book."}
    )
    # The version of the sentence that the page showed.
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, magnet, **kwargs):
        super().__init__(*args, **kwargs)
        self.magnet = magnet
        self.fields["agreed"].label = magnet.sentence
        self.fields["version"].initial = magnet.version

    def clean_email(self):
        """Return the address as accounts have it."""
        return usable(self.cleaned_data["email"])

    def clean(self):
        """Refuse what was agreed to in other words than the page has now."""
        if self.cleaned_data.get("version") not in (None, self.magnet.version):
            self.data = self.data | {"agreed": "", "version": self.magnet.version}
            raise forms.ValidationError("The sentence beside the box has changed. Please read it again.")
        return self.cleaned_data


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="newsletter")
def newsletter(request, slug):
    """Offer a book for the newsletter; a post sends a letter with a link that confirms.

    The answer is the same whether the address is known or not.
    """
    magnet = get_object_or_404(Magnet, slug=slug, is_open=True)
    known = {"email": request.user.address} if isinstance(request.user, CustomUser) else {}
    form = ConsentForm(
        request.POST.dict() if request.method == "POST" else None, initial=known, magnet=magnet
    )
    book = Book.objects.with_covers().get(pk=magnet.book_id)
    context = {"magnet": magnet, "book": book, "form": form}
    if form.is_valid():
        magnets.ask(magnet, form.cleaned_data["email"])
        context["address"] = form.cleaned_data["email"]
    return render(request, "newsletter/offer.html", context)


@never_cache
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="claim")
def newsletter_confirm(request, token):
    """Show what is confirmed; a post confirms it and gives the book to who is in this browser.

    Only a post, because programs that check mail follow every link.
    """
    try:
        consent = consent_to_confirm(token)
    except NoSuchLink:
        return render(request, "newsletter/no_such_link.html", status=HTTPStatus.NOT_FOUND)
    if request.method == "POST":
        return _confirm(request, consent)
    magnet = magnets.magnet_of(consent)
    is_waiting = magnet is not None and consent.confirmed_at is None and consent.ended_at is None
    shown = {"consent": consent, "magnet": magnet, "is_waiting": is_waiting}
    return browser.name_browser(request, render(request, "newsletter/confirm.html", shown))


def _confirm(request, consent):
    """Confirm, and lead to the order; a newcomer is logged in as the guest they have become."""
    user = request.user if isinstance(request.user, CustomUser) else browser.newcomer(request)
    try:
        given = magnets.confirm_and_give(consent, user)
    except magnets.NotGiven as reason:
        messages.info(request, str(reason))
        return redirect(request.path)
    if given.order is None:
        messages.success(request, f"Thank you. You have {given.book} already.")
    response = redirect(given.order or given.book)
    return response if user.pk else browser.bind(request, response, given.reader)
