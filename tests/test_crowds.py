"""Large bodies, slow clients and many at once, against gunicorn as in production and nginx in front of it."""

import os
import re
import select
import socket
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing, contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests import nginx, programs

BEHIND_TLS = {"X_Forwarded_Proto": "https"}
MEGABYTE = 1024**2
# More than the threads of two workers.
CROWD = 120
# Less than the time after which nginx drops a silent visitor in tests: that must not be what frees a thread.
PATIENCE_SECONDS = programs.SECONDS
# nginx counts by address, and a crowd comes from many; each of these is this machine.
ADDRESSES = [f"127.0.1.{number}" for number in range(1, 21)]
# With the cookie: without it the shop would answer before it reads the form.
UNFINISHED = [
    "POST /accounts/login/ HTTP/1.1",
    f"Cookie: __Host-csrftoken={'b' * 32}",
    "Content-Type: application/x-www-form-urlencoded",
    "Content-Length: 1000",
]
# Ada has All Books, a session, and a book with a PDF of 16 MB.
PREPARE = """
from io import BytesIO
from django.conf import settings
from django.contrib.auth import login
from django.core.files.base import ContentFile
from django.http import HttpRequest
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject
from books import access
from books.models import Book
from users.authentication.sessions import SessionStore
from users.models import CustomUser

ada = CustomUser.objects.create_user("ada@example.com", "testpass123")
access.give_permission(ada, by=None)
request = HttpRequest()
request.session = SessionStore()
login(request, ada, backend="users.authentication.backends.EmailBackend")
request.session.save()
writer = PdfWriter()
writer.add_blank_page(420, 595)
picture = DecodedStreamObject()
picture.set_data(b"x" * 16 * 1024**2)
writer._add_object(picture)
file = BytesIO()
writer.write(file)
book = Book.objects.create(title="Large", price=900, is_published=True)
book.pdf.save("large.pdf", ContentFile(file.getvalue()))
print("made", request.session.session_key, book.pk, book.pdf.path)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, collected):
    """A copy of the project, ready to be served."""
    return collected(tmp_path_factory.mktemp("crowds") / "shop")


@pytest.fixture(scope="module")
def ada(folder):
    """Ada's cookies, the address of her PDF, and the path of its file."""
    ended = programs.manage("shell", "-c", PREPARE, folder=folder)
    assert ended.returncode == 0, ended.stderr
    _, session, book, path = re.search(r"made .*", ended.stdout)[0].split()
    return {"Cookie": f"__Host-sessionid={session}", **BEHIND_TLS}, f"/books/{book}/download/pdf/", Path(path)


@contextmanager
def served(folder, name, **variables):
    """Yield the port of a shop with one worker."""
    given = {"BEHIND_PROXY": "True", "WEB_CONCURRENCY": "1", "SECURE_SSL_REDIRECT": "False"} | variables
    with programs.gunicorn(folder, folder / f"{name}.log", **given) as port:
        yield port


def in_chunks(size):
    """Yield a body of undeclared length."""
    for _ in range(0, size, 8192):
        yield b"x" * 8192


def form(size):
    """Return a form with a file of this size."""
    head = b'--x\r\nContent-Disposition: form-data; name="login"; filename="a"\r\n\r\n'
    return head + b"x" * size + b"\r\n--x--\r\n"


