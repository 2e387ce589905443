"""Reviews: who may write, change and delete them, and what they must be."""

from django.test import Client, TestCase
from django.urls import reverse

from books.models import Review
from books.tests.builders import make_book, make_reader, make_review
from users.personal_data.erasure import erase
from users.personal_data.export import export


class ReviewTestCase(TestCase):
    def setUp(self):
        self.book = make_book()
        self.ada = make_reader("ada", all_books=True)
        self.client.force_login(self.ada)

    def write(self, client=None, **data):
        data = {"rating": "4", "text": "Read in one evening."} | data
        return (client or self.client).post(reverse("book_review", args=[self.book.pk]), data)

    def delete(self, client=None):
        return (client or self.client).post(reverse("book_review_delete", args=[self.book.pk]))

    def look(self, client=None):
        return (client or self.client).get(self.book.get_absolute_url())


class WritingTests(ReviewTestCase):
    def test_an_owner_writes_a_review(self):
        self.assertContains(self.look(), "Write a review")

        response = self.write()

        self.assertRedirects(response, f"{self.book.get_absolute_url()}#main")
        review = Review.objects.get()
        self.assertEqual((review.book, review.author, review.rating), (self.book, self.ada, 4))
        page = self.look()
        self.assertContains(page, "<p>Read in one evening.</p>", html=True)
        self.assertContains(page, "<strong>Ada</strong>")
        self.assertContains(page, "4.0 out of 5 from 1 review")

    def test_a_second_one_takes_the_place_of_the_first(self):
        self.write()

        page = self.look()
        response = self.write(rating="2", text="Not on a second reading.")

        self.assertContains(page, "Change your review")
        self.assertEqual(page.context["review_form"].initial["rating"], 4)
        self.assertRegex(page.text, r'value="4"[^>]*\bchecked')
        self.assertEqual(response.status_code, 302)
        self.assertEqual(
            Review.objects.values("rating", "text").get(), {"rating": 2, "text": "Not on a second reading."}
        )

    def test_it_says_that_it_is_saved(self):
        self.write()

        self.assertContains(self.look(), "Your review is saved.")

    def test_a_review_of_another_book_is_another_review(self):
        make_review(make_book("Night Bus"), self.ada)

        self.write()

        self.assertEqual(Review.objects.count(), 2)

    def test_five_thousand_characters_fit_and_the_end_of_a_line_counts_as_one(self):
        text = "x" * 2499 + "\r\n" + "y" * 2500

        self.assertEqual(self.write(text=text).status_code, 302)

        self.assertEqual(len(Review.objects.get().text), 5000)

    def test_what_is_not_a_review_is_refused_beside_its_field(self):
        for data, sentence in [
            ({"rating": "0"}, "Please choose from one to five stars."),
            ({"rating": "6"}, "Please choose from one to five stars."),
            ({"rating": "x"}, "Please choose from one to five stars."),
            ({"rating": ""}, "Please choose from one to five stars."),
            ({"text": ""}, "Please write a few words."),
            ({"text": " \r\n "}, "Please write a few words."),
            ({"text": "x" * 5001}, "at most 5000 characters (it has 5001)"),
        ]:
            with self.subTest(sentence, **data):
                response = self.write(**data)

                self.assertContains(response, sentence, status_code=422)
                self.assertContains(response, '<details class="own-review" open>', status_code=422)
                self.assertContains(response, 'class="invalid-feedback"', status_code=422)
                self.assertFalse(Review.objects.exists())

    def test_a_refused_review_keeps_what_was_typed(self):
        response = self.write(rating="6", text="All <of> it.")

        self.assertContains(response, "All &lt;of&gt; it.</textarea>", status_code=422)

    def test_from_a_refused_review_the_pages_of_reviews_are_those_of_the_book(self):
        for number in range(11):
            make_review(self.book, make_reader(f"reader{number}"))

        response = self.write(text="")

        self.assertContains(response, f'href="{self.book.get_absolute_url()}?page=2"', status_code=422)

    def test_it_is_shown_as_text(self):
        self.write(text="<script>alert(1)</script>")

        self.assertContains(self.look(), "&lt;script&gt;alert(1)&lt;/script&gt;")
        self.assertNotContains(self.look(), "<script>alert(1)")

    def test_nothing_else_can_be_posted_along(self):
        bob = make_reader("bob")

        self.write(author=bob.pk, book=make_book("Night Bus").pk)

        self.assertEqual(Review.objects.values_list("author", "book").get(), (self.ada.pk, self.book.pk))


