"""What reading leaves behind: the place one is at, and how one likes the page."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from books import access
from books.models import Chapter, Position, Preferences
from books.reading.preferences import PreferencesForm, of_reader, remember
from books.views.visible import check_visible
from users.requests.way_back import way_back


class PlaceForm(forms.Form):
    """Where somebody is in a book. Without a script the fraction is 0, where the chapter begins."""

    chapter = forms.IntegerField(min_value=1, max_value=100_000)
    fraction = forms.FloatField(min_value=0, max_value=1)


@require_http_methods(["GET", "HEAD", "POST"])
def book_place(request, pk):
    """Keep the place where the reader is; the last one sent is the one that holds.

    Whoever had to log in first comes here by GET, and is led back to the book.
    """
    if request.method != "POST":
        return redirect("book_read_start", pk)
    chapter, fraction = posted_place(request, pk)
    Position.objects.keep(request.user, chapter, fraction)
    if from_script(request):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    messages.success(request, "Your place is kept.")
    return redirect(chapter)


@login_not_required
@require_POST
def reading_preferences(request):
    """Keep how the reader likes the page: on the account if there is one, and in this browser."""
    form = PreferencesForm(request.POST, instance=of_reader(request))
    if not form.is_valid():
        raise BadRequest("That cannot be chosen.")
    preferences = form.save(commit=False)
    if request.user.is_authenticated:
        # Two choices in quick succession may arrive together.
        Preferences.objects.update_or_create(user=request.user, defaults=form.cleaned_data)
    if from_script(request):
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    else:
        back = way_back(request, request.POST.get("next", ""), otherwise=reverse("home"))
        response = HttpResponseRedirect(back)
    remember(request, response, preferences)
    return response


def posted_place(request, pk):
    """Return the chapter and the fraction that a form names, of a book that is open there to this reader."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        raise BadRequest("That is no place in a book.")
    chapters = Chapter.objects.select_related("book").defer("html", "plain_text", "book__description")
    chapter = get_object_or_404(chapters, book=pk, number=form.cleaned_data["chapter"])
    check_visible(request, chapter.book)
    if not access.may_read_chapter(request.user, chapter):
        raise PermissionDenied
    return chapter, form.cleaned_data["fraction"]


def from_script(request):
    """Tell whether a script asks, which needs no page in return."""
    return request.accepts("application/json") and not request.accepts("text/html")
