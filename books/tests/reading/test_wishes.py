"""The wish list: what gets onto it, what leaves it, and that it follows its reader."""

from unittest.mock import patch

from allauth.account.models import EmailAddress
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from books import access
from books.models import Book, Bundle, Wish
from books.reading.moving import move
from books.tests.builders import make_book, make_books, make_bundle, make_reader
from users.personal_data.erasure import erase
from users.personal_data.export import export

FROM_HERE = {"Origin": "http://testserver"}
# The session and the person, the list, its products, what is owned, covers, prices and the sales that run.
QUERIES = 8


class WishTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada = make_reader("ada")
        EmailAddress.objects.create(user=cls.ada, email=cls.ada.email, verified=True, primary=True)
        cls.ferry = make_book("The Ferry", price=900)
        cls.tram = make_book("The Tram", price=1200)
        cls.pair = make_bundle("Two Journeys", cls.ferry, cls.tram, price=1800)

    def keep(self, product, client=None, headers=FROM_HERE):
        fields = {"product": product.reference}
        return (client or self.client).post(reverse("wish_add"), fields, headers=headers)

    def remove(self, product):
        return self.client.post(reverse("wish_remove"), {"product": product.reference})

    def look(self, client=None):
        return (client or self.client).get(reverse("wish_list"))

    def titles(self, client=None):
        return [product.title for product, _ in self.look(client).context["things"]]

    def kept(self):
        """Return what is in Ada's rows."""
        return list(Wish.objects.filter(reader=self.ada).values_list("item", flat=True))


class WishesTests(WishTestCase):
    def test_what_a_visitor_keeps_is_listed_with_its_price_latest_first(self):
        self.assertRedirects(self.keep(self.ferry), self.ferry.get_absolute_url())
        self.keep(self.pair)

        page = self.look()

        self.assertEqual(self.titles(), ["Two Journeys", "The Ferry"])
        self.assertContains(page, "$9.00")
        self.assertContains(page, "$18.00")
        self.assertContains(page, "Your list is kept in this browser.")
        self.assertEqual(Wish.objects.count(), 0)

    def test_the_page_of_a_book_says_so_to_whoever_keeps_it_and_to_nobody_else(self):
        self.keep(self.ferry)

        mine, others = (
            self.client.get(self.ferry.get_absolute_url()),
            Client().get(self.ferry.get_absolute_url()),
        )

        self.assertContains(mine, "On your wish list")
        self.assertNotContains(mine, "Keep for later")
        self.assertContains(others, "Keep for later")
        self.assertNotContains(others, "On your wish list")

    def test_so_does_the_page_of_a_bundle(self):
        self.assertContains(self.client.get(self.pair.get_absolute_url()), "Keep for later")

        self.keep(self.pair)

        self.assertContains(self.client.get(self.pair.get_absolute_url()), "On your wish list")

    def test_all_books_can_be_kept_too(self):
        self.assertRedirects(self.keep(Bundle.objects.get(everything=True)), "/books/bundles/all-books/")

        self.assertEqual(self.titles(), ["All Books"])

    def test_twice_is_once(self):
        self.client.force_login(self.ada)
        self.keep(self.ferry)
        self.keep(self.ferry)

        self.assertEqual(self.kept(), [self.ferry.reference])

    def test_what_is_removed_is_gone_and_the_rest_stays(self):
        for login in (False, True):
            with self.subTest(login=login):
                if login:
                    self.client.force_login(self.ada)
                self.keep(self.ferry)
                self.keep(self.tram)

                self.assertRedirects(self.remove(self.ferry), reverse("wish_list"))

                self.assertEqual(self.titles(), ["The Tram"])
                self.assertContains(self.client.get(self.ferry.get_absolute_url()), "Keep for later")

    def test_an_empty_list_leads_to_the_books_and_begins_no_session(self):
        page = self.look()

        self.assertContains(page, "Nothing here yet.")
        self.assertEqual(dict(page.cookies), {})

    def test_what_is_bought_leaves_the_list(self):
        self.client.force_login(self.ada)
        self.keep(self.ferry)
        self.keep(self.tram)
        access.give(self.ada, self.ferry, by=self.ada, note="A gift.")

        self.assertEqual(self.titles(), ["The Tram"])

        self.assertEqual(self.kept(), [self.tram.reference])
        self.assertNotContains(self.client.get(self.ferry.get_absolute_url()), "wish list")

    def test_what_is_deleted_leaves_it_and_what_is_unpublished_comes_back(self):
        self.client.force_login(self.ada)
        self.keep(self.ferry)
        self.keep(self.tram)
        self.tram.unpublish()
        self.pair.delete()
        Book.objects.get(pk=self.ferry.pk).delete()

        self.assertEqual(self.titles(), [])
        self.assertEqual(self.kept(), [self.tram.reference])

        self.tram.publish()
        self.assertEqual(self.titles(), ["The Tram"])

    def test_what_is_not_sold_separately_can_be_kept_and_is_not_offered(self):
        unpriced = make_book("Only Together", price=None)
        self.keep(unpriced)

        page = self.look()

        self.assertContains(page, "Not sold separately")
        self.assertNotContains(page, "Add to cart")

    def test_a_list_holds_fifty_things(self):
        self.client.force_login(self.ada)
        with patch("books.reading.wishes.MOST", 2):
            for book in (self.ferry, self.tram):
                self.keep(book)
            page = self.client.get(self.keep(self.pair).url)

        self.assertContains(page, "Your wish list holds 2 things. Remove one to keep another.")
        self.assertEqual(self.kept(), [self.ferry.reference, self.tram.reference])

    def test_a_form_that_names_nothing_or_nothing_that_everybody_sees_is_refused(self):
        self.tram.unpublish()
        for product, status in {
            "": 400, "x" * 101: 400, "nonsense": 404, "book:1": 404, "bundle:": 404, self.tram.reference: 404,
        }.items():  # fmt: skip
            with self.subTest(product):
                answer = self.client.post(reverse("wish_add"), {"product": product}, headers=FROM_HERE)

                self.assertEqual(answer.status_code, status)
        self.assertEqual(self.titles(), [])

    def test_a_form_on_another_site_keeps_nothing(self):
        self.assertEqual(self.keep(self.ferry, headers={"Origin": "https://evil.example"}).status_code, 403)
        self.assertEqual(self.keep(self.ferry, headers={}).status_code, 403)

        self.assertEqual(self.titles(), [])

    def test_looking_does_not_keep_anything(self):
        self.assertEqual(
            self.client.get(reverse("wish_add"), {"product": self.ferry.reference}).status_code, 405
        )

    @override_settings(ACCOUNT_RATE_LIMITS={"wish": "2/m/ip"})
    def test_nobody_can_begin_sessions_without_end(self):
        answers = [self.keep(self.ferry, client=Client()).status_code for _ in range(3)]

        self.assertEqual(answers, [302, 302, 429])

    def test_many_wishes_take_as_many_queries_as_two(self):
        self.client.force_login(self.ada)
        for book in make_books(2):
            self.keep(book)
        self.look()
        with self.assertNumQueries(QUERIES):
            self.look()
        for book in make_books(25)[2:]:
            self.keep(book)

        with self.assertNumQueries(QUERIES):
            self.look()


