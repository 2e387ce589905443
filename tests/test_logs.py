"""The log has one line for each event, and none that a visitor has made up."""

import logging
import sys
from runpy import run_path

import pytest
from django.test import Client
from gunicorn.config import Config

from bookstore_project.logs import LineFormatter, OneLineForRefusals, printable, without_keys

FORGED = "\n2026-01-01 00:00:00,000 INFO security login user=1"
# Line ends, an escape sequence, direction marks, an invisible character, half a surrogate pair.
UNSEEN = [
    "\n",
    "\r",
    "\x00",
    "\x1b[2J",
    "\x7f",
    "\x85",
    "\u2028",
    "\u2029",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ud800",
]


def record(message, *arguments, error=None, **extra):
    made = logging.makeLogRecord({"name": "shop", "msg": message, "args": arguments, **extra})
    if error is not None:
        try:
            raise error
        except type(error):
            made.exc_info = sys.exc_info()
    return made


@pytest.mark.parametrize("character", UNSEEN, ids=ascii)
def test_a_message_is_one_line_that_shows_invisible_characters(character):
    line = LineFormatter("%(message)s").format(record("“Zoë’s book” of %s", f"a{character}b"))

    assert line.isprintable()
    assert line.startswith("“Zoë’s book” of a\\")
    assert character not in line


def test_printable_text_is_unchanged():
    assert printable("Zoë, 雨の日の本屋, שלום – “no”") == "Zoë, 雨の日の本屋, שלום – “no”"


def test_no_line_of_a_traceback_looks_like_a_record():
    lines = LineFormatter("%(message)s").format(record("It broke.", error=ValueError(FORGED))).split("\n")

    assert lines[0] == "It broke."
    assert len(lines) > 3
    assert [line for line in lines[1:] if not line.startswith("    ")] == []
    assert any("security login" in line for line in lines)


# As allauth writes one: whose account, when, and what nobody can guess.
KEY = f"1a-d2xk5c-{'0af9' * 8}"


@pytest.mark.parametrize(
    "path",
    [
        f"/accounts/password/reset/key/{KEY}/",
        f"/accounts/password/reset/key/{KEY}/?a=%00",
        f"/accounts/password/reset/key/{KEY}%00/",
        f"/accounts/password/reset/key/{KEY}%20/",
        f"/accounts/password//reset//key//{KEY}/",
        f"/accounts/password/RESET/KEY/{KEY.upper()}/",
        f"/accounts/password/reset/key%252f{KEY}",
        f"/accounts/password/reset/{KEY}/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post", "put", "trace"])
@pytest.mark.django_db
def test_no_line_about_a_request_shows_the_key_of_a_reset(path, method, caplog):
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)

    with caplog.at_level("DEBUG"):
        getattr(browser, method)(path)

    lines = list(map(LineFormatter("%(message)s").format, caplog.records))
    assert [line for line in lines if KEY[-30:] in line.lower()] == []
    if method != "get":
        assert any("/password/" in line.lower() for line in lines)


def test_no_message_argument_or_traceback_shows_one_and_the_rest_of_the_line_stays():
    link = f"https://books.example/accounts/password/reset/key/{KEY}/"
    formatter = LineFormatter("%(message)s")

    lines = formatter.format(record("Not Found: %s, seen", link, error=ValueError(f"no {link} here")))

    assert lines.startswith("Not Found: https://books.example/accounts/password/reset/key/.../, seen\n")
    assert lines.endswith("ValueError: no https://books.example/accounts/password/reset/key/.../ here")
    assert KEY not in lines


def test_gunicorn_s_own_messages_are_written_in_the_same_way(settings):
    logger = run_path(settings.BASE_DIR / "gunicorn.conf.py")["logger_class"](Config())
    [handler] = logger.error_log.handlers

    line = handler.format(record(f"Error handling request /reset/key/{KEY}/\n"))

    assert line.endswith("Error handling request /reset/key/.../\\n")


def test_no_line_shows_the_link_of_a_claim():
    for path in ("/orders/claim/abc:1x:d-_/", "%2Forders%2Fclaim%2Fabc:1x:d", "//Orders//Claim//abc:1x:d"):
        assert "abc" not in without_keys(f"Not Found: {path}"), path


def test_no_line_shows_the_link_of_a_gift():
    for path in ("/gifts/c-12-0-abcd/", "%2Fgifts%2Fc-12-0-abcd", "//Gifts//c-12-0-ABCD//"):
        assert "abcd" not in without_keys(f"Not Found: {path}").lower(), path


def test_what_only_looks_a_little_like_a_key_stays():
    usual = "book=0b5f2a1e-9c1d-4c55-8a0e-0af90af90af9 order=12 /accounts/password/reset/ password_reset_key"

    assert LineFormatter("%(message)s").format(record(usual)) == usual


@pytest.mark.parametrize(
    ("status", "has_traceback"), [(400, False), (404, False), (413, False), (500, True), (503, True)]
)
def test_a_refusal_has_no_traceback_and_a_fault_has_one(status, has_traceback):
    refused = record("Bad Request: /", error=ValueError("no"), status_code=status)

    written = OneLineForRefusals().filter(refused)

    assert ("Traceback" in logging.Formatter().format(written)) is has_traceback
    # Other handlers of the same record still find the exception in it.
    assert refused.exc_info is not None


@pytest.mark.django_db
def test_reaching_a_limit_writes_one_line_that_says_who(client, caplog):
    with caplog.at_level("INFO"):
        answers = [
            client.post("/accounts/login/", {"login": "a@example.com", "password": "x"}) for _ in range(11)
        ]

    told = [
        each for each in caplog.records if "limit_reached" in each.message or each.name == "django.request"
    ]
    assert answers[-1].status_code == 429
    assert [each.message for each in filter(OneLineForRefusals().filter, told)] == [
        "limit_reached user=unknown address=127.0.0.1"
    ]


def test_an_error_outside_a_request_keeps_its_traceback():
    failed = record("The worker's round failed.", error=ValueError("no"))

    assert OneLineForRefusals().filter(failed) is failed
