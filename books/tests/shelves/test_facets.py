"""What a list can be narrowed by: each choice, several at once, what is offered, and for whom."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books import access
from books.models import Book, Prices, Series
from books.reading.pace import WORDS_PER_HOUR
from books.search.bounded_queries import TooMuch
from books.shelves import facets, samples
from books.shelves.facets import facets_for
from books.shelves.price_bands import PriceBands
from books.shelves.shelf import Shelf
from books.tests.builders import make_book, make_books, make_reader, make_review

pytestmark = pytest.mark.django_db
URL = reverse("book_list")


def shelf(address="", reader=None, **within):
    return Shelf(QueryDict(address), reader or AnonymousUser(), **within)


def titles(address, reader=None):
    return {book.title for book in shelf(address, reader).page}


def offered(address=""):
    """Return what a visitor can choose from, as {question: {choice: count}}."""
    return {
        name: {choice.value: choice.count for choice in choices}
        for name, _, _, choices in shelf(address).questions
    }


@pytest.fixture
def books():
    """Two books that differ in everything."""
    tides = Series.objects.create(title="The Tides")
    ferry = make_book(
        "Ferry", authors=["Ada", "Bea"], subjects=["Fiction", "Sea"], series=tides, price=500, epub="x.epub",
        word_count=WORDS_PER_HOUR - 1,
    )  # fmt: skip
    tram = make_book(
        "Tram",
        authors=["Cem"],
        subjects=["Sea"],
        language="de",
        price=499,
        word_count=WORDS_PER_HOUR,
        pdf="x.pdf",
    )
    make_book("Unpublished", authors=["Ada"], subjects=["Fiction"], is_published=False)
    make_review(ferry, rating=4)
    make_review(tram, rating=3)
    return ferry, tram


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("subject=Fiction", {"Ferry"}),
        ("subject=Sea", {"Ferry", "Tram"}),
        ("author=Bea", {"Ferry"}),
        ("series=The+Tides", {"Ferry"}),
        ("language=de", {"Tram"}),
        ("price=0-5", {"Tram"}),
        ("price=5-10", {"Ferry"}),
        ("length=0-1", {"Ferry"}),
        ("length=1-3", {"Tram"}),
        ("format=epub", {"Ferry"}),
        ("format=pdf", {"Tram"}),
        ("rating=4", {"Ferry"}),
        ("rating=3", {"Ferry", "Tram"}),
        ("subject=Sea&author=Cem&language=de", {"Tram"}),
        ("subject=Fiction&language=de", set()),
        # What nothing is called, nothing has; what is no choice narrows nothing.
        ("subject=Nonsense", set()),
        ("author=Nobody", set()),
        ("series=None", set()),
        ("language=xx", set()),
        ("price=7&length=x&format=doc&rating=5&mine=yes", {"Ferry", "Tram"}),
        (f"author={'x' * 201}&subject={'x' * 101}&language={'x' * 36}", {"Ferry", "Tram"}),
    ],
)
def test_a_choice_leaves_the_books_that_it_says(books, address, left):
    assert titles(address) == left
    assert titles(f"{address}&sort=price") == titles(f"{address}&sort=rating") == left


def test_a_book_without_price_text_or_reviews_is_in_no_band():
    make_book("Bare", price=None, word_count=0)

    for band in ("price=0-5", "price=20", "length=0-1", "rating=3"):
        assert titles(band) == titles(f"{band}&sort=price") == set(), band


def test_choices_come_with_their_number_of_books(books):
    make_book("Third", authors=["Ada"], subjects=["Sea"], price=None, word_count=0)

    assert offered() == {
        "subject": {"Fiction": 1, "Sea": 3},
        "author": {"Ada": 2, "Bea": 1, "Cem": 1},
        "series": {"The Tides": 1},
        "language": {"en": 2, "de": 1},
        "price": {"0-5": 1, "5-10": 1},
        "length": {"0-1": 1, "1-3": 1},
        "format": {"epub": 1, "pdf": 1},
        "rating": {"4": 1, "3": 2},
    }


def test_each_number_is_what_the_choice_then_leaves(books):
    make_books(5)

    for name, choices in offered().items():
        for value, count in choices.items():
            assert shelf(f"{name}={value}").sample.number == count, (name, value)


def test_what_would_leave_every_book_is_not_asked():
    make_book(subjects=["Sea"])

    assert offered() == {}


def test_after_a_choice_its_other_answers_are_still_there_without_a_number(books):
    assert offered("price=0-5")["price"] == {
        "free": None,
        "0-5": None,
        "5-10": None,
        "10-20": None,
        "20": None,
    }
    assert offered("subject=Fiction")["subject"] == {"Fiction": None, "Sea": None}


def test_of_very_many_books_no_choice_has_a_number(monkeypatch, books):
    monkeypatch.setattr(samples, "MOST_COUNTED", 1)

    numbers = {count for choices in offered().values() for count in choices.values()}

    assert numbers == {None}


def test_beyond_a_thousand_books_the_page_says_more_than_1_000(client):
    Book.objects.bulk_create(Book(title=f"Book {number}") for number in range(1_000))
    assert "1,000 books" in client.get(URL).content.decode()
    assert "More than" not in client.get(URL).content.decode()

    make_book()

    assert "More than 1,000 books" in client.get(URL).content.decode()


def test_the_choices_of_a_list_that_is_not_narrowed_enough_to_sort_are_right_too(monkeypatch, books):
    make_books(3)
    narrow = [book.title for book in shelf("subject=Sea&sort=title").page]

    monkeypatch.setattr(samples, "MOST_COUNTED", 1)

    assert [book.title for book in shelf("subject=Sea&sort=title").page] == narrow == ["Ferry", "Tram"]


def test_each_choice_can_be_taken_back(client, books):
    page = client.get(URL, {"subject": "Sea", "language": "de", "access": "described", "sort": "title"})
    chips = dict(page.context["shelf"].chips)

    assert list(chips) == ["Sea", "German", "Pictures are described"]
    content = page.content.decode()
    assert 'href="?language=de&amp;access=described&amp;sort=title"' in content
    assert 'href="?subject=Sea&amp;access=described&amp;sort=title"' in content
    assert 'href="?subject=Sea&amp;language=de&amp;sort=title"' in content
    assert '<a href="?sort=title">Clear all</a>' in content


def test_the_form_keeps_the_order_and_the_look_but_not_the_place(client):
    make_books(15)
    place = shelf("size=12&view=list&sort=title").page.next

    page = client.get(URL, {"sort": "title", "view": "list", "size": "12", "after": place}).content.decode()

    form = page[page.index("shelf-questions") : page.index("Show these books")]
    for name, value in [("sort", "title"), ("view", "list"), ("size", "12")]:
        assert f'<input type="hidden" name="{name}" value="{value}">' in form
    assert "after" not in form


def test_a_reader_sees_only_what_they_own_or_do_not_own_yet(books):
    ada, bob = make_reader("ada"), make_reader("bob", all_books=True)
    access.give(ada, books[0], by=ada, note="A gift.")

    assert titles("mine=yes", ada) == {"Ferry"}
    assert titles("mine=no", ada) == {"Tram"}
    assert titles("mine=no&language=de", ada) == {"Tram"}
    assert titles("mine=yes", bob) == {"Ferry", "Tram"}
    assert titles("mine=no", bob) == set()


def test_the_question_what_is_mine_is_for_readers_alone_and_no_answer_gets_into_anothers_page(books):
    ada, bob = make_reader("ada"), make_reader("bob")
    access.give(ada, books[0], by=ada, note="A gift.")
    clients = {"ada": Client(), "bob": Client(), "visitor": Client()}
    clients["ada"].force_login(ada)
    clients["bob"].force_login(bob)

    for order in (["ada", "bob", "visitor"], ["visitor", "bob", "ada"]):
        pages = {name: clients[name].get(URL, {"mine": "yes"}).content.decode() for name in order}

        assert {name: "Ferry" in page for name, page in pages.items()} == {
            "ada": True,
            "bob": False,
            "visitor": True,
        }
        assert {name: "Tram" in page for name, page in pages.items()} == {
            "ada": False,
            "bob": False,
            "visitor": True,
        }
        assert {name: "Books I own" in page for name, page in pages.items()} == {
            "ada": True,
            "bob": True,
            "visitor": False,
        }
    assert "Books I own" in clients["ada"].get(URL).content.decode()
    assert clients["ada"].get(URL, {"mine": "yes"}).headers["Cache-Control"] == "private, no-store"


def test_filters_that_take_too_long_are_answered_kindly(client, monkeypatch, books):
    def stop(*arguments, **options):
        raise TooMuch

    monkeypatch.setattr("books.shelves.shelf.Sample", stop)

    answer = client.get(URL, {"subject": "Sea", "language": "de"})

    assert answer.status_code == 503
    assert "Remove one and try again." in answer.content.decode()
    assert 'href="?language=de"' in answer.content.decode()


def test_one_book_costs_as_many_queries_as_25_whatever_is_chosen(client, books):
    address = {"subject": "Sea", "access": "described", "sort": "rating", "view": "list"}

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(URL, address)
        return len(queries)

    facts = {"accessibilityFeature": ["alternativeText"]}
    make_book("First", subjects=["Sea"], accessibility=facts)
    before = count()

    for number in range(24):
        make_book(f"Book {number}", subjects=["Sea"], accessibility=facts)

    assert count() == before


def test_every_facet_is_among_the_parameters_that_a_shared_page_knows(client, books):
    counts = shelf().sample.tally.counts()
    for facet in facets_for(AnonymousUser(), PriceBands(Prices())):
        values = [choice.value for choice in facet.choices(counts[facet.name], "", is_whole=True)]
        assert values, facet.name
        pages = {client.get(URL, {facet.name: value}).content for value in values}
        assert client.get(URL).content not in pages


@pytest.mark.postgresql
def test_what_few_of_many_books_have_is_found_by_an_index():
    Book.objects.bulk_create(
        Book(title=f"Book {number}", word_count=1, epub="x.epub") for number in range(2_000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE books_book")
    # What the shelves of a shop with a million books ask, and what then must not read them all.
    indexes = {
        "access=read-aloud": "shelf_read_aloud",
        "access=described": "shelf_described",
        "access=no-flashing": "shelf_no_flashing",
        "format=pdf": "shelf_pdf",
        "rating=4": "shelf_rating",
        "length=8": "shelf_by_length",
        "price=20": "shelf_prices",
        "language=de": "book_by_language",
    }

    plans = {address: shelf(address)._books.only("pk").explain() for address in indexes}

    assert {address: index for address, index in indexes.items() if index not in plans[address]} == {}


def test_a_reader_whose_own_filter_takes_too_long_is_told_on_a_whole_page(client, monkeypatch, books):
    def stop(*arguments, **options):
        raise TooMuch

    client.force_login(make_reader("ada"))
    monkeypatch.setattr("books.shelves.shelf.Sample", stop)

    answer = client.get(URL, {"mine": "yes"})

    assert answer.status_code == 503
    assert "\0" not in answer.content.decode()
    assert "Log out" in answer.content.decode()


def test_of_names_with_as_many_books_the_same_are_always_offered(monkeypatch):
    monkeypatch.setattr(facets, "MOST_CHOICES", 2)
    for name in ("Cem", "Ada", "Bea", "Dan"):
        make_book(f"By {name}", authors=[name])
    make_book("Another by Dan", authors=["Dan"])

    assert offered()["author"] == {"Ada": 1, "Dan": 2}
