"""The catalogue's revision: what changes it, what leaves it alone, and that nobody waits for it."""

from datetime import timedelta
from functools import partial
from threading import Thread

import pytest
from django.contrib.auth import user_logged_in
from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from books import access
from books.models import (
    ALL_BOOKS,
    Author,
    Authorship,
    Book,
    Bundle,
    Chapter,
    Edition,
    ListPrice,
    OtherEdition,
    PastFormula,
    PastPrice,
    Position,
    PriceList,
    PrintedPages,
    Review,
    Sale,
    SearchEntry,
    SearchLanguage,
    SearchSpelling,
    Series,
    Subject,
    current_revision,
    find_product,
)
from books.tests.builders import make_book, make_bundle, make_reader, make_review, make_staff
from users.models import CustomUser
from users.personal_data.erasure import erase

# What visitors' pages are made from.
SHOWN = [
    *(Author, Authorship, Book, Book.subjects.through, Bundle, Bundle.books.through),
    *(Chapter, Edition, OtherEdition, PrintedPages, Review, Series, Subject),
    *(SearchEntry, SearchLanguage, SearchSpelling),
    *(PriceList, ListPrice, PastPrice, PastFormula),
    *(Sale, Sale.books.through, Sale.bundles.through),
]


class RevisionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada = make_reader("ada")
        cls.book = make_book(subjects=["Fiction"])
        cls.review = make_review(cls.book, cls.ada)
        make_bundle("Two Journeys", cls.book, make_book("Night Bus"))
        cls.book.editions.create(notes="A new foreword.")
        cls.book.other_editions.create(kind="paperback", address="https://shop.example/")
        PrintedPages.objects.create(book=cls.book)
        PriceList.objects.create(currency="eur").prices.create(book=cls.book, amount=900)
        PriceList.objects.update(rate=1)
        now = timezone.now()
        sale = Sale.objects.create(name="Spring", begins=now, ends=now + timedelta(hours=1), percent=10)
        sale.books.add(cls.book)
        sale.bundles.add(Bundle.objects.get(everything=True))
        cls.book.series = Series.objects.create(title="The Tides")
        cls.book.save()

    def assert_revised(self, change, *, is_revised=True):
        before = current_revision()
        result = change()
        self.assertEqual(current_revision() != before, is_revised, change)
        return result

    def test_every_change_of_a_row_that_visitors_see_is_a_new_revision(self):
        for model in SHOWN:
            with self.subTest(model._meta.label):
                name = next(field.attname for field in model._meta.concrete_fields if not field.primary_key)
                row = model.objects.first()

                self.assert_revised(partial(row.save, update_fields=[name]))

    def test_so_is_what_is_added_and_removed_in_bulk_or_by_cascade(self):
        self.assert_revised(lambda: make_bundle("Another", self.book).delete())
        self.assert_revised(lambda: Author.objects.bulk_create([Author(name="B"), Author(name="C")]))
        self.assert_revised(lambda: Author.objects.filter(name__in="BC").delete())
        self.assert_revised(lambda: self.book.subjects.clear())
        self.assert_revised(lambda: self.book.bundles.clear())
        self.assert_revised(lambda: self.book.reviews.all().delete())
        self.assert_revised(lambda: self.book.chapters.all().delete())
        self.assert_revised(lambda: self.book.delete())

    def test_so_is_what_is_changed_by_hand(self):
        with connection.cursor() as cursor:
            self.assert_revised(lambda: cursor.execute("UPDATE books_book SET price = 1200"))

    def test_so_is_the_name_beside_a_review_and_no_log_in(self):
        self.assert_revised(lambda: CustomUser.objects.filter(pk=self.ada.pk).update(username="Ada Quill"))
        self.ada.refresh_from_db()

        self.assert_revised(self.ada.save, is_revised=False)
        self.assert_revised(
            lambda: user_logged_in.send(CustomUser, user=self.ada, request=None), is_revised=False
        )
        self.assert_revised(lambda: erase(self.ada))

    def test_what_readers_do_for_themselves_is_none(self):
        grace = make_staff()

        for change in [
            make_reader,
            lambda: Position.objects.keep(self.ada, self.book.chapters.first(), 0.5),
            lambda: access.give(self.ada, self.book, by=grace, note="A gift."),
            lambda: access.give(self.ada, find_product(ALL_BOOKS), by=grace, note="A gift."),
            lambda: self.ada.marks.create(book=self.book, chapter=1),
        ]:
            self.assert_revised(change, is_revised=False)

    def test_what_is_rolled_back_never_was(self):
        before = current_revision()

        with transaction.atomic():
            self.assert_revised(self.book.unpublish)
            transaction.set_rollback(True)

        self.assertEqual(current_revision(), before)

    def test_no_revision_comes_twice(self):
        seen = {current_revision()}

        for price in (1000, 900, 1000, 900):
            Book.objects.update(price=price)
            seen.add(current_revision())

        self.assertEqual(len(seen), 5)

    def test_no_migration_has_lost_a_trigger(self):
        tables = {model._meta.db_table for model in SHOWN}
        events = {"added", "changed", "removed"}
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute(
                    "SELECT name FROM sqlite_master WHERE name LIKE '%_revised' AND name NOT LIKE 'pages_%'"
                )
                expected = {f"{table}_{event}_revised" for table in tables for event in events}
                expected.add("users_customuser_changed_revised")
            else:
                cursor.execute(
                    "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'catalogue_revised'"
                    " AND tgrelid::regclass::text NOT LIKE 'pages_%'"
                )
                expected = tables | {"users_customuser"}

            self.assertEqual({name for (name,) in cursor.fetchall()}, expected)


@pytest.mark.postgresql
class AtOnceTests(TransactionTestCase):
    serialized_rollback = True

    def in_another_connection(self, change):
        """Make the change as another process would, and return its exception, if any."""
        raised = []

        def run():
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SET lock_timeout = '5s'")
                change()
            except Exception as error:
                raised.append(error)
            finally:
                connection.close()

        thread = Thread(target=run)
        thread.start()
        thread.join()
        return raised

    def test_a_review_does_not_wait_for_an_import_and_each_is_a_revision(self):
        book, other = make_book(), make_book("Night Bus")
        seen = [current_revision()]

        with transaction.atomic():
            Book.objects.filter(pk=other.pk).update(price=1200)
            raised = self.in_another_connection(lambda: (make_review(book), seen.append(current_revision())))
        seen.append(current_revision())
        make_review(other)
        seen.append(current_revision())

        self.assertEqual(raised, [])
        self.assertEqual(len(set(seen)), 4)
        # Nothing is left of those that overlapped.
        self.assertEqual(len(seen[-1]), 1)

    def test_two_who_lock_the_same_rows_in_another_order_do_not_block_each_other(self):
        book = make_book()
        review = make_review(book)

        with transaction.atomic():
            Review.objects.select_for_update().get(pk=review.pk)
            raised = self.in_another_connection(lambda: Book.objects.update(price=1200))
            Review.objects.filter(pk=review.pk).update(text="Changed.")

        self.assertEqual(raised, [])

    def test_an_emptied_table_leaves_no_revision_of_before(self):
        make_review(make_book())
        before = current_revision()

        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE books_review CASCADE")
        after = current_revision()

        self.assertNotEqual(after, before)
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE books_cataloguerevision")
        self.assertEqual(current_revision(), ())
        Book.objects.update(price=1200, first_published_at=timezone.now())
        self.assertEqual(len(current_revision()), 1)
