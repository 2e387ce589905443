"""The shop as in production: collected static files, gunicorn, behind a proxy."""

import re

import pytest

from tests import programs

PERSON = "from users.models import CustomUser as u; u.objects.create_user('ada@example.com', 'testpass123')"
BEHIND_TLS = {"X_Forwarded_Proto": "https"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, collected):
    """A copy of the project with collected static files and a migrated database with one reader."""
    folder = collected(tmp_path_factory.mktemp("production") / "shop")
    ended = programs.manage("shell", "-c", PERSON, folder=folder)
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture(scope="module")
def log(folder):
    return folder / "log"


@pytest.fixture(scope="module")
def shop(folder, log):
    """The port of the shop behind a proxy."""
    with programs.gunicorn(folder, log, BEHIND_PROXY="True") as port:
        yield port


@pytest.fixture(scope="module")
def bare_shop(folder):
    """The port of a shop without a proxy."""
    with programs.gunicorn(folder, folder / "bare_log") as port:
        yield port


@pytest.fixture(scope="module")
def broken_shop(folder):
    """The port of a shop without a database."""
    with programs.gunicorn(
        folder, folder / "broken_log", BEHIND_PROXY="True", DATABASE_URL="sqlite:////no/such/folder/db"
    ) as port:
        yield port


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [
        ("/", "books.example", 200),
        ("/accounts/login/", "books.example", 200),
        ("/no-such-page/", "books.example", 404),
        ("/static/no-such-file.css", "books.example", 404),
        ("/", "elsewhere.example", 400),
        ("/%00", "books.example", 404),
    ],
)
def test_every_answer_has_the_shop_s_layout_and_headers(shop, path, host, status):
    answer = programs.get(shop, path, host=host, **BEHIND_TLS)

    assert answer.status == status
    assert "<main" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] in {"same-origin", "same-origin-allow-popups"}
    assert "camera=()" in answer.headers["Permissions-Policy"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/healthz/"), ("GET", "/readyz/"), ("TRACE", "/books/")]
)
def test_plain_answers_have_the_headers_too(shop, method, path):
    answer = programs.get(shop, path, method=method, **BEHIND_TLS)

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_cookies_belong_to_this_host_and_to_no_script(shop):
    first = programs.get(shop, "/accounts/login/", **BEHIND_TLS)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', first.text)[1]
    body = f"csrfmiddlewaretoken={token}&login=ada@example.com&password=testpass123"

    answer = programs.get(
        shop,
        "/accounts/login/",
        method="POST",
        body=body,
        Content_Type="application/x-www-form-urlencoded",
        Cookie=first.headers["Set-Cookie"].partition(";")[0],
        Referer="https://books.example/accounts/login/",
        **BEHIND_TLS,
    )

    assert answer.status == 302
    cookies = first.headers.get_all("Set-Cookie") + answer.headers.get_all("Set-Cookie")
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"__Host-csrftoken", "__Host-sessionid"}
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_static_files_are_named_by_content_compressed_and_kept_for_years(shop, encoding):
    page = programs.get(shop, "/", **BEHIND_TLS)
    path = re.search(r'href="(/static/css/base\.[0-9a-f]{12}\.css)"', page.text)[1]

    answer = programs.get(shop, path, Accept_Encoding=encoding, **BEHIND_TLS)

    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == encoding
    assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert answer.headers["Content-Type"] == 'text/css; charset="utf-8"'


def test_pages_load_no_library_that_few_requests_need(folder):
    """They take 30 MB and a third of the time that the shop takes to start."""
    visit = (
        "import sys; from bookstore_project.wsgi import application; from django.test import Client\n"
        "client = Client(headers={'host': 'books.example'})\n"
        "for path in ['/', '/about/', '/books/', '/books/search/?q=ferry', '/accounts/login/', '/orders/']:\n"
        "    print(path, client.get(path, secure=True).status_code)\n"
        "rare = {'lxml', 'PIL', 'pypdf', 'requests', 'stripe', 'markdown_it', 'books.publishing.importing'}\n"
        "print('loaded', *sorted(rare & sys.modules.keys()))"
    )
    ended = programs.run("-c", visit, folder=folder)

    *answers, loaded = ended.stdout.splitlines()
    assert loaded == "loaded", ended.stderr
    assert all(answer.endswith((" 200", " 302")) for answer in answers), answers