class FollowingTests(WishTestCase):
    def log_in(self):
        self.client.post(reverse("account_login"), {"login": self.ada.email, "password": "testpass123"})

    def test_a_visitors_wishes_are_theirs_after_the_log_in(self):
        self.keep(self.ferry)
        Wish.objects.create(reader=self.ada, item=self.tram.reference)

        self.log_in()

        self.assertEqual(self.titles(), ["The Ferry", "The Tram"])
        self.assertEqual(self.kept(), [self.tram.reference, self.ferry.reference])

    def test_they_are_joined_by_the_next_wish_too(self):
        self.keep(self.ferry)
        self.log_in()

        self.keep(self.tram)

        self.assertEqual(self.kept(), [self.ferry.reference, self.tram.reference])

    def test_a_list_that_is_full_takes_no_more_at_the_log_in(self):
        self.keep(self.ferry)
        Wish.objects.create(reader=self.ada, item=self.tram.reference)
        self.log_in()

        with patch("books.reading.wishes.MOST", 1):
            self.assertEqual(self.titles(), ["The Tram"])

    def test_what_is_removed_on_another_device_does_not_come_back(self):
        self.client.force_login(self.ada)
        self.keep(self.ferry)
        other = Client()
        other.force_login(self.ada)
        other.post(reverse("wish_remove"), {"product": self.ferry.reference})

        self.assertEqual(self.titles(), [])

    def test_after_the_log_out_the_browser_keeps_nothing(self):
        self.client.force_login(self.ada)
        self.keep(self.ferry)

        self.client.post(reverse("account_logout"))

        self.assertEqual(self.titles(), [])
        self.assertEqual(self.kept(), [self.ferry.reference])

    def test_what_two_people_keep_is_moved_once(self):
        bob = make_reader("bob")
        for reader, product in [(self.ada, self.ferry), (bob, self.ferry), (bob, self.tram)]:
            Wish.objects.create(reader=reader, item=product.reference)

        move(bob, self.ada)

        self.assertEqual(self.kept(), [self.ferry.reference, self.tram.reference])
        self.assertEqual(Wish.objects.filter(reader=bob).count(), 0)

    def test_they_are_exported_and_erased_with_the_account(self):
        Wish.objects.create(reader=self.ada, item=self.ferry.reference)

        self.assertEqual([each["item"] for each in export(self.ada)["wishes"]], [self.ferry.reference])
        erase(self.ada)
        self.assertEqual(self.kept(), [])
