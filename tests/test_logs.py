"""The log has one line for each event, and none that a visitor has made up."""

import logging
import sys

import pytest

from bookstore_project.logs import LineFormatter, OneLineForRefusals, printable

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
