"""`manage.py load_catalogue`: a made-up shop, which hangs together like a real one."""

from io import StringIO
from unittest.mock import patch

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, F, Max, Min, Q
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from books import search
from books.models import Author, Book, Bundle, Chapter, Grant, Review, SearchEntry, SearchWord, Series
from books.publishing.covers import files_of_cover
from books.tests.builders import make_book
from orders.models import Allocation, Order
from orders.reconciliation.differences import find_shop_differences
from orders.reconciliation.shop_side import read_cases
from orders.tests.builders import make_order
from pages.made_up import loading, made_up_books, tables
from pages.made_up.pictures import PICTURES
from pages.management.commands.load_catalogue import Progress
from users.models import CustomUser

TOTAL = 600
COUNTED = (Book, Author, CustomUser, Chapter, Review, Order, Allocation, Grant, SearchEntry, Series, Bundle)


def load(total=TOTAL, **options):
    out = StringIO()
    call_command("load_catalogue", total, force=True, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def counts():
    return {model.__name__: model.objects.count() for model in COUNTED}


def entries():
    names = [field.name for field in SearchEntry._meta.concrete_fields if field.name != "id"]
    return list(SearchEntry.objects.order_by("book").values_list(*names))


class MadeUpShopTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        load()

    def test_every_book_has_an_author_a_subject_and_its_chapters(self):
        books = made_up_books().annotate(
            writers=Count("authors", distinct=True), topics=Count("subjects", distinct=True)
        )

        assert books.count() == TOTAL
        assert not books.filter(Q(writers=0) | Q(topics=0)).exists()
        listed = [(book.pk, entry["chapter"]) for book in books for entry in book.contents]
        assert sorted(listed) == sorted(Chapter.objects.values_list("book", "number"))

    def test_parts_of_a_series_are_numbered_from_one(self):
        series = Series.objects.annotate(
            parts=Count("books"), first=Min("books__series_position"), last=Max("books__series_position")
        )

        assert series.count() == TOTAL / 20
        assert {(each.parts, each.first, each.last) for each in series} == {(5, 1, 5)}

    def test_the_newest_book_comes_first_and_none_comes_later_than_it_was_added(self):
        dates = list(made_up_books().in_order("newest").values_list("identifier", flat=True))

        assert dates[0] == "made-up:0"
        assert dates[-1] == f"made-up:{TOTAL - 1}"
        assert not made_up_books().exclude(first_published_at=F("created_at")).exists()

    def test_searches_find_what_indexing_each_book_would_let_them_find(self):
        found, known = entries(), set(SearchWord.objects.values_list("text", flat=True))
        SearchEntry.objects.all().delete()
        SearchWord.objects.all().delete()

        search.index(*Book.objects.all())

        assert found == entries()
        assert known == set(SearchWord.objects.values_list("text", flat=True))

    def test_common_words_are_in_many_titles_and_surnames_in_few(self):
        surname = Author.objects.first().name.split()[1].lower()

        with_common_word = Book.objects.filter(title__icontains="ferry").count()
        with_surname = SearchEntry.objects.filter(authors__icontains=surname).count()

        assert with_common_word > TOTAL / 10
        assert 0 < with_surname < TOTAL / 20

    def test_orders_allocations_and_access_agree(self):
        cases = list(read_cases(Order.objects.all()))

        assert len(cases) > TOTAL / 12
        assert [each for case in cases for each in find_shop_differences(case)] == []

    def test_the_doctor_s_comparison_would_see_a_missing_grant(self):
        order = Order.objects.first()
        Grant.objects.filter(order_id=order.pk).delete()

        (case,) = read_cases(Order.objects.filter(pk=order.pk))

        assert [each.kind for each in find_shop_differences(case)] == ["paid_without_access"]

    def test_nobody_can_log_in_as_one_of_the_readers(self):
        assert CustomUser.objects.exists()
        assert not any(reader.has_usable_password() for reader in CustomUser.objects.all())

    def test_pages_show_the_books(self):
        book = made_up_books().get(identifier="made-up:0")

        listed, shown = self.client.get(reverse("book_list")), self.client.get(book.get_absolute_url())

        self.assertContains(listed, book.title)
        self.assertContains(shown, book.author_names)

    def test_every_cover_can_be_shown_in_every_width(self):
        covers = {book.cover.name: book for book in made_up_books().exclude(cover="")}

        assert len(covers) == PICTURES
        for book in covers.values():
            assert all(default_storage.exists(name) for name in files_of_cover(book))
            with Image.open(book.cover.path) as picture:
                assert picture.size == (max(book.cover_widths), book.cover_height)

    def test_loading_again_adds_nothing(self):
        before = counts()

        said = load()

        assert said == f"There are {TOTAL} made-up books already. Nothing was added.\n"
        assert counts() == before

    def test_loading_more_adds_what_is_missing(self):
        first = set(made_up_books().values_list("pk", flat=True))

        said = load(TOTAL + 7)

        assert said == f"Added 7 made-up books; there are {TOTAL + 7} now.\n"
        assert made_up_books().count() == TOTAL + 7
        assert first < set(made_up_books().values_list("pk", flat=True))

    def test_rows_that_follow_get_numbers_of_their_own(self):
        reader = CustomUser.objects.create_user("ada@example.com", "testpass123")

        Series.objects.create(title="By somebody else")
        order = make_order(reader, product=make_book(authors=["Somebody Else"]), status="paid")

        assert order.lines.count() == 1


def test_the_last_of_a_million_books_is_ten_years_old():
    first, last = (loading.MadeUpBook(number, seed=1, total=1_000_000) for number in (0, 999_999))

    assert (first.first_published_at - last.first_published_at).days == 365 * 10 - 1


class OtherShopTests(TestCase):
    def test_the_same_seed_makes_the_same_shop(self):
        load(30)
        titles, orders = (
            list(made_up_books().values_list("pk", "title")),
            list(Order.objects.values_list("pk")),
        )
        Order.objects.all().delete()
        Grant.objects.all().delete()
        Book.objects.all().delete()
        Author.objects.all().delete()
        Series.objects.all().delete()
        CustomUser.objects.all().delete()

        load(30)

        assert list(made_up_books().values_list("pk", "title")) == titles
        assert list(Order.objects.values_list("pk")) == orders

    def test_another_seed_makes_another_shop(self):
        load(30, seed=2)

        assert "".join(made_up_books().values_list("title", flat=True)) != "".join(
            loading.MadeUpBook(number, seed=1, total=30).title for number in range(30)
        )

    def test_a_shop_with_books_keeps_them(self):
        make_book("The Ferry at Low Water")

        load(30)

        assert Book.objects.count() == 31
        found = self.client.get(reverse("search_results"), {"q": "ferry at low water"})
        self.assertContains(found, "The Ferry at Low Water")

    def test_a_loading_that_fails_leaves_no_book(self):
        def fail(done):
            raise RuntimeError

        with pytest.raises(RuntimeError):
            loading.load(30, seed=1, progress=fail)

        assert not Book.objects.exists()

    def test_whoever_stops_it_reads_one_sentence_and_no_book_is_left(self):
        with (
            patch.object(Progress, "__call__", side_effect=KeyboardInterrupt),
            pytest.raises(CommandError) as stopped,
        ):
            load(30)

        assert (str(stopped.value), stopped.value.returncode) == ("Stopped. Nothing was added.", 130)
        assert not Book.objects.exists()

    @override_settings(DEBUG=False)
    def test_a_real_shop_is_left_alone(self):
        with pytest.raises(CommandError, match="DEBUG is off"):
            call_command("load_catalogue", 30)

        assert not Book.objects.exists()

    def test_progress_is_shown_by_tenths_where_there_is_no_terminal(self):
        err = StringIO()

        call_command("load_catalogue", 30, force=True, stdout=StringIO(), stderr=err)

        assert err.getvalue() == f"{'#' * 30} 30 of 30 books, 0:00 left\n"


@pytest.mark.postgresql
class PostgreSQLTests(TestCase):
    def test_every_index_is_there_again(self):
        def indexes():
            with connection.cursor() as cursor:
                cursor.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1")
                return cursor.fetchall()

        before = indexes()

        with CaptureQueriesContext(
            connection,
        ) as queries:
            load(30)

        assert indexes() == before
        assert any("DROP INDEX books_searchentry_document" in query["sql"] for query in queries)

    def test_no_other_database_of_the_server_waits_for_it(self):
        with CaptureQueriesContext(connection) as queries:
            load(30)

        analyzed = [query["sql"] for query in queries if query["sql"].startswith("ANALYZE")]
        # Without names it would lock tables that all databases share, until the end of the transaction.
        assert [len(sql.split(", ")) for sql in analyzed] == [len(loading.MODELS)] * 2

    def test_a_shop_in_use_keeps_its_indexes_while_it_loads(self):
        make_book()

        with CaptureQueriesContext(connection) as queries:
            load(30)

        assert not any("DROP INDEX" in query["sql"] for query in queries)

    def test_an_empty_text_is_not_taken_for_nothing(self):
        table = tables.Table(Author, "id", "name")

        table.write([(4_000_000, "")])

        assert Author.objects.get(pk=4_000_000).name == ""