class DeletingTests(ReviewTestCase):
    def test_an_owner_deletes_a_review(self):
        self.write()

        response = self.delete()

        self.assertRedirects(response, f"{self.book.get_absolute_url()}#main", fetch_redirect_response=False)
        self.assertFalse(Review.objects.exists())
        page = self.look()
        self.assertContains(page, "Your review is deleted.")
        self.assertContains(page, "Write a review")

    def test_a_review_of_another_book_stays(self):
        other = make_review(make_book("Night Bus"), self.ada)
        self.write()

        self.delete()

        self.assertEqual(Review.objects.get(), other)

    def test_deleting_twice_is_as_good_as_once(self):
        self.assertEqual(self.delete().status_code, 302)


class RefusalTests(ReviewTestCase):
    def setUp(self):
        super().setUp()
        self.review = make_review(self.book, self.ada, rating=5, text="As it was.")
        self.stranger = Client()
        self.stranger.force_login(make_reader("eve"))

    def assert_untouched(self):
        self.assertEqual(
            Review.objects.values("pk", "author", "rating", "text").get(),
            {"pk": self.review.pk, "author": self.ada.pk, "rating": 5, "text": "As it was."},
        )

    def test_a_stranger_has_no_form_and_is_refused(self):
        self.assertNotContains(self.look(self.stranger), "own-review")

        for response in (self.write(self.stranger), self.delete(self.stranger)):
            self.assertContains(response, "<main", status_code=403)
        self.assert_untouched()

    def test_a_visitor_has_no_form_and_is_sent_to_log_in(self):
        self.assertNotContains(self.look(Client()), "own-review")

        for response in (self.write(Client()), self.delete(Client())):
            self.assertEqual(response.status_code, 302)
            self.assertTrue(response.url.startswith(reverse("account_login")))
        self.assert_untouched()

    def test_another_reader_of_the_book_writes_beside_it_and_cannot_delete_it(self):
        bob = Client()
        bob.force_login(make_reader("bob", all_books=True))

        self.assertNotContains(self.look(bob), "As it was.</textarea>")
        self.write(bob, text="Mine.")
        self.assertEqual(self.book.reviews.count(), 2)
        self.delete(bob)

        self.assert_untouched()

    def test_a_get_is_not_allowed(self):
        for name in ("book_review", "book_review_delete"):
            with self.subTest(name):
                self.assertEqual(self.client.get(reverse(name, args=[self.book.pk])).status_code, 405)
        self.assert_untouched()

    def test_a_post_from_another_site_is_refused(self):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.ada)

        for response in (self.write(strict, text="Forged."), self.delete(strict)):
            self.assertEqual(response.status_code, 403)
        self.assert_untouched()

    def test_an_unknown_book_is_not_found(self):
        self.book.pk = "00000000-0000-4000-8000-000000000000"

        for response in (self.write(), self.delete()):
            self.assertContains(response, "<main", status_code=404)
        self.assert_untouched()


class LeavingTests(ReviewTestCase):
    def test_the_export_holds_one_s_own_reviews(self):
        make_review(self.book, self.ada, rating=5, text="Mine.")
        make_review(self.book, make_reader("bob"), text="Bob’s.")

        [review] = export(self.ada)["reviews"]

        del review["created_at"]
        self.assertEqual(
            review,
            {
                "book__title": "The Ferry at Low Water",
                "rating": 5,
                "text": "Mine.",
                "hidden_reason": "",
                "reply": "",
            },
        )

    def test_reviews_of_an_erased_account_stay_without_a_name(self):
        make_review(self.book, self.ada, text="Mine.")
        make_review(self.book, make_reader("bob"), text="Bob’s.")

        erase(self.ada)

        page = self.look(Client())
        self.assertContains(page, "Mine.")
        self.assertContains(page, "<strong>A reader</strong>")
        self.assertContains(page, "<strong>Bob</strong>")
        self.assertNotContains(page, "<strong>Ada</strong>")
