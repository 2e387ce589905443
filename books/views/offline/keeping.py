"""Books kept on a device: what belongs to one, which ones it may still have, and the page of all."""

from pathlib import PurePath
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max, Sum
from django.db.models.functions import Length
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from books import access
from books.models import Book, Chapter, Edition, Position
from books.views.visible import visible_book
from users.authentication.sessions import serves_files
from users.formats import english_variant

PRIVATE = "private, no-store"
# In bytes, about: what a chapter's page has beside its text.
FRAME = 30_000
# A device keeps no more (static/js/offline_keeping.js), and asks about all of them in one address.
MOST_ASKED = 50


@login_not_required
@serves_files
@never_cache
@require_safe
def service_worker(request):
    """Send the script that answers for the shop while a device is offline.

    It is at the top because a browser asks it only for addresses below its own.
    """
    return render(request, "books/service_worker.js", content_type="text/javascript; charset=utf-8")


@require_safe
def offline_books(request):
    """Show the books kept on this device, which only its browser knows, and say what is stored."""
    context = {
        "days": settings.SESSION_COOKIE_AGE // (24 * 60 * 60),
        # Only the browser knows when a book was kept.
        "english": english_variant(settings.SHOP.locale),
    }
    return render(request, "books/offline.html", context)


@require_safe
def book_offline(request, pk):
    """Tell a device what it must store to show the whole book; only to readers who may read all of it."""
    book = visible_book(request, Book.objects.without_text(), pk)
    if not access.may_read(request.user, book):
        raise PermissionDenied
    pictures = book.illustrations.order_by("name")
    chapters = book.chapters.order_by("number").values_list("number", flat=True)
    position = Position.objects.of(request.user, pk)
    return _private(
        {
            "account": str(request.user.pk),
            "book": str(book.pk),
            "title": book.title,
            "language": book.language,
            "edition": _editions([book.pk]).get(book.pk, ""),
            "size": _size(book, pictures),
            "place": position.get_absolute_url() if position else None,
            "pages": [reverse("book_read", args=[pk, number]) for number in chapters],
            "pictures": [reverse("book_picture", args=[pk, picture.name]) for picture in pictures],
        }
    )


@require_safe
def offline_account(request):
    """Tell a device who is logged in, and which of the books that it names in ?book= this reader may read.

    Each with its edition and the reader's place. The token is for sending what was kept while offline.
    """
    asked = [pk for text in request.GET.getlist("book")[:MOST_ASKED] if (pk := _as_id(text))]
    books = Book.objects.filter(pk__in=asked).only("first_published_at", "opens_at", "epub")
    opened = access.open_among(request.user, books)
    places = Position.objects.filter(user=request.user, book__in=opened).order_by()
    return _private(
        {
            "account": str(request.user.pk),
            "token": get_token(request),
            "editions": {str(pk): edition for pk, edition in _editions(opened).items()},
            "places": {str(position.book_id): position.get_absolute_url() for position in places},
        }
    )


def _as_id(text):
    try:
        return UUID(text)
    except ValueError:
        return None


def _editions(books):
    """Return what changes with the text of each of these books that has any, by their ids."""
    latest = dict(Edition.objects.filter(book__in=books).order_by().values_list("book").annotate(Max("pk")))
    # The file is named by its content: the command line replaces a text without writing an Edition.
    chapters = Chapter.objects.filter(book__in=books).order_by().values_list("book", "book__epub")
    counted = chapters.annotate(Count("pk"), Sum("length"))
    return {
        pk: f"{latest.get(pk, 0)}-{count}-{length}-{PurePath(epub).stem}"
        for pk, epub, count, length in counted
    }


def _size(book, pictures):
    """Return about how many bytes the book takes on a device."""
    text = book.chapters.aggregate(pages=Count("pk"), characters=Sum(Length("html"), default=0))
    return text["pages"] * FRAME + text["characters"] + sum(map(_size_of, pictures))


def _size_of(picture):
    try:
        return picture.file.size
    except FileNotFoundError:
        return 0


def _private(data):
    return JsonResponse(data, headers={"Cache-Control": PRIVATE})