@pytest.fixture(scope="module")
def temporary(tmp_path_factory):
    """An empty folder, where Python would write large bodies."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def bare(folder, temporary):
    """The port of a shop with nothing in front of it."""
    with served(folder, "bodies", TMPDIR=str(temporary)) as port:
        yield port


@pytest.fixture(scope="module")
def shop(folder):
    """The port of nginx in front of a shop."""
    with (
        served(folder, "behind", X_ACCEL_REDIRECT="/protected/") as port,
        nginx.before(port, folder=folder / "nginx", media=folder / "media") as front,
    ):
        yield front


@pytest.fixture(scope="module")
def streaming_shop(folder):
    """The same, where the shop sends the files of books itself."""
    with served(folder, "streaming") as port, nginx.before(port, folder=folder / "nginx2") as front:
        yield front


def answer_before_the_end(port, path, body, kind):
    """Post the body until the server stops reading; return the status of its answer."""
    headers = {"Host": "books.example", "Content-Type": kind, "X-Forwarded-Proto": "https"}
    is_chunked = not isinstance(body, bytes)
    if is_chunked:
        headers["Transfer-Encoding"] = "chunked"
    connection = HTTPConnection("127.0.0.1", port, timeout=programs.SECONDS)
    with closing(connection):
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", path, body, headers, encode_chunked=is_chunked)
        return int(connection.sock.recv(64).split()[1])


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/books/", "/orders/webhook/", "/admin/login/"])
@pytest.mark.parametrize("kind", ["multipart", "urlencoded", "chunked"])
def test_five_megabytes_are_refused_and_never_stored(bare, temporary, path, kind):
    body, said = {
        "multipart": (form(5 * MEGABYTE), "multipart/form-data; boundary=x"),
        "urlencoded": (b"a=" + b"x" * 5 * MEGABYTE, "application/x-www-form-urlencoded"),
        "chunked": (in_chunks(5 * MEGABYTE), "multipart/form-data; boundary=x"),
    }[kind]
    before = temporary.stat().st_mtime_ns

    status = answer_before_the_end(bare, path, body, said)

    assert status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    # No file was created and removed again: that would have changed the folder.
    assert temporary.stat().st_mtime_ns == before
    assert list(temporary.iterdir()) == []


def test_malformed_chunks_are_a_bad_request(bare):
    lines = ["POST /orders/webhook/ HTTP/1.1", "X-Forwarded-Proto: https", "Transfer-Encoding: chunked"]
    for body in (b"zz\r\n", b"2\r\nabcd\r\n0\r\n\r\n"):
        with ExitStack() as stack:
            connection = ask(bare, lines, "127.0.0.1", stack)
            connection.sendall(body)

            assert int(connection.recv(16).split()[1]) == HTTPStatus.BAD_REQUEST


def test_a_crowd_that_wants_watermarked_copies_leaves_the_site_to_the_others(folder, ada):
    cookies, path, file = ada
    # In place of the file a pipe: reading it blocks until somebody writes, so one copy stays under way.
    aside, pipe = file.with_suffix(".aside"), file.with_suffix(".pipe")
    file.rename(aside)
    os.mkfifo(file)
    pipe.hardlink_to(file)

    with served(folder, "copies", STAMP_DOWNLOADS="True") as port, ThreadPoolExecutor(CROWD) as crowd:
        asked = {crowd.submit(programs.get, port, path, **cookies) for _ in range(CROWD)}
        try:
            answered = set(islice(as_completed(asked, timeout=programs.SECONDS), CROWD - 1))
            health = programs.get(port, "/healthz/")
        finally:
            aside.rename(file)
            # Wakes whoever waits for the pipe, and does not wait itself if nobody does.
            os.close(os.open(pipe, os.O_RDWR | os.O_NONBLOCK))
        [last] = [future.result() for future in asked - answered]
        again = programs.get(port, path, **cookies)

    assert health.status == HTTPStatus.OK
    assert {future.result().status for future in answered} == {HTTPStatus.SERVICE_UNAVAILABLE}
    assert {future.result().headers["Retry-After"] for future in answered} == {"5"}
    # The pipe held no PDF, so that reader got the file itself; the next reader gets a watermarked copy.
    size = file.stat().st_size
    assert (last.status, int(last.headers["Content-Length"])) == (HTTPStatus.OK, size)
    assert (again.status, int(again.headers["Content-Length"]) > size) == (HTTPStatus.OK, True)


def ask(port, lines, source, stack):
    """Send the first lines of a request and nothing more; return the open connection."""
    connection = stack.enter_context(socket.socket())
    connection.settimeout(PATIENCE_SECONDS)
    # A small buffer, so that the server cannot send the whole answer unread.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.bind((source, 0))
    connection.connect(("127.0.0.1", port))
    connection.sendall("\r\n".join([lines[0], "Host: books.example", *lines[1:], "", ""]).encode())
    return connection


def status_of_the_home_page(port):
    """Return the status that another visitor gets."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    with closing(connection):
        connection.request("GET", "/", headers={"Host": "books.example"})
        return connection.getresponse().status


def test_unfinished_bodies_hold_up_nobody(shop):
    with ExitStack() as stack:
        for source in islice(cycle(ADDRESSES), CROWD):
            ask(shop, UNFINISHED, source, stack).sendall(b"csrf")

        assert status_of_the_home_page(shop) == HTTPStatus.OK


