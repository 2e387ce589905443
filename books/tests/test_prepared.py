"""Prepared queries: put together once, they answer what the query itself would."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import CharField, DateTimeField, IntegerField, UUIDField, Value
from django.test.utils import CaptureQueriesContext

from books.models import Author, Book
from books.tests.builders import make_book, make_books
from users.prepared import Given, Prepared, PreparedForSeveral, prefill

pytestmark = pytest.mark.django_db
COLUMNS = (
    *("id", "title", "price", "rating", "published", "first_published_at", "is_published", "contents"),
    *("series_position", "cover_widths", "authorships__author__name"),
)


def test_it_answers_what_the_query_itself_would(django_assert_num_queries):
    ferry = make_book(series_position=Decimal("1.5"), published=date(2026, 1, 2), cover_widths=[240, 480])
    others = [make_book(f"Book {number}", price=None) for number in range(3)]
    prepared = Prepared(lambda: Book.objects.filter(pk=Given("book", UUIDField())).values_list(*COLUMNS))

    for pk in [ferry.pk, *(other.pk for other in others), uuid4(), ferry.pk]:
        expected = list(Book.objects.filter(pk=pk).values_list(*COLUMNS))
        with django_assert_num_queries(1):
            assert prepared(book=pk) == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (IntegerField(), 7),
        (CharField(), "'; DROP TABLE books_book; --%s"),
        (DateTimeField(), datetime(2026, 5, 1, 12, 30, 0, 1, UTC)),
        (UUIDField(), uuid4()),
        (IntegerField(), None),
    ],
)
def test_a_given_value_reaches_the_database_as_any_other(field, value):
    author = Author.objects.create(name="Ada Quill")

    prepared = Prepared(lambda: Author.objects.annotate(given=Given("x", field)).values_list("pk", "given"))

    assert prepared(x=value) == list(
        Author.objects.annotate(given=Value(value, field)).values_list("pk", "given")
    )
    assert prepared(x=value) == [(author.pk, value)]


def test_it_is_put_together_once():
    made = []

    def make():
        made.append(1)
        return Book.objects.filter(title=Given("title", CharField())).values_list("title")

    prepared = Prepared(make)
    make_books(2)

    assert [prepared(title=f"Book {number}") for number in (1, 2, 3)] == [[("Book 1",)], [("Book 2",)], []]
    assert len(made) == 1


def test_what_was_written_since_is_seen():
    prepared = Prepared(lambda: Book.objects.order_by("title").values_list("title"))
    assert prepared() == []

    make_book("Night Bus")

    assert prepared() == [("Night Bus",)]


def test_a_name_that_is_not_given_is_an_error():
    prepared = Prepared(lambda: Book.objects.filter(pk=Given("book", UUIDField())).values_list("pk"))

    with pytest.raises(KeyError, match="book"):
        prepared(other=1)


@pytest.mark.parametrize("number", [0, 1, 3, 4, 5, 16, 17, 65])
def test_of_several_rows_each_is_found_once_and_no_other(number):
    books = make_books(66)
    asked = [book.pk for book in books[:number]]
    made = []

    @PreparedForSeveral.of(UUIDField())
    def titles(each):
        made.append(len(each))
        of = Book.objects.filter(pk__in=each, language=Given("language", CharField()))
        return of.order_by("first_published_at", "title").values_list("pk")

    assert sorted(titles(asked, language="en")) == sorted((pk,) for pk in asked)
    assert titles(asked, language="de") == []
    assert len(made) == (number > 0)


def test_few_sizes_of_query_serve_any_number_of_rows():
    made = []

    @PreparedForSeveral.of(UUIDField())
    def found(each):
        made.append(len(each))
        return Book.objects.filter(pk__in=each).values_list("pk")

    for number in range(1, 101):
        found([uuid4() for _ in range(number)])

    assert made == [4, 8, 16, 32, 64, 128]


def test_what_is_filled_in_is_found_without_a_query_and_can_be_asked_on():
    book = make_book(subjects=["Fiction", "Sea"])
    subjects = list(book.subjects.all())
    again = Book.objects.get(pk=book.pk)

    prefill(again, "subjects", subjects[:1])

    with CaptureQueriesContext(connection) as queries:
        assert list(again.subjects.all()) == subjects[:1]
    assert len(queries) == 0
    assert again.subjects.filter(name="Sea").exists()
