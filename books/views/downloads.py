"""Downloads: a book's files, for readers who may read all of it."""

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
from books.downloads.ranges import Part, Unsatisfiable, asked_range
from books.downloads.turns import Busy
from books.models import Book, Download
from books.models.downloads import Format
from books.views.busy import come_back
from books.views.visible import visible_book
from users.authentication.sessions import serves_files
from users.names import visible

# In bytes: Python copies a part of a file to the socket, the system a whole one. Larger pieces help.
BLOCK = 64 * 1024
MEDIA_TYPES = {Format.EPUB: "application/epub+zip", Format.PDF: "application/pdf"}


@login_not_required
@serves_files
@require_safe
def book_download(request, pk):
    """Send the book's EPUB, as it was imported or with the reader's watermark."""
    return _send(request, pk, Format.EPUB)


@login_not_required
@serves_files
@require_safe
def book_download_pdf(request, pk):
    """Send the PDF that staff uploaded beside it, as it is or with the reader's watermark."""
    return _send(request, pk, Format.PDF)


def _send(request, pk, kind):
    book = visible_book(request, Book.objects.without_text(), pk)
    if not access.may_read(request.user, book):
        shown = {"book": book, "is_theirs": access.has_book(request.user, book)}
        response = render(request, "books/chapter_locked.html", shown, status=HTTPStatus.FORBIDDEN)
    elif not getattr(book, kind):
        raise Http404("The book has no file of this kind.")
    elif settings.STAMP_DOWNLOADS:
        response = _answer_with_copy(request, book, kind)
    else:
        response = _answer(request, book, kind)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _answer_with_copy(request, book, kind):
    """Answer with a copy made now, unless another is being made or the reader has had too many."""
    # Loaded late: pypdf takes 15 MB, and few requests need it.
    from books.downloads import watermarking  # noqa: PLC0415

    try:
        with watermarking.TURNS.taken():
            # Counted only now: a reader who is asked to come back has not had a copy yet.
            if refusal := consume_or_429(request, action="stamped_download", limit_get=True):
                return refusal
            copy = watermarking.copy_for(request.user, book, kind)
    except Busy:
        return come_back(request)
    except FileNotFoundError as error:
        raise Http404("The file is missing from the storage.") from error
    return _answer(request, book, kind, copy)


def _answer(request, book, kind, copy=None):
    """Answer an entitled reader with the file or this copy, or with the part that the request asks for."""
    file = getattr(book, kind) if copy is None else copy
    etag = _etag(file, is_copy=copy is not None)
    try:
        # HTTP defines ranges for GET alone.
        part = asked_range(request.headers, file.size, etag) if request.method == "GET" else None
        by_proxy = settings.X_ACCEL_REDIRECT and copy is None
        response = _by_proxy(file) if by_proxy else _streamed(request, file, part)
    except FileNotFoundError as error:
        raise Http404("The file is missing from the storage.") from error
    except Unsatisfiable:
        return _unsatisfiable(file)
    _set_headers(response, book, kind, etag)
    if request.method == "GET" and (part is None or part.start == 0):
        Download.objects.create(user=request.user, book=book, format=kind)
    return response


def _etag(file, *, is_copy):
    """Return what tells this content from any other: the name of the book's own file is made from it."""
    digest = file_digest(file, "sha256").hexdigest() if is_copy else PurePosixPath(file.name).stem
    return f'"{digest}"'


def _set_headers(response, book, kind, etag):
    name = f"{visible(book.title).replace('/', '-')}.{kind}"
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response.headers["Content-Type"] = MEDIA_TYPES[kind]
    response.headers["ETag"] = etag
    response.headers["X-Content-Type-Options"] = "nosniff"


def _unsatisfiable(file):
    """Answer that the file ends before the part that the request asks for."""
    size = file.size
    file.close()
    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    return HttpResponse(status=status, headers={"Content-Range": f"bytes */{size}"})


def _by_proxy(file):
    """Have the proxy send the file; it answers ranges on its own."""
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
