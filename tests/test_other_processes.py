"""A change that one process makes is seen at the next request by all others, whatever they keep."""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from tests import made_once, programs

BEHIND_TLS = {"X_Forwarded_Proto": "https"}
# Enough for both workers to be asked.
TIMES = 6
DATABASE = "shop_of_two_processes"
PREPARE = """
from django.contrib.auth import login
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from books import access
from books.models import *
from books.tests.builders import make_book, make_bundle, make_reader, make_review, make_staff
from pages.models import *
from users.authentication.sessions import SessionStore
from users.models import CustomUser
from users.personal_data.erasure import erase

ferry, bus = make_book("The Ferry", subjects=["Fiction"]), make_book("Night Bus", subjects=["Fiction"])
pair = make_bundle("Two Journeys", ferry, bus)
ada, bob, grace = make_reader("ada"), make_reader("bob"), make_staff()
make_review(ferry, ada, text="Read in one evening.")
terms = Page.objects.create(title="Terms", slug="terms", footer_place=1)
terms.save_draft("Read and enjoy.")
terms.publish(by=grace)
request = HttpRequest()
request.session = SessionStore()
login(request, bob, backend="users.authentication.backends.EmailBackend")
request.session.save()
"""
# Runs what it is told, line by line, in a process that serves nothing.
RUN = """
import json, sys
print("ready", flush=True)
for line in sys.stdin:
    said = {}
    exec(json.loads(line), globals(), globals())
    print("done", json.dumps(globals().pop("said", None)), flush=True)
"""
TERMS = "/pages/terms/"
BOOK, BUNDLE, CHAPTER = "/books/{ferry}/", "/books/bundles/two-journeys/", "/books/{ferry}/read/1/"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def variables(request):
    """The environment of a shop on each database; on PostgreSQL where the tests have one."""
    given = {"BEHIND_PROXY": "True", "SECURE_SSL_REDIRECT": "False", "WEB_CONCURRENCY": "2"}
    if request.param == "sqlite":
        yield given
        return
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        pytest.skip("needs PostgreSQL")
    template = request.getfixturevalue("template")
    made_once.on_postgresql("CREATE DATABASE {} TEMPLATE {}", DATABASE, template)
    try:
        yield given | {"DATABASE_URL": made_once.address(DATABASE)}
    finally:
        made_once.on_postgresql("DROP DATABASE {} WITH (FORCE)", DATABASE)


@pytest.fixture(scope="module")
def shop(variables, tmp_path_factory, collected):
    """The port of a shop with two workers, and a function that runs code in a third process."""
    folder = collected(tmp_path_factory.mktemp("processes") / "shop")
    with (
        programs.gunicorn(folder, folder / "log", **variables) as port,
        another_process(folder, variables) as change,
    ):
        yield port, change


@contextmanager
def another_process(folder, variables):
    """Yield a function that runs code in a process of its own and returns what the code leaves in `said`."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-c", RUN],
        cwd=folder,
        env=programs.environment(**variables),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def change(code):
            process.stdin.write(json.dumps(code) + "\n")
            process.stdin.flush()
            return answer("done")

        def answer(word):
            for line in process.stdout:
                if line.startswith(word):
                    return json.loads(line.removeprefix(word).strip() or "null")
            raise AssertionError("The process ended.")

        answer("ready")
        yield change


@pytest.fixture(scope="module")
def ferry(shop):
    _, change = shop
    return change(PREPARE + "\nsaid = [str(ferry.pk), request.session.session_key]")


def pages(port, path, **headers):
    """Return what several requests are answered, each from whichever worker takes it."""
    return [programs.get(port, path, **BEHIND_TLS, **headers) for _ in range(TIMES)]


def assert_changes(shop, path, code, before, after, **headers):
    port, change = shop
    for answer in pages(port, path, **headers):
        assert re.search(before, answer.text), before

    change(code)

    answers = pages(port, path, **headers)
    for answer in answers:
        assert re.search(after, answer.text), after
        assert not re.search(before, answer.text), before
    return answers


@pytest.mark.parametrize(
    ("path", "code", "before", "after"),
    [
        (
            BOOK,
            "Book.objects.filter(pk=ferry.pk).update(price=1200)",
            r"Buy for \$9\.00",
            r"Buy for \$12\.00",
        ),
        (BOOK, "ferry.refresh_from_db(); ferry.title = 'The Tide'; ferry.save()", "The Ferry", "The Tide"),
        (BOOK, "make_review(ferry, bob, text='Twice.', rating=2)", "from 1 review<", "from 2 reviews<"),
        (BOOK, "ferry.reviews.get(author=bob).hide('Spam')", "<p>Twice", "from 1 review<"),
        (BOOK, "erase(ada)", "<strong>Ada</strong>", "A (former )?reader</strong>"),
        (BUNDLE, "Bundle.objects.filter(pk=pair.pk).update(price=700)", r"for \$15\.00", r"for \$7\.00"),
        ("/", "Bundle.objects.filter(everything=True).update(price=4900)", r"\$39\.00", r"\$49\.00"),
        (CHAPTER, "ferry.chapters.update(html='<p>It snowed.</p>')", "It rained", "It snowed"),
        ("/", "bus.refresh_from_db(); bus.unpublish()", "Night Bus", "The Tide"),
        (BOOK, "ferry.refresh_from_db(); ferry.unpublish()", "The Tide</h1>", "We can’t find that page"),
        (BOOK, "ferry.publish()", "We can’t find that page", "The Tide</h1>"),
        (BOOK, "ShopSettings.objects.create(name='Salt and Paper')", "· Bookstore<", "· Salt and Paper<"),
        ("/", "terms.title = 'Our rules'; terms.save()", ">Terms</a>", ">Our rules</a>"),
        (TERMS, "terms.save_draft('Pay first.'); terms.publish(by=grace)", "Read and enjoy", "Pay first"),
    ],
)
def test_visitors_see_it(shop, ferry, path, code, before, after):
    answers = assert_changes(shop, path.format(ferry=ferry[0]), code, before, after)

    # Who has the page from before gets the new one; who has the new one is told so.
    for answer in filter(lambda each: each.status == 200, answers):
        known = {"If_None_Match": answer.headers["ETag"]}
        again = programs.get(shop[0], path.format(ferry=ferry[0]), **BEHIND_TLS, **known)
        assert (again.status, again.text) == (304, "")


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("given = access.give(bob, ferry, by=grace, note='A gift.')", "Buy for", "You own this book"),
        ("access.suspend([given], by=grace)", "You own this book", "Buy for"),
        ("Session.objects.all().delete()", "Log out", "Log in"),
    ],
)
def test_readers_see_what_becomes_of_their_access_and_session(shop, ferry, code, before, after):
    book, session = ferry
    cookie = {"Cookie": f"__Host-sessionid={session}"}

    answers = assert_changes(shop, BOOK.format(ferry=book), code, before, after, **cookie)

    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, no-store"}


def test_the_settings_are_known_everywhere_within_five_seconds_also_where_pages_are_not_shared(shop, ferry):
    port, change = shop
    change("ShopSettings.objects.update(name='Ink and Oak')")
    changed_at = time.monotonic()

    while not all("· Ink and Oak<" in answer.text for answer in pages(port, "/accounts/login/")):
        assert time.monotonic() - changed_at < 5
        time.sleep(0.2)
