"""Walking through a list: every book once, in both directions, in every order, on both databases."""

import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.urls import reverse

from books.models import Book
from books.models.catalogue.orders import BOOK_ORDERS
from books.shelves.facets import NAMES
from books.shelves.places import COLUMNS, NoSuchPlace, read, read_start, written
from books.shelves.shelf import PLACES, Shelf
from books.tests.builders import make_book, make_books, make_reader
from tests.hostile import NUMBERS, TEXTS

URL = reverse("book_list")
TITLES = ["Ferry", "ferry", "Fährte", "F~rry", "Ferry ~ Quay", "雨の日", "Ω", "1984", "Été", "a", "Z", "'"]
MOMENT = datetime(2026, 5, 1, tzinfo=UTC)


def shelf(**query):
    """Return the catalogue as an address shows it to a visitor."""
    address = QueryDict(mutable=True)
    for name, value in query.items():
        address.setlist(name, value if isinstance(value, list) else [str(value)])
    return Shelf(address, AnonymousUser())


def stock(count, seed):
    """Save books with many equal values, and many unknown ones."""
    chance = random.Random(seed)
    Book.objects.bulk_create(
        Book(
            title=chance.choice(TITLES),
            price=chance.choice([None, None, 500, 900]),
            word_count=chance.choice([0, 10, 20_000]),
            rating=chance.choice([None, 3, 3.5, 13 / 3]),
            review_count=chance.choice([0, 1]),
            first_published_at=MOMENT + timedelta(microseconds=chance.choice([0, 1, 1_000_000])),
            is_published=chance.random() < 0.9,
        )
        for _ in range(count)
    )


@pytest.mark.django_db
@pytest.mark.parametrize("order", BOOK_ORDERS)
def test_every_book_is_on_one_page_whichever_way_one_walks(order):
    stock(100, seed=order)
    everything = Book.objects.published().in_order(order).cards()

    forwards, last = walked(order, "after", "next")
    backwards, _ = walked(order, "before", "previous", **{"after": last})

    assert forwards == everything
    assert backwards == everything[: len(backwards)]
    assert len(backwards) == len(everything) - len(list(shelf(sort=order, size=12, after=last).page))


def walked(order, parameter, direction, **start):
    """Return the books of all pages from a start on, in the list's order, and the place of the last page."""
    page = shelf(sort=order, size=12, **start).page
    books, place = [] if start else list(page), ""
    while place_of_next := getattr(page, direction):
        place = place_of_next
        page = shelf(sort=order, size=12, **{parameter: place}).page
        books = [*page, *books] if direction == "previous" else [*books, *page]
    return books, place


@pytest.mark.django_db
@pytest.mark.parametrize("order", BOOK_ORDERS)
def test_a_place_outlives_its_book(order):
    stock(40, seed=order)
    first = shelf(sort=order, size=12).page
    expected = list(shelf(sort=order, size=12, after=first.next).page)

    Book.objects.get(pk=list(first)[-1].pk).delete()

    assert list(shelf(sort=order, size=12, after=first.next).page) == expected


@pytest.mark.parametrize("order", BOOK_ORDERS.values(), ids=BOOK_ORDERS)
def test_a_place_is_written_as_it_is_read(order):
    for seed in range(50):
        chance = random.Random(seed)
        book = Book(
            title=chance.choice(TITLES),
            price=chance.choice([None, 900]),
            word_count=chance.randrange(2**30),
            rating=chance.choice([None, 1, chance.uniform(1, 5)]),
            first_published_at=MOMENT + timedelta(microseconds=chance.randrange(10**15)),
        )
        row = order.row_of(book)

        assert read(order, written(order, row)) == row


