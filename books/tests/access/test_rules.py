"""Who may read what: bought or given by hand, taken back or taken by hand."""

from uuid import uuid4

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase

from books import access
from books.models import Bundle, Grant
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from users.models import CustomUser


class AccessTestCase(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")
        self.all_books = Bundle.objects.get(everything=True)
        self.first, self.second = uuid4(), uuid4()

    def buy(self, order_id):
        access.grant(self.ada, self.all_books, order_id=order_id)

    def give_back(self, order_id, reason="refunded"):
        access.revoke(self.ada, self.all_books, order_id=order_id, reason=reason)

    def take_by_hand(self):
        self.ada.user_permissions.clear()

    def assert_reads(self, expected):
        """Look afresh: a user object remembers what it was allowed."""
        self.assertIs(access.has_all_books(CustomUser.objects.get(pk=self.ada.pk)), expected)

    def live(self):
        return set(Grant.objects.filter(ended_at=None).values_list("order_id", flat=True))


class BoughtTests(AccessTestCase):
    def test_what_is_bought_opens_and_what_goes_back_closes(self):
        self.assert_reads(False)

        self.buy(self.first)
        self.assert_reads(True)

        self.give_back(self.first)
        self.assert_reads(False)
        grant = Grant.objects.get()
        self.assertIsNotNone(grant.ended_at)
        self.assertEqual(grant.end_reason, "refunded")

    def test_twice_is_once(self):
        self.buy(self.first)
        self.buy(self.first)
        self.assertEqual(Grant.objects.count(), 1)

        self.give_back(self.first, reason="disputed")
        ended = Grant.objects.get().ended_at
        self.give_back(self.first)

        grant = Grant.objects.get()
        self.assertEqual((grant.ended_at, grant.end_reason), (ended, "disputed"))
        self.assert_reads(False)

    def test_what_was_closed_opens_again(self):
        self.buy(self.first)
        self.give_back(self.first, reason="disputed")

        self.buy(self.first)

        self.assert_reads(True)
        grant = Grant.objects.get()
        self.assertEqual((grant.ended_at, grant.end_reason), (None, ""))

    def test_closing_what_was_never_opened_changes_nothing(self):
        self.buy(self.first)

        self.give_back(self.second)

        self.assert_reads(True)
        self.assertEqual(self.live(), {self.first})

    def test_of_two_orders_each_closes_its_own(self):
        for gone, stays in ((self.first, self.second), (self.second, self.first)):
            with self.subTest(gone=gone):
                self.ada = make_reader(f"reader-{gone}")
                Grant.objects.all().delete()
                self.buy(self.first)
                self.buy(self.second)

                self.give_back(gone)
                self.assert_reads(True)
                self.assertEqual(self.live(), {stays})

                self.give_back(stays)
                self.assert_reads(False)

    def test_a_late_word_about_the_old_order_leaves_the_new_one_open(self):
        self.buy(self.first)
        self.give_back(self.first)
        self.buy(self.second)

        self.give_back(self.first, reason="disputed")

        self.assert_reads(True)
        self.assertEqual(self.live(), {self.second})

    def test_one_readers_books_are_not_anothers(self):
        bob = make_reader("bob")
        self.buy(self.first)
        access.grant(bob, self.all_books, order_id=self.second)

        self.give_back(self.first)

        self.assert_reads(False)
        self.assertIs(access.has_all_books(CustomUser.objects.get(pk=bob.pk)), True)

    def test_a_bundle_of_some_books_is_not_all_books(self):
        some = Bundle.objects.create(title="Some", slug="some", price=900)

        access.grant(self.ada, some, order_id=self.first)
        self.assert_reads(False)
        self.assertEqual(self.live(), {self.first})

        access.revoke(self.ada, some, order_id=self.first, reason="refunded")
        self.assertEqual(self.live(), set())


class ByHandTests(AccessTestCase):
    def test_what_staff_gave_outlasts_what_was_bought(self):
        access.give_permission(self.ada, by=None)
        self.buy(self.first)
        self.give_back(self.first)
        self.assert_reads(True)

        self.buy(self.first)
        self.give_back(self.first, reason="disputed")
        self.assert_reads(True)

    def test_what_staff_took_stays_taken_however_often_it_ends_and_begins(self):
        self.buy(self.first)
        self.take_by_hand()
        self.buy(self.first)
        self.assert_reads(False)

        for _ in range(2):
            self.give_back(self.first, reason="disputed")
            self.buy(self.first)
            self.assert_reads(False)

    def test_what_staff_took_does_not_keep_the_reader_from_buying_again(self):
        self.buy(self.first)
        self.take_by_hand()
        self.give_back(self.first)

        self.buy(self.second)

        self.assert_reads(True)

    def test_taking_from_a_reader_who_had_nothing_open_is_forgotten(self):
        self.buy(self.first)
        self.give_back(self.first)
        self.take_by_hand()

        self.buy(self.first)

        self.assert_reads(True)


class VisitorTests(AccessTestCase):
    def test_it_takes_one_query_however_somebody_came_by_the_book(self):
        book = make_book()
        bundle = make_bundle("Both", book)
        bought, together, everything = (
            make_reader("bob"),
            make_reader("eve"),
            make_reader("max", all_books=True),
        )
        access.grant(bought, book, order_id=self.first)
        access.grant(together, bundle, order_id=self.second)
        for reader, expected in ((self.ada, False), (bought, True), (together, True), (everything, True)):
            reader = CustomUser.objects.get(pk=reader.pk)
            with self.subTest(reader), self.assertNumQueries(1):
                self.assertIs(access.may_read(reader, book), expected)

    def test_who_may_read_a_book_and_its_sample(self):
        book = make_book(chapters=3, sample_chapters=1)
        sample, rest = book.chapters.get(number=1), book.chapters.get(number=3)
        owner, left = make_reader("bob", all_books=True), make_reader("eve", all_books=True)
        left.is_active = False
        left.save()
        for visitor, expected in (
            (AnonymousUser(), False),
            (self.ada, False),
            (owner, True),
            (make_staff(), True),
            (left, False),
        ):
            with self.subTest(visitor):
                self.assertIs(access.has_all_books(visitor), expected)
                self.assertIs(access.may_read(visitor, book), expected)
                self.assertIs(access.may_read_chapter(visitor, rest), expected)
                self.assertIs(access.may_read_chapter(visitor, sample), True)
