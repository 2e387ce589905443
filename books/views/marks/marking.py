"""Marks: added while reading, changed, deleted. Scripts get the marks of the chapter back, or a sentence."""

from http import HTTPStatus

from allauth.decorators import rate_limit
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_http_methods

from books.models import Mark
from books.reading.marks import deleting
from books.reading.marks.forms import MarkForm, NewMarkForm, ParagraphForm, ShownForm, first_error
from books.reading.marks.marking import CannotMark, add_bookmark, add_highlight
from books.reading.marks.paragraphs import paragraph_at
from books.reading.marks.shown import shown_beside, with_access
from books.views.reading import from_script, posted_place, readable_chapter


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="mark")
def bookmark_add(request, pk):
    """Bookmark a place or highlight words; what is marked already only gets the new colour and note.

    A reader who had to log in first arrives by GET, and is led back to the book.
    """
    if request.method != "POST":
        return redirect("book_read_start", pk)
    chapter, fraction = posted_place(request, pk)
    form = NewMarkForm(request.POST)
    if not form.is_valid():
        return _refused(request, first_error(form), HTTPStatus.BAD_REQUEST)
    try:
        mark = _add(request.user, chapter, fraction, **form.cleaned_data)
    except CannotMark as refusal:
        return _refused(request, str(refusal), HTTPStatus.CONFLICT)
    if from_script(request):
        return _marks_beside(request, mark)
    messages.success(request, f"Your {mark.kind} is saved.")
    return redirect(mark)


def _add(reader, chapter, fraction, *, note, colour, quotation, before):
    if not colour:
        return add_bookmark(reader, chapter, fraction, note)
    return add_highlight(reader, chapter, quotation, colour, before=before, near=fraction, note=note)


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="mark")
def paragraph_mark(request, pk, number, paragraph):
    """Show the beginning of one paragraph; a post marks it. It needs no script and no selected text."""
    chapter = readable_chapter(request, pk, number)
    marked = paragraph_at(chapter.html, paragraph)
    if marked is None:
        raise Http404("The chapter has no such paragraph.")
    form = ParagraphForm(request.POST or None)
    if form.is_valid():
        try:
            mark = _add_to_paragraph(request.user, chapter, marked, **form.cleaned_data)
        except CannotMark as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Your {mark.kind} is saved.")
            return redirect(mark)
    context = {"chapter": chapter, "book": chapter.book, "paragraph": marked, "form": form}
    return render(request, "books/paragraph_mark.html", context | {"colours": Mark.Colour.choices})


def _add_to_paragraph(reader, chapter, paragraph, *, note, colour):
    if not colour:
        return add_bookmark(reader, chapter, paragraph.place_in(chapter.plain_text), note)
    return add_highlight(reader, chapter, paragraph.words, colour, near=paragraph.share, note=note)


@require_http_methods(["GET", "HEAD", "POST"])
def bookmark_edit(request, pk):
    """Show one mark with its note; a post changes the note, and the colour of a highlight."""
    mark = _own_mark(request, pk)
    form = MarkForm(request.POST or None, instance=mark)
    if form.is_valid():
        form.save()
        if from_script(request):
            return _marks_beside(request, mark)
        messages.success(request, f"Your {mark.kind} is saved.")
        return redirect("bookmarks")
    if form.is_bound and from_script(request):
        return _refused(request, first_error(form), HTTPStatus.BAD_REQUEST)
    context = {"mark": mark, "form": form, "colours": Mark.Colour.choices}
    return render(request, "books/bookmark_edit.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def bookmark_delete(request, pk):
    """Ask whether to delete one of the reader's own marks; a post deletes it."""
    mark = _own_mark(request, pk)
    if request.method != "POST":
        return render(request, "books/bookmark_delete.html", {"mark": mark})
    sealed = deleting.delete(mark)
    if from_script(request):
        return _marks_beside(request, mark, deleted=sealed)
    messages.success(request, f"Your {mark.kind} is deleted.")
    return redirect("bookmarks")


@require_http_methods(["GET", "HEAD", "POST"])
@rate_limit(action="mark")
def bookmark_undo(request, pk):
    """Give a reader back the mark that they have just deleted, which the page that deleted it sends along.

    A reader who had to log in first arrives by GET, and finds all marks.
    """
    if request.method != "POST":
        return redirect("bookmarks")
    try:
        mark = deleting.undo(request.user, pk, request.POST.get("deleted", ""))
    except CannotMark as refusal:
        return _refused(request, str(refusal), HTTPStatus.CONFLICT)
    return _marks_beside(request, mark)


def _own_mark(request, pk):
    mark = get_object_or_404(request.user.marks.select_related("book"), pk=pk)
    with_access(request.user, [mark])
    return mark


def _marks_beside(request, mark, **more):
    """Answer a script with the marks as its page shows them: in the chapter `beside`, or the mark's own."""
    form = ShownForm(request.POST)
    number = form.cleaned_data["beside"] if form.is_valid() else mark.chapter
    context = {"book": mark.book, "number": number, "marks": shown_beside(request.user, mark.book, number)}
    shown = render_to_string("books/_reader_bookmarks.html#marks", context, request)
    return JsonResponse({"id": mark.pk, "marks": shown, **more})


def _refused(request, sentence, status):
    if from_script(request):
        return JsonResponse({"error": sentence}, status=status)
    if status == HTTPStatus.BAD_REQUEST:
        raise BadRequest(sentence)
    messages.error(request, sentence)
    return redirect("bookmarks")
