"""All marks of a reader: listed, and those of one book as a file."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from books.models import Book, Mark
from books.reading.marks.export import as_data, as_markdown
from books.reading.marks.listing import KINDS, MarkList

PRIVATE = "private, no-store"


@require_safe
def bookmarks(request):
    """List the reader's marks, book by book; ?book=, ?kind= and ?colour= narrow the list."""
    context = {
        "list": MarkList(request.user, request.GET),
        "kinds": [(kind, label) for kind, (label, _) in KINDS.items()],
        "colours": Mark.Colour.choices,
    }
    return render(request, "books/bookmarks.html", context)


@require_safe
def bookmarks_export(request, pk, form):
    """Send the reader's marks in one book as a file, as Markdown or JSON."""
    marks = list(request.user.marks.filter(book=pk))
    if form not in {"markdown", "json"} or not marks:
        raise Http404("There are no marks to export, or not in this form.")
    book = get_object_or_404(Book.objects.only("title").prefetch_related("authors"), pk=pk)

    def address_of(mark):
        return request.build_absolute_uri(mark.get_absolute_url())

    if form == "json":
        response = JsonResponse(
            as_data(book, marks, address_of),
            json_dumps_params={"ensure_ascii": False, "indent": 2},
            content_type="application/json; charset=utf-8",
        )
    else:
        response = HttpResponse(
            as_markdown(book, marks, address_of), content_type="text/markdown; charset=utf-8"
        )
    name = f"{book.title}, my notes.{'json' if form == 'json' else 'md'}"
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Cache-Control"] = PRIVATE
    return response
