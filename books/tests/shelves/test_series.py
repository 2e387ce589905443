"""Series: from the EPUB or typed by staff, on the book's page, its card and the series' own page."""

import pytest
from django.urls import reverse

from books import search
from books.models import Book, Series
from books.publishing.importing import import_epub
from books.tests.builders import make_book, make_staff
from books.tests.epubs import METADATA, make_epub

pytestmark = pytest.mark.django_db
SECOND = """<meta property="belongs-to-collection" id="s">The Tides</meta>
<meta refines="#s" property="collection-type">series</meta>
<meta refines="#s" property="group-position">2</meta>"""


def in_series(title, position, series="The Tides", **fields):
    series, _ = Series.objects.get_or_create(title=series)
    return make_book(title, series=series, series_position=position, **fields)


def test_an_imported_book_is_in_the_series_that_its_file_names():
    book = import_epub(make_epub(metadata=METADATA + SECOND)).book

    assert (book.series.title, book.series_number) == ("The Tides", "2")
    assert search.search("tides")[:9] == [book.pk]


def test_a_new_edition_brings_its_series_and_one_without_leaves_what_staff_typed():
    book = import_epub(make_epub(metadata=METADATA)).book
    assert book.series is None
    Book.objects.filter(pk=book.pk).update(series=Series.objects.create(title="Typed"), series_position=1)

    silent = import_epub(make_epub(metadata=METADATA + "<dc:date>2020</dc:date>")).book
    telling = import_epub(make_epub(metadata=METADATA + SECOND)).book

    assert silent == telling == book
    assert (silent.series.title, silent.series_number) == ("Typed", "1")
    assert (telling.series.title, telling.series_number) == ("The Tides", "2")


def test_what_cannot_be_seen_is_no_series():
    book = import_epub(make_epub(metadata=METADATA + SECOND.replace("The Tides", "\u200b"))).book

    assert book.series is None


@pytest.mark.parametrize(
    ("position", "words"), [("2", "Book 2 of"), ("1.50", "Book 1.5 of"), (None, "In the series")]
)
def test_a_book_says_its_place_in_the_series_on_its_page_and_its_card(client, position, words):
    in_series("Ebb", position)
    book = Book.objects.get()

    for address in (book.get_absolute_url(), reverse("book_list")):
        page = " ".join(client.get(address).content.decode().split())
        assert f'{words} <a href="{book.series.get_absolute_url()}">The Tides</a>' in page


def test_a_book_in_no_series_says_nothing_about_one(client):
    book = make_book()

    for address in (book.get_absolute_url(), reverse("book_list")):
        assert "In the series" not in client.get(address).content.decode()


def test_the_page_of_a_series_has_its_published_books_in_their_order(client):
    for title, position in [("Flood", 2), ("A Pier", None), ("Slack", "1.5"), ("Ebb", 1)]:
        in_series(title, position)
    in_series("Storm", 3, is_published=False)
    in_series("Elsewhere", 1, series="Other")

    page = client.get(Series.objects.get(title="The Tides").get_absolute_url())

    assert [book.title for book in page.context["page"]] == ["Ebb", "Slack", "Flood", "A Pier"]


def test_staff_put_a_book_into_a_series(client):
    client.force_login(make_staff())
    book = make_book(authors=[])
    tides = Series.objects.create(title="The Tides")
    form = {"title": book.title, "language": "en", "sample_chapters": 1}
    form |= {"authorships-TOTAL_FORMS": 0, "authorships-INITIAL_FORMS": 0}
    form |= {"other_editions-TOTAL_FORMS": 0, "other_editions-INITIAL_FORMS": 0}
    form |= {"series": tides.pk, "series_position": "2.5"}

    client.post(reverse("admin:books_book_change", args=[book.pk]), form)

    book.refresh_from_db()
    assert (book.series, book.series_number) == (tides, "2.5")
    assert search.search("tides")[:9] == [book.pk]


def test_a_series_under_a_new_name_is_found_by_it(client):
    client.force_login(make_staff())
    book = in_series("Ebb", 1)

    client.post(reverse("admin:books_series_change", args=[book.series.pk]), {"title": "The Moons"})

    assert search.search("moons")[:9] == [book.pk]


def test_books_stay_when_their_series_is_deleted():
    book = in_series("Ebb", 1)

    book.series.delete()

    book.refresh_from_db()
    assert book.series is None
