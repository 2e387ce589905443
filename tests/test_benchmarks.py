"""The parts of `make bench` that could mislead: figures, goals, void rows, the table, crowds, the floor."""

import json
import os
import subprocess
import sys
import time
from itertools import count

import pytest
from django.db import connection
from django.test import TestCase

from benchmarks import by_size, yardstick
from benchmarks.against_floor import row_of
from benchmarks.measuring import results, visiting
from benchmarks.measuring.crowds import Crowd, arrive, p95_row
from benchmarks.measuring.figures import Figure
from benchmarks.measuring.server import Server
from benchmarks.measuring.table import Goal, Row, as_markdown, as_text, verdict
from benchmarks.measuring.visiting import Timed, Unanswered, Visit, in_rounds
from books.models import Book
from pages.made_up import load
from tests.programs import PROJECT, environment

FAST, SLOW = Figure(10, 9, 12, 12), Figure(40, 38, 55, 50)
# Answers every page of the floor, as a visitor and as a reader, and prints what it answered.
TOUR = """
import json
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from benchmarks.floor.models import Author, Book, Chapter, Line, Order, Review
from benchmarks.floor.reader import add_reader

author = Author.objects.create(name="Ada Quill")
for number in range(30):
    book = Book.objects.create(
        title=f"Ferry {number}", price=900, first_published_at=timezone.now(), author=author
    )
Chapter.objects.create(book=book, title="One", html="<p>It rained.</p>")
Review.objects.create(book=book, rating=4, text="Read in one evening.", created_at=timezone.now())
add_reader()
secure = {"headers": {"host": "books.example", "x-forwarded-proto": "https"}}
visitor, reader = Client(**secure), Client(**secure)
reader.force_login(User.objects.get())
order = Order.objects.order_by("-created_at").first()
paths = ["/", "/about/", "/books/", "/books/?q=ferry", f"/books/{book.pk}/", f"/books/{book.pk}/read/"]
private = ["/library/", "/orders/", f"/orders/{order.pk}/"]
pages = {path: visitor.get(path) for path in paths} | {path: reader.get(path) for path in private}
bought = reader.post("/buy/", {"book": str(book.pk)})
texts = {path: answer.content.decode() for path, answer in pages.items()}
print(json.dumps({
    "statuses": sorted({answer.status_code for answer in pages.values()}),
    "books": [texts[path].count("<li>") for path in ("/", "/books/", "/books/?q=ferry", "/library/")],
    "pages": texts["/library/"].count("Page 1 of 2"),
    "book": "Read in one evening." in texts[f"/books/{book.pk}/"],
    "chapter": "<p>It rained.</p>" in texts[f"/books/{book.pk}/read/"],
    "sent_away": visitor.get("/library/").status_code,
    "bought": [bought.status_code, Line.objects.filter(order__user__username="reader").count()],
}))
"""


def row(**fields):
    return Row(**{"what": "home", "measured": SLOW, "baseline": FAST, "against": "the floor"} | fields)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3], Figure(3, 3, 3, 3)),
        ([4, 1, 2], Figure(2, 1, 4, 4)),
        ([1, 2, 3, 4], Figure(2.5, 1, 4, 4)),
        (range(1, 21), Figure(10.5, 1, 20, 19)),
        (range(1, 101), Figure(50.5, 1, 100, 95)),
    ],
)
def test_a_figure_has_the_median_the_extremes_and_the_95th_percentile(values, expected):
    assert Figure.of(values) == expected


def test_a_figure_is_shown_in_another_unit():
    assert Figure.of([0.25, 0.75, 0.5], scale=1000) == Figure(500, 250, 750, 750)


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("≤ 1.5 ×", Goal("ratio", 1.5)),
        ("≤ 20 statements", Goal("measured", 20)),
        ("≤ 0 purchases", Goal("measured", 0)),
        ("p95 ≤ 100 ms", Goal("p95", 100)),
    ],
)
def test_goals_say_what_is_judged_and_how_much_it_may_be(text, goal):
    assert Goal.parse(text) == goal


@pytest.mark.parametrize("text", ["1.5", "≤ 1.5", "≥ 2 ×", "<= 2 ×", "p95 ≤ 2 ×", "≤ two ×"])
def test_a_goal_that_cannot_be_read_is_refused_with_its_row(text):
    with pytest.raises(ValueError, match="is not a goal"):
        row(goal=text)


