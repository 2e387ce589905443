"""The rating and the number of reviews stored with a book are always those of its visible reviews."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.urls import reverse

from books.models import Book, Review
from books.tests.builders import make_book, make_reader, make_review, make_staff
from users.models import CustomUser
from users.personal_data.erasure import erase

REVIEWERS = 8


def stored(book):
    return Book.objects.values_list("rating", "review_count").get(pk=book.pk)


class RatingTests(TestCase):
    def setUp(self):
        self.book = make_book()
        self.other = make_book("Night Bus")
        self.ada = make_reader("ada", all_books=True)

    def test_a_book_without_reviews_has_none(self):
        self.assertEqual(stored(self.book), (None, 0))

    def test_a_new_review_counts_for_its_book_alone(self):
        make_review(self.book, rating=5)
        make_review(self.book, rating=2)

        self.assertEqual(stored(self.book), (3.5, 2))
        self.assertEqual(stored(self.other), (None, 0))

    def test_many_at_once_count_for_every_book(self):
        pairs = [(self.book, 5), (self.other, 1), (self.book, 4)]
        Review.objects.bulk_create(Review(book=book, rating=rating, text=".") for book, rating in pairs)

        self.assertEqual((stored(self.book), stored(self.other)), ((4.5, 2), (1, 1)))

    def test_a_changed_rating_counts_as_changed(self):
        review = make_review(self.book, rating=5)

        review.rating = 1
        review.save()

        self.assertEqual(stored(self.book), (1, 1))

    def test_a_reply_changes_nothing(self):
        make_review(self.book, rating=5)

        Review.objects.update(reply="Thank you.")

        self.assertEqual(stored(self.book), (5, 1))

    def test_a_hidden_review_does_not_count_until_it_is_shown_again(self):
        review = make_review(self.book, rating=1)
        make_review(self.book, rating=5)

        review.hide("Advertising.")
        hidden = stored(self.book)
        review.hide("")

        self.assertEqual((hidden, stored(self.book)), ((5, 1), (3, 2)))

    def test_a_deleted_review_counts_no_more(self):
        make_review(self.book, rating=1).delete()

        self.assertEqual(stored(self.book), (None, 0))

    def test_deletions_and_changes_past_the_models_count(self):
        for rating in (1, 3, 5):
            make_review(self.book, rating=rating)

        Review.objects.filter(rating=1).delete()
        Review.objects.filter(rating=3).update(rating=4)

        self.assertEqual(stored(self.book), (4.5, 2))

    def test_a_review_moved_to_another_book_counts_there(self):
        make_review(self.book, rating=4)

        Review.objects.update(book=self.other)

        self.assertEqual((stored(self.book), stored(self.other)), ((None, 0), (4, 1)))

    def test_the_review_of_an_erased_reader_still_counts(self):
        make_review(self.book, self.ada, rating=4)

        erase(self.ada)

        self.assertEqual(stored(self.book), (4, 1))

    def test_the_review_of_a_deleted_account_still_counts(self):
        make_review(self.book, self.ada, rating=4)

        CustomUser.objects.filter(pk=self.ada.pk).delete()

        self.assertIsNone(Review.objects.get().author)
        self.assertEqual(stored(self.book), (4, 1))

    def test_a_book_read_before_a_review_and_saved_after_it_does_no_harm(self):
        stale = Book.objects.get(pk=self.book.pk)
        make_review(self.book, rating=4)

        stale.title = "The Ferry at High Water"
        stale.save()

        self.assertEqual(stored(self.book), (4, 1))

    def test_nobody_can_write_a_rating(self):
        make_review(self.book, rating=2)

        Book.objects.update(rating=5, review_count=1000)

        self.assertEqual((stored(self.book), stored(self.other)), ((2, 1), (None, 0)))

    def test_a_book_with_reviews_can_be_deleted(self):
        make_review(self.book, rating=2)

        self.book.delete()

        self.assertFalse(Review.objects.exists())

    def test_staff_hide_and_show_it_in_the_admin(self):
        review = make_review(self.book, self.ada, rating=2)
        self.client.force_login(make_staff())
        form = reverse("admin:books_review_change", args=[review.pk])
        inline = {"reports-TOTAL_FORMS": 0, "reports-INITIAL_FORMS": 0}

        self.client.post(form, {"hidden_reason": "Advertising.", "reply": ""} | inline)
        hidden = stored(self.book)
        self.client.post(form, {"hidden_reason": "", "reply": ""} | inline)

        self.assertEqual((hidden, stored(self.book)), ((None, 0), (2, 1)))


class AtOnceTests(TransactionTestCase):
    serialized_rollback = True

    @pytest.mark.postgresql
    def test_no_review_is_forgotten_of_those_that_come_at_once(self):
        book, other = make_book(), make_book("Night Bus")

        def review_both(number):
            books = [book, other] if number % 2 else [other, book]
            Review.objects.bulk_create(Review(book=book, rating=4, text=".") for book in books)
            connection.close()

        with ThreadPoolExecutor(REVIEWERS) as pool:
            list(pool.map(review_both, range(REVIEWERS)))

        self.assertEqual((stored(book), stored(other)), ((4, REVIEWERS), (4, REVIEWERS)))


class MigrationTests(TransactionTestCase):
    serialized_rollback = True

    def tearDown(self):
        # Every app: those whose migrations depend on the books' went back with them.
        call_command("migrate", verbosity=0)

    def test_reviews_that_were_there_before_count(self):
        book, other = make_book(), make_book("Night Bus")
        make_review(book, rating=4)
        make_review(book, rating=1).hide("Advertising.")
        call_command("migrate", "books", "0016", verbosity=0)

        call_command("migrate", "books", verbosity=0)

        self.assertEqual((stored(book), stored(other)), ((4, 1), (None, 0)))