def test_the_start_compiles_no_pattern_for_domains_in_every_script(folder):
    """It would take a tenth of the start; only whoever signs up needs it."""
    look = (
        "import bookstore_project.wsgi\n"
        "from django.core.validators import EmailValidator\n"
        "from django.utils.functional import empty\n"
        "print(EmailValidator.domain_regex._wrapped is empty)"
    )

    ended = programs.run("-c", look, folder=folder)

    assert ended.stdout == "True\n", ended.stderr


def test_a_password_reset_key_is_not_in_the_log(shop, log):
    for path in ("/reset/key/1-secret-key/", "/RESET/KEY/1-secret-key/", "//reset//key//1-secret-key/?a=%00"):
        programs.get(shop, f"/accounts/password{path}", **BEHIND_TLS)
    programs.get(shop, "/?session=secret-key", **BEHIND_TLS)

    written = log.read_text()
    for path in ("/reset/key/.../", "/RESET/KEY/.../", "//reset//key//.../"):
        assert f"/accounts/password{path}" in written
    assert "secret-key" not in written


def test_no_visitor_writes_a_line_of_the_log(shop, log):
    forged = "%0A2026-01-01 INFO security login user=1%0D%1B[2J%C2%85%E2%80%A8%E2%80%AE"
    programs.get(shop, f"/books{forged}/".replace(" ", "%20"), **BEHIND_TLS)
    programs.get(shop, "/", host="books.example\\n2026-01-01", **BEHIND_TLS)

    # gunicorn logs a request after answering it: this request makes sure that the previous line is there.
    programs.get(shop, "/healthz/")
    lines = log.read_text().split("\n")
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if line.startswith("2026-01-01")] == []
    # One line from gunicorn and one from Django.
    assert len([line for line in lines if "security login user=1" in line]) == 2


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (400, {"path": "/books/", "host": "elsewhere.example"}),
        (400, {"path": "/books/?sort=%00"}),
        (400, {"path": "/books/", "Cookie": r'colours="a\000b"'}),
        (403, {"path": "/accounts/login/", "method": "POST"}),
        (404, {"path": "/no-such-page/"}),
        (404, {"path": "/books/%00/"}),
    ],
    ids=str,
)
def test_a_refusal_is_one_line_of_the_applications_log(shop, log, status, request_):
    before = log.read_text()

    answer = programs.get(shop, **BEHIND_TLS | request_)

    assert answer.status == status
    # gunicorn's own lines begin with a bracket.
    written = log.read_text().removeprefix(before).splitlines()
    assert len([line for line in written if not line.startswith("[")]) == 1, written


@pytest.mark.parametrize(("path", "body"), [("/healthz/", "ok\n"), ("/readyz/", "ready\n")])
def test_health_checks_answer_anybody_without_tls(bare_shop, path, body):
    answer = programs.get(bare_shop, path, host="10.0.0.7")

    assert (answer.status, answer.text) == (200, body)


def test_http_is_redirected_to_https(bare_shop):
    answer = programs.get(bare_shop, "/books/?page=2")

    assert (answer.status, answer.headers["Location"]) == (301, "https://books.example/books/?page=2")


def test_a_visitor_cannot_claim_to_have_come_by_https(bare_shop):
    answer = programs.get(bare_shop, "/books/", **BEHIND_TLS)

    assert (answer.status, answer.headers["Location"]) == (301, "https://books.example/books/")


def test_a_broken_database_is_a_page_a_log_entry_and_not_ready(broken_shop, folder):
    page = programs.get(broken_shop, "/", **BEHIND_TLS)
    ready = programs.get(broken_shop, "/readyz/")

    assert page.status == 503
    assert "<h1>We’ll be right back</h1>" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "OperationalError" in (folder / "broken_log").read_text()
    assert (ready.status, ready.text) == (503, "The database cannot be reached.\n")


def test_a_database_that_is_not_migrated_is_not_ready(folder):
    with programs.gunicorn(folder, folder / "empty_log", DATABASE_URL="sqlite:///empty.sqlite3") as port:
        answer = programs.get(port, "/readyz/")

    assert (answer.status, answer.text) == (503, "The database is not migrated.\n")