@pytest.mark.parametrize(
    ("goal", "missed"),
    [
        ("≤ 4 ×", False),
        ("≤ 3.9 ×", True),
        ("≤ 40 ms", False),
        ("≤ 39 ms", True),
        ("p95 ≤ 50 ms", False),
        ("p95 ≤ 49 ms", True),
        ("", False),
    ],
)
def test_a_goal_is_missed_by_what_exceeds_it(goal, missed):
    assert row(goal=goal).is_missed is missed


def test_the_first_line_names_what_is_missed_and_what_is_void():
    rows = [row(goal="≤ 3 ×"), row(what="storm", goal="≤ 1 ×", void="it rained"), row(what="about")]

    assert verdict(rows) == "Goals missed, 1 of 2: home (4 for ≤ 3 ×). Void, 1: storm."
    assert verdict([row(goal="≤ 4 ×"), row()]) == "No goal missed, of 1."


def test_a_void_row_shows_its_reason_and_no_number():
    void = row(goal="≤ 3 ×", void="100 requests/s were served of 200")

    assert not void.is_missed
    assert [cell for cell in void.cells() if any(letter.isdigit() for letter in cell)] == [
        "≤ 3 ×",
        "100 requests/s were served of 200",
    ]


def test_the_table_has_every_number_of_a_row():
    text = as_text([row(goal="≤ 3 ×", beside="by the clock 50 ms")])

    assert text.splitlines()[1].split() == (
        "home the floor 10 40 38–55 ms 4 ≤ 3 ×, missed by the clock 50 ms".split()
    )


def test_the_results_keep_the_last_run_at_each_size(tmp_path):
    path = tmp_path / "RESULTS.md"

    for size, what in [("1m", "first"), ("1k", "second"), ("100k", "third"), ("1m", "fourth")]:
        results.write(size, [row(what=what)], postgresql="15.1", path=path)

    text = path.read_text()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## SIZE=1k", "## SIZE=100k", "## SIZE=1m"]
    assert text.count(as_markdown([row(what="fourth")])) == 1
    assert "| first |" not in text
    assert text.count("PostgreSQL 15.1") == 3


def test_the_results_name_no_machine_and_no_path(tmp_path):
    said = results.machine()

    assert os.uname().nodename not in said
    assert "/" not in said
    assert "cores" in said


def test_a_crowd_that_was_served_has_a_result():
    crowd = Crowd(asked=20, lasting=1, seconds=[0.01] * 19)

    assert crowd.void == ""
    assert p95_row("storm", crowd).measured.middle == 10


def test_a_crowd_that_was_not_served_has_none():
    crowd = Crowd(asked=20, lasting=1, seconds=[0.01] * 18, failures=["no answer in 30 s"])

    found = p95_row("storm", crowd, goal="p95 ≤ 1 ms")

    assert found.void == "18 requests/s were served of 20; 1 failed, the first: no answer in 30 s"
    assert not found.is_missed


def test_visitors_arrive_at_their_pace_whether_or_not_others_are_served():
    arrived = []

    crowd = arrive(lambda number: (arrived.append(time.monotonic()), time.sleep(0.3)), rate=20, seconds=1)

    assert len(crowd.seconds) == len(arrived) == 20
    # One after the other, they would have taken six seconds.
    assert max(arrived) - min(arrived) < 3


def test_visitors_who_are_turned_away_are_not_served():
    def visit(number):
        if number % 2:
            raise Unanswered("answered 503 instead of 200")

    crowd = arrive(visit, rate=100, seconds=0.1)

    assert (crowd.held, crowd.failures) == (0.5, ["answered 503 instead of 200"] * 5)


@pytest.mark.parametrize("ours", [Unanswered("no answer in 30 s"), Timed(SLOW, SLOW)])
def test_a_page_is_compared_with_a_floor_that_answers_or_not_at_all(ours):
    found = row_of("home", ours, Timed(FAST, FAST), goal="≤ 1 ×")

    assert found.void == (str(ours) if isinstance(ours, Unanswered) else "")
    assert found.is_missed is isinstance(ours, Timed)


