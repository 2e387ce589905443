"""Reading: the chapters of a book and their pictures, for those who may read them."""

from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from books import access
from books.epub.book import ILLUSTRATION_TYPES
from books.models import Book, Chapter, Illustration, Position, PrintedPages, current_revision
from books.reading.chapters import shown_with
from books.reading.marks.shown import shown_beside
from books.reading.preferences import of_reader, remember
from books.rendering import is_visitor, memory, prices_of, render_personal, shared_page
from books.views.visible import check_visible, visible_book
from users.authentication.sessions import serves_files

PRIVATE = "private, no-store"
# In characters, as in the form.
LONGEST_PAGE_NUMBER = 20
# For whoever opens a picture by itself: a drawing is a document then. Pictures inside it are data: addresses.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
# What decides who may see and read a chapter.
WHO_MAY_READ = ("sample_chapters", "is_published", "first_published_at", "opens_at", "epub")


class BookToRead(NamedTuple):
    """What decides who may read a book. Several threads have it at once, so nothing may change it."""

    book: Book
    # The number of its last chapter.
    last: int
    # In bytes, generously.
    size: int = 2048

    @classmethod
    def of(cls, pk):
        books = Book.objects.only(*WHO_MAY_READ).annotate(last_chapter=Max("chapters__number"))
        book = get_object_or_404(books, pk=pk)
        if book.last_chapter is None:
            raise Http404("This book has no text.")
        return cls(book, book.last_chapter)


@login_not_required
@require_safe
def book_read_start(request, pk):
    """Open the book where the reader left off, else at its first page."""
    book = visible_book(request, Book.objects.without_text(), pk)
    first = book.chapters.only("number", "book_id").first()
    if first is None:
        raise Http404("This book has no text.")
    position = Position.objects.of(request.user, book.pk)
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
    if is_visitor(request):
        # Usually they read the sample, which is the same for all of them.
        with suppress(Http404):
            return _chapter(request, pk=pk, number=number, is_reader=False, opens_all=False)
    # For visitors, who come here only for what they may not read, nothing is kept.
    revision = None if is_visitor(request) else current_revision()
    book, last, _ = memory.keep(revision, ("book to read", pk), lambda: BookToRead.of(pk))
    check_visible(request, book)
    # An old link may lead beyond the end of a new edition.
    if not 1 <= number <= last:
        return redirect("book_read", pk, max(min(number, last), 1))
    opens_all = _opens_all(request, book)
    if not opens_all and number > book.sample_chapters:
        return _locked(request, Book.objects.get(pk=pk), get_object_or_404(book.chapters, number=number))
    preferences = of_reader(request)
    personal = {"preferences": preferences, **_of_the_reader(request, book, number)}
    if book.is_published:
        is_reader = request.user.is_authenticated
        shown = {
            "is_reader": is_reader,
            "opens_all": opens_all,
            "has_pilcrows": is_reader and "mark" in request.GET,
        }
        response = _chapter(request, personal=personal, revision=revision, pk=pk, number=number, **shown)
    else:
        response = _unpublished_chapter(request, book, number, personal)
    remember(request, response, preferences)
    return response


@shared_page()
def _chapter(request, pk, number, is_reader, opens_all, has_pilcrows=False):
    chapter = get_object_or_404(_whole_chapters().filter(book__is_published=True), book=pk, number=number)
    if not opens_all and number > chapter.book.sample_chapters:
        raise Http404("The chapter is not in the sample.")
    context = {"is_reader": is_reader, "has_pilcrows": has_pilcrows, **shown_with(chapter, opens_all)}
    shown = (*context["bundles"], *context.get("following", ()), *context.get("related", ()))
    prices_of(request).look_up(each.pk for each in (context["book"], *shown))
    return render(request, "books/book_read.html", context)


def _unpublished_chapter(request, book, number, personal):
    chapter = get_object_or_404(_whole_chapters(), book=book.pk, number=number)
    context = {
        "is_reader": request.user.is_authenticated,
        "is_preview": access.may_preview(request.user, book),
        "has_pilcrows": "mark" in request.GET,
        **shown_with(chapter, _opens_all(request, book)),
    }
    return HttpResponse(render_personal(request, "books/book_read.html", context, personal))


def _whole_chapters():
    return Chapter.objects.select_related("book").defer("plain_text", "book__description")


def _opens_all(request, book):
    """Tell whether the visitor may read every chapter: as a reader, or as staff who preview the book."""
    return access.may_preview(request.user, book) or access.may_read(request.user, book)


def _of_the_reader(request, book, number):
    if not request.user.is_authenticated:
        return {}
    position = Position.objects.of(request.user, book.pk)
    return {
        "position": position,
        "jumped": position is not None and _has_jumped(request, number, position),
        "marks": shown_beside(request.user, book, number),
    }


def _has_jumped(request, number, position):
    """Tell whether the reader is neither at their place nor turning the page from its chapter."""
    if position.progress == 1 or position.chapter == number - 1:
        return False
    is_asked = request.GET.get("at", "0") == str(round(position.fraction, 4) or 0)
    return position.chapter != number or not is_asked


@login_not_required
@require_safe
def book_page(request, pk):
    """Open the book where a page of the printed book begins, for whoever may read there."""
    book = visible_book(request, Book.objects.without_text(), pk)
    number = request.GET.get("number", "").strip()[:LONGEST_PAGE_NUMBER]
    place = get_object_or_404(PrintedPages, book=book).find(number)
    if place is None:
        messages.error(request, f"The printed book has no page “{number}”.")
        return redirect("book_read_start", pk)
    chapter, fragment = place
    address = reverse("book_read", args=[pk, chapter])
    return redirect(f"{address}#{quote(fragment)}" if fragment else address)


@login_not_required
@serves_files
@require_safe
def book_picture(request, pk, name):
    """Send an illustration to whoever may read the chapter in which it first appears."""
    illustration = get_object_or_404(Illustration, book=pk, name=name)
    chapter = get_object_or_404(
        Chapter.objects.select_related("book").only("number", *[f"book__{name}" for name in WHO_MAY_READ]),
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
        content_type=ILLUSTRATION_TYPES[f".{name.rpartition('.')[2]}"],
        headers={
            "Cache-Control": "public, max-age=86400" if is_public else PRIVATE,
            "Content-Security-Policy": PICTURE_POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )


def _locked(request, book, chapter=None):
    context = {"book": book, "chapter": chapter, "is_theirs": access.has_book(request.user, book)}
    response = render(request, "books/chapter_locked.html", context, status=403)
    response.headers["Cache-Control"] = PRIVATE
    return response
