"""The pages of authors, subjects and series: their addresses, what they show, and how they are found."""

from urllib.parse import unquote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import Author, Series, Subject
from books.tests.builders import make_book, make_books

pytestmark = pytest.mark.django_db


@pytest.fixture
def ferry():
    series = Series.objects.create(title="The Tides")
    return make_book("The Ferry", authors=["Ada Quill"], subjects=["Short Stories"], series=series)


def pages_of(book):
    return [book.authors.get(), book.subjects.get(), book.series]


def test_each_has_a_readable_address_with_the_books_that_belong_there(client, ferry):
    make_book("Elsewhere", authors=["Oren Whitlock"], subjects=["Letters"])

    answers = {named.get_absolute_url(): client.get(named.get_absolute_url()) for named in pages_of(ferry)}

    author, subject, series = (named.pk for named in pages_of(ferry))
    assert list(answers) == [
        f"/books/authors/{author}-ada-quill/",
        f"/books/subjects/{subject}-short-stories/",
        f"/books/series/{series}-the-tides/",
    ]
    for address, answer in answers.items():
        assert [book.title for book in answer.context["page"]] == ["The Ferry"]
        assert f'<link rel="canonical" href="http://testserver{address}">' in answer.content.decode()


def test_each_says_in_its_title_what_it_is(client, ferry):
    titles = [
        client.get(named.get_absolute_url()).content.decode().partition("<title>")[2].partition("<")[0]
        for named in pages_of(ferry)
    ]

    assert titles == [
        "Books by Ada Quill · Bookstore",
        "Books on Short Stories · Bookstore",
        "The Tides, a series · Bookstore",
    ]


def test_the_page_of_a_book_leads_to_them(client, ferry):
    page = client.get(ferry.get_absolute_url()).content.decode()

    for named in pages_of(ferry):
        assert f'<a href="{named.get_absolute_url()}">' in page


def test_an_old_name_in_the_address_leads_to_the_new_one(client, ferry):
    for named in pages_of(ferry):
        address = named.get_absolute_url()
        start = address[: address.index("-") + 1]
        for old in (f"{start}old-name/", f"{start[:-1]}/", f"{start}/"):
            answer = client.get(old, {"sort": "title"})
            assert (answer.status_code, answer.url) == (301, f"{address}?sort=title"), old


def test_an_address_without_the_number_of_its_page_is_the_same_address(client, ferry):
    for sign in ("%3F", "%23", "%25", "%20"):
        address = f"/books/authors/{ferry.authors.get().pk}-old{sign}name/"

        answer = client.get(f"{address}?page=2&sort=title")

        assert (answer.status_code, answer.url) == (301, f"{address}?sort=title")


def test_a_name_in_any_script_has_an_address(client):
    for name in ("三崎ことは", "Åse Ünal", "★", "-", "x" * 200, "../etc", "a/b?c#d"):
        book = make_book(authors=[name], subjects=[name[:100]], series=Series.objects.create(title=name))
        for named in pages_of(book):
            answer = client.get(named.get_absolute_url())
            assert answer.status_code == 200, named.get_absolute_url()
            assert unquote(named.get_absolute_url()) == answer.wsgi_request.path


def test_what_is_nobody_or_has_no_published_book_is_not_found(client):
    hidden = make_book(authors=["Ada"], subjects=["Letters"], series=Series.objects.create(title="Tides"))
    addresses = [named.get_absolute_url() for named in pages_of(hidden)]
    assert [client.get(address).status_code for address in addresses] == [200, 200, 200]

    hidden.unpublish()

    assert [client.get(address).status_code for address in addresses] == [404, 404, 404]
    for page in ("author_detail", "subject_detail", "series_detail"):
        for address in ("999999", "0", "ada", "-1", "9" * 18, "9" * 40, "1x", "١"):
            assert client.get(reverse(page, args=[address])).status_code == 404, address


def test_they_can_be_narrowed_and_say_when_nothing_is_left(client, ferry):
    address = ferry.authors.get().get_absolute_url()

    assert len(client.get(address, {"language": "en"}).context["page"]) == 1
    nothing = client.get(address, {"language": "de"})
    assert (nothing.status_code, len(nothing.context["page"])) == (200, 0)
    assert "No books match these filters." in nothing.content.decode()


def test_another_name_and_another_series_are_seen_at_the_next_request(client, ferry):
    author, subject, series = pages_of(ferry)
    for named in (author, subject, series):
        client.get(named.get_absolute_url())
    assert "The Tides" in client.get(reverse("book_list")).content.decode()

    series.title = author.name = subject.name = "Another"
    for named in (author, subject, series):
        named.save()

    assert "The Tides" not in client.get(reverse("book_list")).content.decode()
    for named in (author, subject, series):
        assert "<h1>Another</h1>" in client.get(named.get_absolute_url()).content.decode()


def test_a_page_of_one_costs_as_many_queries_as_of_25(client):
    make_book(authors=["Ada Quill"], subjects=["Letters"])
    ada = Author.objects.get()
    costs = count(client, ada)

    for book in make_books(24):
        book.authorships.create(author=ada, position=1)
        book.subjects.add(Subject.objects.get())

    assert count(client, ada) == costs


def count(client, named):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(named.get_absolute_url()).status_code == 200
    return len(queries)
