"""Reading: the chapters of a book and their pictures, for those who may read them."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from books import access
from books.epub.book import MEDIA_TYPES
from books.models import Book, Chapter, Illustration, Position
from books.reading.preferences import PreferencesForm, of_reader, remember
from books.views.visible import check_visible, visible_book
from users.authentication.sessions import serves_files

PRIVATE = "private, no-store"


@login_not_required
@require_safe
def book_read_start(request, pk):
    """Open the book where the reader left off, else at its first page."""
    book = visible_book(request, Book.objects.without_text(), pk)
    first = book.chapters.only("number", "book_id").first()
    if first is None:
        raise Http404("This book has no text.")
    position = Position.objects.filter(user=request.user.pk, book=book).first()
    if position is None:
        return redirect(first)
    # A new edition may be shorter, and after a refund a reader still has the sample.
    last = book.chapters.count() if _opens_all(request, book) else max(book.sample_chapters, 1)
    if position.chapter > last:
        position.chapter, position.fraction = last, 0
    return redirect(position)


@login_not_required
@require_safe
def book_read(request, pk, number):
    """Show a chapter, or ways to buy it."""
    chapters = Chapter.objects.select_related("book").defer("plain_text", "book__description")
    chapter = get_object_or_404(chapters, book=pk, number=number)
    book = chapter.book
    check_visible(request, book)
    if not access.may_read_chapter(request.user, chapter):
        return _locked(request, book, chapter)
    outline = list(book.chapters.only("number", "title", "length", "book_id"))
    numbered = {entry.number: entry for entry in outline}
    # The last chapter that this reader may read.
    open_to = len(outline) if _opens_all(request, book) else book.sample_chapters
    sample_ends = open_to <= number < len(outline)
    preferences = of_reader(request)
    context = {
        "book": book,
        "is_preview": access.may_preview(request.user, book),
        "chapter": chapter,
        "chapter_count": len(outline),
        "previous": numbered.get(number - 1),
        "next": numbered.get(number + 1),
        "open_to": open_to,
        "sample_ends": sample_ends,
        "span": _span(outline, number),
        "preferences": preferences,
        "preferences_form": PreferencesForm(instance=preferences),
        **_of_the_reader(request, chapter),
    }
    response = render(request, "books/book_read.html", context)
    remember(request, response, preferences)
    return response


def _opens_all(request, book):
    """Tell whether the visitor may read every chapter: as a reader, or as staff who preview the book."""
    return access.may_preview(request.user, book) or access.may_read(request.user, book)


def _span(outline, number):
    """Return where the chapter begins and ends in the book, as shares of its length from 0 to 1."""
    whole = sum(chapter.length for chapter in outline)
    before = sum(chapter.length for chapter in outline if chapter.number < number)
    here = sum(chapter.length for chapter in outline if chapter.number == number)
    return {"start": before / whole, "end": (before + here) / whole}


def _of_the_reader(request, chapter):
    if not request.user.is_authenticated:
        return {}
    position = Position.objects.filter(user=request.user, book=chapter.book_id).first()
    away = abs(position.chapter - chapter.number) if position else 1
    # A reader who jumps about in a book is offered the way back; turning a page is no jump.
    jumped = away > 1 or (away == 0 and position.fraction and "at" not in request.GET)
    return {
        "left_off": position if jumped else None,
        # Opening the same chapter again must not move the place to its beginning.
        "left_off_here": away == 0,
        "bookmarks": request.user.bookmarks.filter(book=chapter.book_id),
    }


@login_not_required
@serves_files
@require_safe
def book_picture(request, pk, name):
    """Send an illustration to whoever may read the chapter in which it first appears."""
    illustration = get_object_or_404(Illustration, book=pk, name=name)
    chapter = get_object_or_404(
        Chapter.objects.select_related("book").only(
            "number", "book__sample_chapters", "book__is_published", "book__first_published_at"
        ),
        book=pk,
        number=illustration.first_chapter,
    )
    check_visible(request, chapter.book)
    if not access.may_read_chapter(request.user, chapter):
        raise PermissionDenied
    is_public = chapter.book.is_published and chapter.number <= chapter.book.sample_chapters
    try:
        file = illustration.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The picture is missing from the storage.") from error
    return FileResponse(
        file,
        content_type=MEDIA_TYPES[f".{name.rpartition('.')[2]}"],
        headers={
            "Cache-Control": "public, max-age=86400" if is_public else PRIVATE,
            "X-Content-Type-Options": "nosniff",
        },
    )


def _locked(request, book, chapter=None):
    context = {"book": book, "chapter": chapter}
    response = render(request, "books/chapter_locked.html", context, status=403)
    response.headers["Cache-Control"] = PRIVATE
    return response