ID = uuid4()
NOWHERE = [
    "x",
    "~",
    "~~~",
    "1",
    "9" * 50,
    "A~",
    f"A~{ID}x",
    f"{ID}",
    f"~{ID}",
    "\x07",
    f"{'x' * 201}~{ID}",
    "1e3",
]
NOWHERE += ["2026-02-30", "0000-00-00", "9" * 11]
# What could be the place of a title.
ONLY_BY_TITLE = [f"2026-13-01T00:00:00.000000Z~{ID}", f"0000-01-01T00:00:00.000000Z~{ID}", f"-1~a~{ID}"]
ONLY_BY_TITLE += [f"2026-01-01T25:00:00.000000Z~{ID}", f"2026-01-01T00:00:00+23:59~{ID}", f"nan~1~{ID}"]
ONLY_BY_TITLE += [f"99999999999~A~{ID}", f"1e999~1~{ID}", f"٣~A~{ID}"]


@pytest.mark.django_db
@pytest.mark.parametrize("parameter", ["after", "before"])
@pytest.mark.parametrize("order", BOOK_ORDERS)
def test_an_address_that_names_no_place_is_not_found(client, order, parameter):
    make_book()

    for text in NOWHERE + ONLY_BY_TITLE * (order != "title"):
        assert client.get(URL, {"sort": order, parameter: text}).status_code == 404, text


@pytest.mark.django_db
@pytest.mark.parametrize("order", sorted(set(BOOK_ORDERS) - {"title"}))
def test_one_cannot_jump_to_what_is_no_start(client, order):
    make_book()

    for text in {*NOWHERE, *ONLY_BY_TITLE} - {"1"}:
        assert client.get(URL, {"sort": order, "from": text}).status_code == 404, text
    assert client.get(URL, {"sort": "title", "from": "x" * 201}).status_code == 404


@pytest.mark.parametrize("order", BOOK_ORDERS.values(), ids=BOOK_ORDERS)
def test_whatever_is_no_place_is_refused_before_the_database_hears_of_it(order):
    place = written(order, order.row_of(Book(title="A", first_published_at=MOMENT)))
    for position in range(len(place)):
        for odd in ("", "\x00", "\ud800", "~", "~~", "-", "e9", "\n"):
            text = place[:position] + odd + place[position + 1 :]
            try:
                row = read(order, text)
            except NoSuchPlace:
                continue
            assert len(row) == len(order.columns)

    for text in ("", "\x07", "x" * 201, "nan", "1e5", "9" * 20):
        if order.columns[0] != "sort_title":
            with pytest.raises(NoSuchPlace):
                read_start(order, text)
    assert set(order.columns) <= set(COLUMNS)


@pytest.mark.django_db
def test_beyond_both_ends_there_is_no_page(client):
    make_books(3)
    books = list(Book.objects.in_order("title"))
    order = BOOK_ORDERS["title"]

    after, before = (written(order, order.row_of(book)) for book in (books[-1], books[0]))

    assert client.get(URL, {"sort": "title", "after": after}).status_code == 404
    assert client.get(URL, {"sort": "title", "before": before}).status_code == 404


@pytest.mark.django_db
def test_a_jump_beyond_the_last_book_leads_to_the_last_page():
    make_books(15)

    jumps = [
        shelf(size=12, sort=order, **{"from": start}).page
        for order, start in [("title", "Z"), ("price", 9999)]
    ]

    assert [len(page) for page in jumps] == [12, 12]
    assert [page.next for page in jumps] == ["", ""]
    assert all(page.previous for page in jumps)


@pytest.mark.django_db
def test_one_jumps_to_a_letter_a_day_or_a_price(client):
    for day, title, price in [(1, "Apple", 900), (2, "Fig", None), (3, "Ferry", 500), (4, "Zebra", 1500)]:
        make_book(title, price=price, first_published_at=datetime(2026, 5, day, 12, tzinfo=UTC))

    jumps = {
        start: [book.title for book in shelf(sort=order, **{"from": start}).page]
        for order, start in [("title", "F"), ("title", "Fi"), ("newest", "2026-05-02"), ("price", "900")]
    }

    assert jumps == {
        "F": ["Ferry", "Fig", "Zebra"],
        "Fi": ["Fig", "Zebra"],
        "2026-05-02": ["Fig", "Apple"],
        "900": ["Apple", "Zebra", "Fig"],
    }
    assert shelf(sort="title", **{"from": "F"}).page.previous.startswith("Ferry~")


