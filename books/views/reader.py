"""Reading: a chapter of a book, its pictures and its file, for whoever may read it."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from books import access
from books.models import Book, Bundle, Chapter, Illustration
from books.pictures import MEDIA_TYPES

PRIVATE = "private, no-store"


@login_not_required
@require_safe
def book_read_start(request, pk):
    """Open the book at its first page."""
    first = Chapter.objects.filter(book=pk).first()
    if first is None:
        raise Http404("This book has no text.")
    return redirect(first)


@login_not_required
@require_safe
def book_read(request, pk, number):
    """Show a chapter, or how to come by it."""
    chapters = Chapter.objects.select_related("book").defer("plain_text", "book__description")
    chapter = get_object_or_404(chapters, book=pk, number=number)
    if not access.may_read_chapter(request.user, chapter):
        return _locked(request, chapter.book, chapter)
    book = chapter.book
    count = book.chapters.count()
    neighbours = book.chapters.filter(number__in=[number - 1, number + 1]).only("number", "title", "book_id")
    titled = {neighbour.number: neighbour for neighbour in neighbours}
    # The last chapter that is open to this reader.
    open_to = count if access.may_read(request.user, book) else book.sample_chapters
    sample_ends = open_to <= number < count
    context = {
        "book": book,
        "chapter": chapter,
        "chapter_count": count,
        "previous": titled.get(number - 1),
        "next": titled.get(number + 1),
        "open_to": open_to,
        "sample_ends": sample_ends,
        "all_books": Bundle.objects.all_books() if sample_ends else None,
    }
    return render(request, "books/book_read.html", context)


@login_not_required
@require_safe
def book_picture(request, pk, name):
    """Send an illustration to whoever may read the chapter in which it first appears."""
    illustration = get_object_or_404(Illustration, book=pk, name=name)
    chapter = get_object_or_404(
        Chapter.objects.select_related("book").only("number", "book__sample_chapters"),
        book=pk,
        number=illustration.first_chapter,
    )
    if not access.may_read_chapter(request.user, chapter):
        raise PermissionDenied
    in_sample = chapter.number <= chapter.book.sample_chapters
    try:
        file = illustration.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The picture is missing from the storage.") from error
    return FileResponse(
        file,
        content_type=MEDIA_TYPES[f".{name.rpartition('.')[2]}"],
        headers={
            "Cache-Control": "public, max-age=86400" if in_sample else PRIVATE,
            "X-Content-Type-Options": "nosniff",
        },
    )


@login_not_required
@require_safe
def book_download(request, pk):
    """Send the book's EPUB, as it was imported, to whoever may read all of it."""
    book = get_object_or_404(Book, pk=pk)
    if not access.may_read(request.user, book):
        return _locked(request, book)
    try:
        file = book.epub.open("rb")
    except (FileNotFoundError, ValueError) as error:
        raise Http404("There is no file of this book.") from error
    return FileResponse(
        file,
        as_attachment=True,
        filename=f"{book.title.replace('/', '-')}.epub",
        content_type="application/epub+zip",
        headers={"Cache-Control": PRIVATE},
    )


def _locked(request, book, chapter=None):
    context = {"book": book, "chapter": chapter, "all_books": Bundle.objects.all_books()}
    response = render(request, "books/chapter_locked.html", context, status=403)
    response.headers["Cache-Control"] = PRIVATE
    return response