# The second shop's answers are buffered on disk, so only as many as the test needs.
@pytest.mark.parametrize(("front", "count"), [("shop", CROWD), ("streaming_shop", 50)])
def test_unread_downloads_hold_up_nobody(front, count, ada, request):
    port = request.getfixturevalue(front)
    cookies, path, _ = ada
    lines = [f"GET {path} HTTP/1.1", f"Cookie: {cookies['Cookie']}"]
    with ExitStack() as stack:
        sources = islice(cycle(ADDRESSES), count)
        unread = [ask(port, lines, source, stack) for source in sources]

        # Each gets its file, and reads no more than the first line.
        assert {int(connection.recv(16).split()[1]) for connection in unread} == {HTTPStatus.OK}
        assert status_of_the_home_page(port) == HTTPStatus.OK


@pytest.mark.parametrize(("path", "most"), [("/accounts/login/", 64), ("/admin/books/book/add/", 4)])
def test_one_address_may_have_that_many_requests_under_way_and_no_more(shop, path, most):
    lines = [f"POST {path} HTTP/1.1", *UNFINISHED[1:]]
    with ExitStack() as stack:
        opened = [ask(shop, lines, "127.0.2.1", stack) for _ in range(most + 6)]

        refused = set()
        while len(refused) < 6:
            readable, _, _ = select.select(set(opened) - refused, [], [], PATIENCE_SECONDS)
            assert readable, "More are waited for."
            refused |= set(readable)
        answers = [HTTPResponse(each) for each in refused]
        for answer in answers:
            stack.callback(answer.close)
            answer.begin()
            answer.text = answer.read().decode()
            assert_says(answer, HTTPStatus.TOO_MANY_REQUESTS, "Too many requests")
        assert status_of_the_home_page(shop) == HTTPStatus.OK


def assert_says(answer, status, heading):
    """Assert that nginx answered by itself, in the shop's words and looks."""
    assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{heading}</h1>" in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Go to the home page" in answer.text


@pytest.mark.parametrize(
    ("path", "megabytes"),
    [("/accounts/login/", 2), ("/orders/webhook/", 2), ("/admin/", 2), ("/admin/books/book/add/", 257)],
)
def test_a_body_that_nginx_does_not_pass_on_gets_a_page_of_the_shop(shop, path, megabytes):
    answer = programs.get(shop, path, method="POST", body=b"", Content_Length=str(megabytes * MEGABYTE))

    assert_says(answer, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "That’s too large")


def test_a_body_that_only_nginx_would_take_gets_the_shop_s_own_page(shop):
    answer = programs.get(shop, "/admin/books/book/add/", method="POST", body=b"x" * 2 * MEGABYTE)

    assert answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert "<h1>That’s too large</h1>" in answer.text


def test_whoever_announces_a_large_body_and_sends_none_gets_that_page_to_its_end(shop):
    lines = ["POST /accounts/login/ HTTP/1.1", f"Content-Length: {2 * MEGABYTE}"]
    with ExitStack() as stack:
        connection = ask(shop, lines, "127.0.3.1", stack)

        # Up to the end, which a reset would replace by an error.
        answer = stack.enter_context(connection.makefile()).read()

    assert answer.startswith("HTTP/1.1 413 ")
    assert answer.endswith("</html>\n")


def test_a_shop_that_does_not_answer_gets_a_page_that_says_so(folder):
    with ExitStack() as stack:
        with served(folder, "gone") as port:
            front = stack.enter_context(nginx.before(port, folder=folder / "nginx3"))

        answer = programs.get(front, "/books/")

    assert_says(answer, HTTPStatus.BAD_GATEWAY, "We’ll be right back")


def test_a_visitor_cannot_claim_to_have_come_by_https(shop):
    answer = programs.get(shop, "/", **BEHIND_TLS)

    assert "Strict-Transport-Security" not in answer.headers


def test_the_file_of_a_book_is_sent_by_nginx_and_only_when_the_shop_says_so(shop, ada):
    cookies, path, file = ada
    inside = file.relative_to(file.parents[1])

    assert programs.get(shop, f"/protected/{inside}").status == HTTPStatus.NOT_FOUND
    assert programs.get(shop, path).status == HTTPStatus.FORBIDDEN
    answer = programs.get(shop, path, **cookies)
    assert (answer.status, int(answer.headers["Content-Length"])) == (HTTPStatus.OK, file.stat().st_size)
    assert "X-Accel-Redirect" not in answer.headers
