"""Reporting, hiding and answering reviews, and what that does to the page and its numbers."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client, TestCase, TransactionTestCase, override_settings
from django.urls import reverse

from books.models import Review, ReviewReport
from books.tests.builders import make_book, make_reader, make_review, make_staff
from books.tests.catalogue.test_book_detail import structured_data
from users.personal_data.erasure import erase
from users.personal_data.export import export

POSTS = 10


class ModerationTestCase(TestCase):
    def setUp(self):
        cache.clear()
        self.book = make_book()
        self.ada = make_reader("ada", all_books=True)
        self.review = make_review(self.book, self.ada, rating=1, text="Buy my pills.")
        self.eve = make_reader("eve")
        self.client.force_login(self.eve)

    def report(self, client=None, review=None, **data):
        review = review or self.review
        return (client or self.client).post(reverse("review_report", args=[self.book.pk, review.pk]), data)

    def look(self, client=None):
        return (client or self.client).get(self.book.get_absolute_url())

    def logged_in(self, reader):
        client = Client()
        client.force_login(reader)
        return client


class ReportingTests(ModerationTestCase):
    def test_anybody_with_an_account_reports_a_review_and_is_told_what_follows(self):
        self.assertContains(self.look(), "Report this review")

        response = self.report(reason="Not about the book.")

        self.assertRedirects(response, f"{self.book.get_absolute_url()}#main", fetch_redirect_response=False)
        report = ReviewReport.objects.get()
        self.assertEqual((report.review, report.reporter), (self.review, self.eve))
        self.assertEqual((report.reason, report.closed_at), ("Not about the book.", None))
        page = self.look()
        self.assertContains(page, "Thank you for the report. We will look at the review.")
        self.assertContains(page, "You’ve reported this review.")
        self.assertNotContains(page, "Report this review")
        # Until staff have looked it stays.
        self.assertContains(page, "Buy my pills.")

    def test_reporting_twice_is_as_good_as_once_and_keeps_the_first_reason(self):
        self.report(reason="First.")
        self.assertEqual(self.report(reason="Second.").status_code, 302)

        self.assertEqual(ReviewReport.objects.get().reason, "First.")

    def test_two_people_make_two_reports_and_a_reason_is_not_needed(self):
        self.report()
        self.report(self.logged_in(make_reader("bob")))

        self.assertEqual(list(ReviewReport.objects.values_list("reason", flat=True)), ["", ""])

    def test_its_author_is_not_asked_to_report_it_and_cannot(self):
        ada = self.logged_in(self.ada)

        self.assertNotContains(self.look(ada), "Report this review")
        self.assertContains(self.report(ada), "<main", status_code=403)
        self.assertFalse(ReviewReport.objects.exists())

    def test_a_visitor_sees_no_form_and_is_sent_to_log_in(self):
        self.assertNotContains(self.look(Client()), "Report this review")

        self.assertEqual(self.report(Client()).status_code, 302)
        self.assertFalse(ReviewReport.objects.exists())

    def test_what_is_no_report_is_refused_and_leaves_nothing(self):
        hidden = make_review(self.book, make_reader("carol"))
        hidden.hide("Advertising.")
        elsewhere = make_review(make_book("Night Bus"), self.ada)
        refusals = [
            (self.report(reason="x" * 501), 400),
            (self.report(reason="a\0b"), 400),
            (self.report(review=hidden), 404),
            (self.report(review=elsewhere), 404),
            (self.client.get(reverse("review_report", args=[self.book.pk, self.review.pk])), 405),
        ]

        for response, status in refusals:
            self.assertEqual(response.status_code, status)
        self.assertFalse(ReviewReport.objects.exists())

    def test_after_ten_in_an_hour_one_waits(self):
        reviews = [make_review(self.book, make_reader(f"reader{number}")) for number in range(11)]
        for review in reviews[:10]:
            self.assertEqual(self.report(review=review).status_code, 302)

        self.assertContains(self.report(review=reviews[10]), "Too many attempts", status_code=429)

        self.assertEqual(ReviewReport.objects.count(), 10)

    def test_the_export_holds_one_s_own_reports(self):
        self.report(reason="Not about the book.")
        self.report(self.logged_in(make_reader("bob")), reason="Bob’s.")

        [report] = export(self.eve)["review reports"]

        self.assertEqual(report["reason"], "Not about the book.")


class HidingTests(ModerationTestCase):
    def setUp(self):
        super().setUp()
        make_review(self.book, make_reader("bob"), rating=5, text="Read in one evening.")
        self.staff = self.logged_in(make_staff())
        self.form = reverse("admin:books_review_change", args=[self.review.pk])

    def save(self, **data):
        inline = {"reports-TOTAL_FORMS": 0, "reports-INITIAL_FORMS": 0}
        response = self.staff.post(self.form, {"hidden_reason": "", "reply": ""} | inline | data)
        self.assertEqual(response.status_code, 302)

    def act(self, action):
        data = {"action": action, "_selected_action": [self.review.pk]}
        return self.staff.post(reverse("admin:books_review_changelist"), data, follow=True)

    def test_a_hidden_review_leaves_the_page_the_average_and_the_count(self):
        self.assertContains(self.look(), "3.0 out of 5 from 2 reviews")

        self.save(hidden_reason="Advertising.")

        page = self.look()
        self.assertNotContains(page, "Buy my pills.")
        self.assertContains(page, "5.0 out of 5 from 1 review")
        self.assertEqual(structured_data(page)["aggregateRating"]["reviewCount"], 1)
        self.assertEqual(page.context["book"].reviews_by_stars, ((5, 1), (4, 0), (3, 0), (2, 0), (1, 0)))
        [card] = self.client.get(reverse("book_list")).context["page"]
        self.assertEqual(card.rating, 5)

    def test_its_author_alone_is_told_why(self):
        self.save(hidden_reason="Advertising.")

        self.assertContains(self.look(self.logged_in(self.ada)), "We’ve hidden your review: Advertising.")
        for client in (self.client, Client()):
            self.assertNotContains(self.look(client), "Advertising.")

    def test_its_author_may_change_it_but_that_does_not_show_it_and_it_cannot_be_deleted(self):
        self.save(hidden_reason="Advertising.")
        ada = self.logged_in(self.ada)

        self.assertNotContains(self.look(ada), "Delete review")
        ada.post(reverse("book_review", args=[self.book.pk]), {"rating": 2, "text": "No pills."})
        deleted = ada.post(reverse("book_review_delete", args=[self.book.pk]))

        self.assertEqual(deleted.status_code, 403)
        self.review.refresh_from_db()
        self.assertEqual((self.review.text, self.review.hidden_reason), ("No pills.", "Advertising."))
        self.assertNotContains(self.look(), "No pills.")

    def test_staff_show_it_again_by_emptying_the_reason_or_from_the_list(self):
        for show in (self.save, lambda: self.act("show")):
            self.save(hidden_reason="Advertising.")
            self.assertNotContains(self.look(), "Buy my pills.")

            show()

            self.assertContains(self.look(), "Buy my pills.")
            self.assertContains(self.look(), "3.0 out of 5 from 2 reviews")

    def test_a_book_whose_reviews_are_all_hidden_has_none(self):
        Review.objects.get(author__email="bob@example.com").hide("Spam.")
        self.save(hidden_reason="Advertising.")

        page = self.look()

        self.assertContains(page, "No reviews yet.")
        self.assertNotIn("aggregateRating", structured_data(page))

    def test_the_answer_of_staff_stands_beneath(self):
        self.assertNotContains(self.look(), "Reply from the publisher")

        self.save(reply="We sell no pills.\n\n<b>None.</b>")

        page = self.look()
        self.assertContains(page, "Reply from the publisher")
        self.assertContains(page, "<p>We sell no pills.</p>", html=True)
        self.assertContains(page, "&lt;b&gt;None.")

    def test_staff_do_not_reword_reviews(self):
        self.save(text="I like it.", rating=5, author=self.eve.pk)

        self.review.refresh_from_db()
        self.assertEqual((self.review.text, self.review.rating), ("Buy my pills.", 1))
        self.assertEqual(self.review.author, self.ada)

    def test_reported_reviews_stand_first_until_staff_have_looked(self):
        def first():
            page = self.staff.get(reverse("admin:books_review_changelist"))
            return page.context["cl"].result_list[0].pk

        newest = Review.objects.first().pk
        self.assertEqual(first(), newest)
        for settle in (lambda: self.save(hidden_reason="Advertising."), lambda: self.act("close_reports")):
            ReviewReport.objects.all().delete()
            self.review.hide("")
            self.report(reason="Not about the book.")
            self.assertEqual(first(), self.review.pk)
            self.assertContains(self.staff.get(self.form), "Not about the book.")

            settle()

            self.assertEqual(first(), newest)
            self.assertIsNotNone(ReviewReport.objects.get().closed_at)

    def test_what_is_left_as_it_is_stays_on_the_page(self):
        self.report()

        self.assertContains(self.act("close_reports"), "Kept: 1 review.")

        self.assertContains(self.look(), "Buy my pills.")

    def test_reports_and_answers_outlive_the_reporter(self):
        self.report(reason="Not about the book.")

        erase(self.eve)

        self.assertContains(self.staff.get(self.form), "Not about the book.")
        self.assertNotContains(self.staff.get(self.form), "eve@example.com")

    def test_the_list_costs_as_many_queries_for_one_review_as_for_25(self):
        def cost():
            with self.assertNumQueries(5):
                self.staff.get(reverse("admin:books_review_changelist"))

        self.staff.get(reverse("admin:books_review_changelist"))
        cost()
        for number in range(24):
            self.report(self.logged_in(make_reader(f"reader{number}")))
            make_review(self.book, make_reader(f"writer{number}"))
        cost()


class NumbersTests(TestCase):
    def test_how_many_gave_how_many_stars_is_a_table(self):
        book = make_book()
        for number, rating in enumerate([5, 5, 4, 1]):
            make_review(book, make_reader(f"reader{number}"), rating=rating)

        page = self.client.get(book.get_absolute_url())

        self.assertEqual(page.context["book"].reviews_by_stars, ((5, 2), (4, 1), (3, 0), (2, 0), (1, 1)))
        self.assertContains(page, "Number of reviews for each rating")
        self.assertContains(page, "Only owners can review, and nobody is paid to.")

    def test_cards_show_the_average_where_there_is_one(self):
        book = make_book()
        make_book("Night Bus")
        for number, rating in enumerate([5, 4]):
            make_review(book, make_reader(f"reader{number}"), rating=rating)

        page = self.client.get(reverse("book_list"))

        self.assertContains(page, "4.5<span")
        self.assertContains(page, "book-card-rating", count=1)


@pytest.mark.postgresql
class ParallelWritingTests(TransactionTestCase):
    """One reader presses the button many times at once."""

    serialized_rollback = True

    def test_it_is_one_review_and_the_average_is_right(self):
        book, ada = make_book(), make_reader("ada", all_books=True)
        make_review(book, make_reader("bob"), rating=5)
        session = Client()
        session.force_login(ada)

        def write(rating):
            browser = Client()
            browser.cookies = session.cookies
            try:
                data = {"rating": rating, "text": f"Worth {rating}."}
                return browser.post(reverse("book_review", args=[book.pk]), data).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(POSTS) as pool:
            statuses = list(pool.map(write, [1, 2, 3, 4, 5] * (POSTS // 5)))

        self.assertEqual(set(statuses), {302})
        review = Review.objects.get(author=ada)
        self.assertEqual(review.text, f"Worth {review.rating}.")
        page = self.client.get(book.get_absolute_url())
        self.assertContains(page, f"{(5 + review.rating) / 2:.1f} out of 5 from 2 reviews")

    @override_settings(ACCOUNT_RATE_LIMITS=False)
    def test_reports_at_once_are_one(self):
        book, eve = make_book(), make_reader("eve")
        review = make_review(book, make_reader("ada"))
        session = Client()
        session.force_login(eve)

        def report(_):
            browser = Client()
            browser.cookies = session.cookies
            try:
                return browser.post(reverse("review_report", args=[book.pk, review.pk])).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(POSTS) as pool:
            statuses = list(pool.map(report, range(POSTS)))

        self.assertEqual(set(statuses), {302})
        self.assertEqual(ReviewReport.objects.count(), 1)
