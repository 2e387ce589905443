"""Bookmarks: added while reading, listed, given a note, deleted."""

from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from books.models import Bookmark
from books.models.places import words_at
from books.reading.forms import LongTextField
from books.views.pagination import page_of
from books.views.reading import from_script, posted_place

BOOKMARKS_PER_PAGE = 24
# Every page of the book lists all of them.
MOST_IN_A_BOOK = 200


class NoteForm(forms.ModelForm):
    note = LongTextField(max_length=2000, required=False)

    class Meta:
        model = Bookmark
        fields = ["note"]


@require_safe
def bookmarks(request):
    """List all of the reader's bookmarks, book by book."""
    marked = request.user.bookmarks.select_related("book").defer("book__description", "book__contents")
    marked = marked.order_by("book__title", "book", "chapter", "fraction")
    return render(
        request, "books/bookmarks.html", {"page": page_of(marked, request, per_page=BOOKMARKS_PER_PAGE)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def bookmark_add(request, pk):
    """Add a bookmark where the reader is; one that is there already only gets the new note.

    A reader who had to log in first arrives by GET, and is led back to the book.
    """
    if request.method != "POST":
        return redirect("book_read_start", pk)
    chapter, fraction = posted_place(request, pk)
    form = NoteForm(request.POST)
    if not form.is_valid():
        raise BadRequest("The note is too long.")
    place = {"book": chapter.book, "chapter": chapter.number, "fraction": fraction}
    marked = request.user.bookmarks.filter(book=chapter.book)
    if marked.count() >= MOST_IN_A_BOOK and not marked.filter(**place).exists():
        if from_script(request):
            return HttpResponse(status=HTTPStatus.CONFLICT)
        messages.error(request, f"A book holds {MOST_IN_A_BOOK} bookmarks. Delete one to make room.")
        return redirect("bookmarks")
    words = words_at(chapter.plain_text, fraction)._asdict() | {"chapter_title": chapter.title}
    bookmark, _ = request.user.bookmarks.get_or_create(**place, defaults=words)
    note = form.cleaned_data["note"]
    if note:
        bookmark.note = note
        bookmark.save(update_fields=["note"])
    if from_script(request):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    messages.success(request, "Your bookmark is saved.")
    return redirect(bookmark)


@require_http_methods(["GET", "HEAD", "POST"])
def bookmark_edit(request, pk):
    """Show one bookmark with its note; a post changes the note."""
    bookmark = get_object_or_404(request.user.bookmarks.select_related("book"), pk=pk)
    form = NoteForm(request.POST or None, instance=bookmark)
    if form.is_valid():
        form.save()
        messages.success(request, "Your note is saved.")
        return redirect("bookmarks")
    return render(request, "books/bookmark_edit.html", {"bookmark": bookmark, "form": form})


@require_POST
def bookmark_delete(request, pk):
    """Delete one of the reader's own bookmarks."""
    get_object_or_404(request.user.bookmarks, pk=pk).delete()
    messages.success(request, "Your bookmark is deleted.")
    return redirect("bookmarks")