@pytest.mark.django_db
def test_the_neighbouring_pages_are_named_in_addresses_that_can_be_shared(client):
    make_books(49)
    order = BOOK_ORDERS["title"]
    titles = Book.objects.in_order("title")

    first = client.get(URL, {"sort": "title"})
    second = client.get(URL, {"sort": "title", "after": written(order, order.row_of(titles[23]))})

    after = f"?sort=title&amp;after={quoted(order, titles[23])}"
    assert f'<a rel="next" href="{after}">Next</a>' in one_line(first)
    assert 'rel="prev"' not in one_line(first)
    assert f'<a rel="next" href="?sort=title&amp;after={quoted(order, titles[47])}">' in one_line(second)
    assert f'<a rel="prev" href="?sort=title&amp;before={quoted(order, titles[24])}">' in one_line(second)


def quoted(order, book):
    return written(order, order.row_of(book)).replace(" ", "+")


def one_line(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.django_db
def test_search_engines_list_the_first_page_and_those_that_follow_it_only(client):
    make_books(25)
    page = shelf().page
    following = {"after": page.next}

    def listed(**query):
        return 'name="robots" content="noindex"' not in one_line(client.get(URL, query))

    assert listed()
    assert listed(sort="price")
    assert listed(**following)
    assert not listed(language="en")
    assert not listed(sort="title", **{"from": "Book"})
    assert f'<link rel="canonical" href="http://testserver/books/?after={page.next[:4]}' in one_line(
        client.get(URL, following)
    )
    assert '<link rel="canonical" href="http://testserver/books/">' in one_line(
        client.get(URL, {"view": "list"})
    )


@pytest.mark.django_db
def test_old_numbered_addresses_lead_to_the_beginning_of_their_list(client):
    make_books(25)

    for number in ("1", "2", "40000"):
        answer = client.get(URL, {"sort": "title", "access": ["described", "no-flashing"], "page": number})
        assert answer.status_code == 301
        assert answer.url == f"{URL}?sort=title&access=described&access=no-flashing"
    assert client.get(URL, {"page": "2"}).url == URL
    for number in ("0", "-1", "x", "9" * 50, "\x07", "٣"):
        assert client.get(URL, {"page": number}).status_code == 404


@pytest.mark.django_db
def test_an_empty_answer_of_a_form_leaves_the_address(client):
    make_book()

    answer = client.get(URL, {"subject": "", "language": "en", "price": ""})

    assert (answer.status_code, answer.url) == (301, f"{URL}?language=en")


@pytest.mark.django_db
def test_a_page_holds_as_many_books_as_asked_for_and_24_otherwise():
    make_books(30)

    sizes = {size: len(shelf(size=size).page) for size in ("12", "24", "48", "5", "x", "-1", "99999999999")}

    assert sizes == {"12": 12, "24": 24, "48": 30, "5": 24, "x": 24, "-1": 24, "99999999999": 24}


@pytest.mark.django_db
@pytest.mark.parametrize("parameter", ["sort", "view", "size", "access", "mine", *PLACES, *NAMES])
def test_no_value_of_a_parameter_breaks_a_list(client, parameter):
    book = make_book(subjects=["Sea"])
    client.force_login(make_reader("ada"))

    for value in (*NUMBERS, *TEXTS, "~", "%", "0", "A~B", "yes"):
        for path in (URL, book.subjects.get().get_absolute_url()):
            answer = client.get(path, {parameter: value})
            assert answer.status_code in {200, 301, 404}, value
            if answer.status_code == 301:
                assert client.get(answer.url).status_code == 200
