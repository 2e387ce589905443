"""What is kept while reading: the reader's place, and how they like the page."""

from datetime import timedelta
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from books import access
from books.models import Chapter, Position, Preferences, ReadElsewhere
from books.reading.pace import bounded
from books.reading.preferences import PreferencesForm, of_reader, remember
from books.views.visible import check_visible
from users.formats import percentage
from users.requests.way_back import way_back

# In seconds: a device that has been asleep for longer has nothing to say.
LONGEST_ASLEEP = 365 * 24 * 60 * 60


class PlaceForm(forms.Form):
    """Where somebody is in a book. Without a script the fraction is 0, the beginning of the chapter."""

    chapter = forms.IntegerField(min_value=1, max_value=100_000)
    fraction = forms.FloatField(min_value=0, max_value=1)


class ReadingForm(forms.Form):
    """How somebody got there. Without a script it is always by their own choice."""

    CHOSEN, READ = "chosen", "read"

    how = forms.ChoiceField(choices=[(CHOSEN, ""), (READ, "")], required=False)
    # The version of the place that their device knows, and how many seconds ago they were where they say.
    version = forms.IntegerField(min_value=0, required=False)
    age = forms.FloatField(min_value=0, max_value=LONGEST_ASLEEP, required=False)
    # In characters a minute, as their device has measured it.
    pace = forms.FloatField(required=False)

    def move(self, user, chapter, fraction):
        """Move the user's place; return it. Raises ReadElsewhere."""
        if self.cleaned_data["how"] != self.READ:
            return Position.objects.keep(user, chapter, fraction)
        reached_at = timezone.now() - timedelta(seconds=self.cleaned_data["age"] or 0)
        known, pace = self.cleaned_data["version"] or 0, self.cleaned_data["pace"]
        return Position.objects.read_on(
            user, chapter, fraction, known=known, reached_at=reached_at, pace=bounded(pace) if pace else None
        )


@require_http_methods(["GET", "HEAD", "POST"])
def book_place(request, pk):
    """Move the reader's place, or tell a script where it is.

    A script is answered 204 with the place's new version, or 409 with the place to which another device has
    moved it. A reader who had to log in first arrives by GET, and is led back to the book.
    """
    if request.method != "POST":
        if not from_script(request):
            return redirect("book_read_start", pk)
        position = Position.objects.of(request.user, pk)
        return JsonResponse(_described(position) if position else {"version": 0})
    chapter, fraction = posted_place(request, pk)
    form = ReadingForm(request.POST)
    if not form.is_valid():
        raise BadRequest("There is no such way to get there.")
    before = None if from_script(request) else Position.objects.of(request.user, pk)
    try:
        position = form.move(request.user, chapter, fraction)
    except ReadElsewhere as elsewhere:
        return JsonResponse(_described(elsewhere.position), status=HTTPStatus.CONFLICT)
    if from_script(request):
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Place-Version": position.version})
    messages.success(request, "Your place is saved.")
    if before and before.version != form.cleaned_data["version"] and before.progress > position.progress:
        link = format_html('<a href="{}">Go there</a>', before.get_absolute_url())
        text = "You had read on to {} on another device. {}"
        messages.info(request, format_html(text, percentage(before.progress), link))
    return redirect(chapter)


def _described(position):
    return {
        "version": position.version,
        "chapter": position.chapter,
        "fraction": position.fraction,
        "percent": position.percent,
        "address": position.get_absolute_url(),
    }


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def reading_preferences(request):
    """Show how the reader likes pages; a post keeps it in the account, if there is one, and in the browser.

    A script fetches the form when a reader opens the panel "Aa", so that chapters need no token of their own.
    """
    if request.method != "POST":
        context = {"preferences_form": PreferencesForm(instance=of_reader(request))}
        return render(request, "books/preferences.html", context)
    form = PreferencesForm(request.POST, instance=of_reader(request))
    if not form.is_valid():
        raise BadRequest("There is no such choice.")
    preferences = form.save(commit=False)
    if request.user.is_authenticated:
        # Two choices made quickly may arrive at the same time.
        Preferences.objects.update_or_create(user=request.user, defaults=form.cleaned_data)
    if from_script(request):
        response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    else:
        back = way_back(request, request.POST.get("next", ""), otherwise=reverse("home"))
        response = HttpResponseRedirect(back)
    remember(request, response, preferences)
    return response


def posted_place(request, pk):
    """Return the chapter and the fraction that a form names, if this reader may read the chapter."""
    form = PlaceForm(request.POST)
    if not form.is_valid():
        raise BadRequest("There is no such place in the book.")
    return readable_chapter(request, pk, form.cleaned_data["chapter"]), form.cleaned_data["fraction"]


def readable_chapter(request, pk, number):
    """Return a chapter without its text, if this reader may read it; raises Http404 or PermissionDenied."""
    chapters = Chapter.objects.select_related("book").defer("html", "plain_text", "book__description")
    chapter = get_object_or_404(chapters, book=pk, number=number)
    check_visible(request, chapter.book)
    if not access.may_read_chapter(request.user, chapter):
        raise PermissionDenied
    return chapter


def from_script(request):
    """Tell whether the request comes from a script, which needs no page in return."""
    return request.accepts("application/json") and not request.accepts("text/html")
