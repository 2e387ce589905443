"""Taking a book along: its files, for whoever may read all of it."""

from hashlib import file_digest
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import quote

from allauth.core.ratelimit import consume_or_429
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from books import access
from books.downloads import watermarking
from books.downloads.ranges import Part, Unsatisfiable, asked_range
from books.downloads.turns import Busy
from books.models import Book, Download
from books.models.downloads import Format
from books.views.busy import come_back
from books.views.visible import visible_book
from users.authentication.sessions import serves_files
from users.names import visible

# Of a part, which no system call copies to the socket as it does the whole: fewer and larger pieces.
BLOCK = 64 * 1024
MEDIA_TYPES = {Format.EPUB: "application/epub+zip", Format.PDF: "application/pdf"}


@login_not_required
@serves_files
@require_safe
def book_download(request, pk):
    """Send the book's EPUB, as it was imported or with the reader's stamp."""
    return _send(request, pk, Format.EPUB)


@login_not_required
@serves_files
@require_safe
def book_download_pdf(request, pk):
    """Send the PDF that staff put beside it, or a copy of it with the reader's stamp."""
    return _send(request, pk, Format.PDF)


def _send(request, pk, kind):
    book = visible_book(request, Book.objects.without_text(), pk)
    if not access.may_read(request.user, book):
        response = render(request, "books/chapter_locked.html", {"book": book}, status=HTTPStatus.FORBIDDEN)
    elif not getattr(book, kind):
        raise Http404("The book has no file of this kind.")
    elif settings.STAMP_DOWNLOADS:
        response = _answer_with_copy(request, book, kind)
    else:
        response = _answer(request, book, kind)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _answer_with_copy(request, book, kind):
    """Answer with a copy that is made now, unless another is being made or the reader has had many."""
    try:
        with watermarking.TURNS.taken():
            # Counted only now: whoever is asked to come back has not had anything yet.
            if refusal := consume_or_429(request, action="stamped_download", limit_get=True):
                return refusal
            copy = watermarking.copy_for(request.user, book, kind)
    except Busy:
        return come_back(request)
    except FileNotFoundError as error:
        raise Http404("The file is missing from the storage.") from error
    return _answer(request, book, kind, copy)


def _answer(request, book, kind, copy=None):
    """Answer an entitled reader with the file or this copy of it, or with the part that is asked for."""
    if copy is None:
        # The name of the book's own file is made of what is in it.
        file = getattr(book, kind)
        etag = f'"{PurePosixPath(file.name).stem}"'
    else:
        file, etag = copy, f'"{file_digest(copy, "sha256").hexdigest()}"'
    try:
        # Only for GET is a range defined.
        part = asked_range(request.headers, file.size, etag) if request.method == "GET" else None
        by_proxy = settings.X_ACCEL_REDIRECT and copy is None
        response = _by_proxy(file) if by_proxy else _streamed(request, file, part)
    except FileNotFoundError as error:
        raise Http404("The file is missing from the storage.") from error
    except Unsatisfiable:
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        response = HttpResponse(status=status, headers={"Content-Range": f"bytes */{file.size}"})
        file.close()
        return response
    name = f"{visible(book.title).replace('/', '-')}.{kind}"
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Type"] = MEDIA_TYPES[kind]
    response.headers["ETag"] = etag
    response.headers["X-Content-Type-Options"] = "nosniff"
    if request.method == "GET" and (part is None or part.start == 0):
        Download.objects.create(user=request.user, book=book, format=kind)
    return response


def _by_proxy(file):
    """Have the proxy send the file; it sees to ranges itself."""
    return HttpResponse(headers={"X-Accel-Redirect": f"{settings.X_ACCEL_REDIRECT}{quote(file.name)}"})


def _streamed(request, file, part):
    headers = {"Accept-Ranges": "bytes"}
    if request.method == "HEAD":
        response = HttpResponse(headers=headers | {"Content-Length": file.size})
        file.close()
        return response
    if part is None:
        return FileResponse(file.open("rb"), headers=headers)
    headers["Content-Length"] = len(part)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{file.size}"
    response = FileResponse(Part(file.open("rb"), part), status=HTTPStatus.PARTIAL_CONTENT, headers=headers)
    response.block_size = BLOCK
    return response