class Requests:
    """Stands for a server and its requests: each takes so much of its processor, and some fail."""

    def __init__(self, cost, fails_at=None):
        self.cost = cost
        self.fails_at = fails_at
        self.made = count(1)
        self.spent = 0.0

    def cpu_seconds(self):
        return self.spent

    def __call__(self, *arguments, **details):
        if next(self.made) == self.fails_at:
            raise Unanswered("answered 500 instead of 200")
        self.spent += self.cost


def test_pages_cost_what_their_own_server_spends_on_them(monkeypatch):
    shop, floor = Requests(0.020), Requests(0.005)
    servers = {1: shop, 2: floor}
    monkeypatch.setattr(visiting, "ask", lambda port, *rest, **details: servers[port](*rest, **details))
    shop.port, floor.port = 1, 2

    ours, least = in_rounds([Visit(shop, "/"), Visit(floor, "/")])

    assert ours.cpu.middle == pytest.approx(20)
    assert least.cpu.middle == pytest.approx(5)


def test_a_page_that_fails_once_has_no_result_and_spoils_no_other(monkeypatch):
    shop, floor = Requests(0.020, fails_at=12), Requests(0.005)
    servers = {1: shop, 2: floor}
    monkeypatch.setattr(visiting, "ask", lambda port, *rest, **details: servers[port](*rest, **details))
    shop.port, floor.port = 1, 2

    ours, least = in_rounds([Visit(shop, "/"), Visit(floor, "/")])

    assert str(ours) == "answered 500 instead of 200"
    assert least.cpu.middle == pytest.approx(5)


def test_the_slowest_file_of_a_sitemap_counts(monkeypatch):
    files = [f"https://books.example/sitemap-{number}.xml?a=1&amp;b={number}" for number in range(5)]
    index = f"<sitemapindex>{''.join(f'<loc>{file}</loc>' for file in files)}</sitemapindex>"
    asked = []

    def ask(port, path, **details):
        asked.append(path)
        time.sleep(0.1 if path.endswith("b=4") else 0)
        return index

    monkeypatch.setattr(by_size, "ask", ask)

    assert by_size.slowest_sitemap(80) >= 0.1
    assert asked == ["/sitemap.xml", *(f"/sitemap-{number}.xml?a=1&b={number}" for number in (0, 2, 4))]


def test_every_goal_by_size_is_for_a_page_that_is_measured():
    known = {"deep": "/", "book": "/", "author": "/", "surname": "a", "charge": "ch_1"}
    pages = {what for what, _, _ in by_size.Sized(1, Server(0, 0, 0), known, lambda: None).pages()}

    assert set(by_size.GOALS) <= pages


def test_the_floor_answers_every_page_that_the_shop_is_compared_with(tmp_path):
    variables = environment(
        DATABASE_URL=f"sqlite:///{tmp_path}/floor.sqlite3", DJANGO_SETTINGS_MODULE=yardstick.SETTINGS
    )
    for arguments in (["migrate", "--run-syncdb", "-v0"], ["shell", "-v0", "-c", TOUR]):
        ended = subprocess.run(
            [sys.executable, "-m", "django", *arguments],
            cwd=PROJECT,
            env=variables,
            capture_output=True,
            text=True,
        )
        assert (ended.returncode, ended.stderr) == (0, "")

    assert json.loads(ended.stdout.splitlines()[-1]) == {
        "statuses": [200],
        "books": [12, 24, 24, 24],
        "pages": 1,
        "book": True,
        "chapter": True,
        "sent_away": 302,
        "bought": [302, 31],
    }


@pytest.mark.postgresql
class RowsOfTheFloorTests(TestCase):
    def test_the_floor_gets_the_shop_s_newest_books_with_all_that_its_pages_show(self):
        load(120, seed=1, progress=lambda done: None)

        with connection.cursor() as cursor:
            compared = Book.objects.published().order_by("first_published_at").first()
            cursor.execute(yardstick.CHOSEN, [str(compared.pk)])
            found = {}
            for columns, query in yardstick.COPIED.items():
                cursor.execute(query)
                found[columns.partition(" ")[0]] = cursor.fetchall()

        assert 100 < len(found["floor_book"]) <= 120
        assert len(found["floor_chapter"]) == len(found["floor_book"])
        assert {book[-1] for book in found["floor_book"]} == {author[0] for author in found["floor_author"]}
        assert {review[0] for review in found["floor_review"]} <= {book[0] for book in found["floor_book"]}
