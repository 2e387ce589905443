"""Taking a copy by its link: once, by whoever is first, and never by somebody who has no use for it."""

from django.core.cache import cache
from django.test import Client, TestCase
from django.urls import reverse

from books import access
from books.models import Book, Bundle, Grant
from books.tests.builders import make_book, make_bundle
from orders.claiming import claim, delete_guests_who_bought_nothing
from orders.models import Gift, Order, OrderStatus, Seat
from orders.payments import order_state
from orders.reconciliation.differences import find_shop_differences
from orders.reconciliation.shop_side import read_cases
from orders.tests.giving.cases import class_link_of, link_of, make_copies, reads, taken
from users.models import CustomUser
from users.tests.builders import make_guest, make_reader


def differences():
    return [each.kind for case in read_cases(Order.objects.all()) for each in find_shop_differences(case)]


class RedeemingCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = make_book("The Ferry", chapters=2, sample_chapters=1)
        cls.ada, cls.tom = make_reader("ada@example.com"), make_reader("tom@example.com")

    def setUp(self):
        cache.clear()

    def log_in(self, user):
        self.client.force_login(user, backend="users.authentication.backends.EmailBackend")

    def assert_nothing_taken(self):
        self.assertFalse(Seat.objects.filter(redeemer__isnull=False).exists())
        self.assertFalse(Grant.objects.exists())


class TakingTests(RedeemingCase):
    def test_the_link_shows_what_and_from_whom_and_changes_nothing(self):
        order = make_copies(self.ada, self.book)
        Gift.objects.update(message="<script>alert(1)</script> For the train.")

        page = self.client.get(link_of(order))

        self.assertContains(page, "The Ferry")
        self.assertContains(page, "For Tom, from Ada")
        self.assertContains(page, "&lt;script&gt;alert(1)&lt;/script&gt; For the train.")
        self.assertContains(page, '<meta name="robots" content="noindex, nofollow">', html=True)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertEqual(page.headers["Referrer-Policy"], "same-origin")
        self.assert_nothing_taken()

    def test_a_reader_takes_it_into_their_account(self):
        order = make_copies(self.ada, self.book)
        self.log_in(self.tom)

        response = self.client.post(link_of(order))

        self.assertRedirects(
            response, reverse("book_read_start", args=[self.book.pk]), fetch_redirect_response=False
        )
        self.assertTrue(reads(self.tom, self.book))
        self.assertFalse(reads(self.ada, self.book))
        self.assertEqual(differences(), [])

    def test_a_visitor_takes_it_as_a_guest_of_this_browser(self):
        order = make_copies(self.ada, self.book)
        self.client.get(link_of(order))

        self.client.post(link_of(order))

        guest = CustomUser.objects.get(is_guest=True)
        self.assertTrue(reads(guest, self.book))
        self.assertEqual(self.client.get(f"/books/{self.book.pk}/read/2/").status_code, 200)
        self.assertContains(self.client.get(reverse("library")), "Keep them on every device")
        self.assertContains(self.client.get(reverse("keep_books")), "Sign up")

    def test_whoever_has_taken_it_is_led_to_it_by_its_link(self):
        order = make_copies(self.ada, self.book)
        self.log_in(self.tom)
        self.client.post(link_of(order))

        for answer in (self.client.get(link_of(order)), self.client.post(link_of(order))):
            self.assertEqual(answer.url, reverse("book_read_start", args=[self.book.pk]))
        self.assertEqual(taken(order), [1])

    def test_a_link_works_once(self):
        order = make_copies(self.ada, self.book)
        self.log_in(self.tom)
        self.client.post(link_of(order))

        bob = Client()
        page = bob.get(link_of(order))
        answer = bob.post(link_of(order))

        self.assertContains(page, "Somebody has this copy already")
        self.assertContains(answer, "Somebody has this copy already")
        self.assertEqual(Grant.objects.count(), 1)
        self.assertFalse(CustomUser.objects.filter(is_guest=True).exists())

    def test_who_owns_it_already_is_told_and_it_stays_free(self):
        access.give(self.tom, self.book, by=self.ada, note="")
        order = make_copies(self.ada, self.book)
        self.log_in(self.tom)

        for answer in (self.client.get(link_of(order)), self.client.post(link_of(order))):
            self.assertContains(answer, "You already own")
        self.assertEqual(taken(order), [])

    def test_the_giver_of_a_gift_does_not_read_it(self):
        order = make_copies(self.ada, self.book)
        self.log_in(self.ada)

        for answer in (self.client.get(link_of(order)), self.client.post(link_of(order))):
            self.assertContains(answer, "This is the gift you’re giving")
        self.assert_nothing_taken()

    def test_a_bundle_and_all_books_can_be_given(self):
        bundle = make_bundle("Two", self.book, make_book("The Tram"))
        for product in (bundle, Bundle.objects.get(everything=True)):
            reader = make_reader(f"{product.slug}@example.com")
            order = make_copies(self.ada, product)
            self.log_in(reader)

            self.assertRedirects(self.client.post(link_of(order)), reverse("library"))

            self.assertTrue(reads(reader, self.book))
        self.assertFalse(reads(self.ada, self.book))
        self.assertEqual(differences(), [])

    def test_a_link_is_read_in_capitals_too(self):
        order = make_copies(self.ada, self.book)
        *_, token, _ = link_of(order).split("/")

        self.assertContains(self.client.get(reverse("gift_open", args=[token.upper()])), "For Tom")

    def test_a_made_up_link_is_a_kind_page(self):
        order = make_copies(self.ada, self.book)
        token = link_of(order).split("/")[-2]
        for wrong in (
            "x",
            "c-1-0-",
            token[:-1] + "!",
            token.replace("-0-", "-1-"),
            "g" + token[1:],
            "c-²-0-a",
        ):
            for answer in (self.client.get(f"/gifts/{wrong}/"), self.client.post(f"/gifts/{wrong}/")):
                self.assertContains(answer, "This link doesn’t work", status_code=404)
        self.assert_nothing_taken()

    def test_a_guest_who_has_only_been_given_a_book_is_not_tidied_away(self):
        order = make_copies(self.ada, self.book)
        self.client.get(link_of(order))
        self.client.post(link_of(order))
        CustomUser.objects.filter(is_guest=True).update(
            date_joined="2020-01-01T00:00Z", last_login="2020-01-01T00:00Z"
        )

        self.assertEqual(delete_guests_who_bought_nothing(), 0)
        self.assertEqual(taken(order), [1])

    def test_opening_is_noted_by_the_browser_once_and_not_by_looking(self):
        order = make_copies(self.ada, self.book)
        self.client.get(link_of(order))
        self.assertIsNone(Gift.objects.get().opened_at)

        self.assertEqual(self.client.post(link_of(order), {"opened": "1"}).status_code, 204)

        opened_at = Gift.objects.get().opened_at
        self.client.post(link_of(order), {"opened": "1"})
        self.assertIsNotNone(opened_at)
        self.assertEqual(Gift.objects.get().opened_at, opened_at)
        self.assert_nothing_taken()


class NotPaidTests(RedeemingCase):
    def test_an_order_that_is_not_paid_or_was_refunded_gives_nothing(self):
        for status in (OrderStatus.PENDING, OrderStatus.REFUNDED):
            order = make_copies(self.ada, self.book, status=status)
            self.log_in(self.tom)
            for answer in (self.client.get(link_of(order)), self.client.post(link_of(order))):
                self.assertContains(answer, "no longer available")
        self.assert_nothing_taken()

    def test_a_dispute_suspends_everybody_and_a_won_one_restores(self):
        order = make_copies(self.ada, self.book, 3)
        readers = [make_reader(f"reader{number}@example.com") for number in range(2)]
        for number, reader in enumerate(readers):
            self.log_in(reader)
            self.client.post(link_of(order, number + 1))

        order.move_to(OrderStatus.DISPUTED)
        order_state.restore_access(order)

        self.assertEqual([reads(each, self.book) for each in readers], [False, False])
        self.log_in(self.tom)
        self.assertContains(self.client.post(link_of(order, 3)), "isn’t available right now")
        self.assertEqual(differences(), [])

        order.move_to(OrderStatus.PAID)
        order_state.restore_access(order)

        self.assertEqual([reads(each, self.book) for each in readers], [True, True])
        self.assertEqual(taken(order), [1, 2])
        self.assertEqual(differences(), [])


class ClassLinkTests(RedeemingCase):
    def test_the_link_for_everybody_gives_each_one_copy_until_all_are_taken(self):
        order = make_copies(self.ada, self.book, 2)
        link = class_link_of(order)
        for number in range(2):
            browser = Client()
            browser.get(link)
            browser.post(link, {"name": f"Reader {number}"})
            browser.post(link, {"name": "Again"})

        late = Client()
        self.assertContains(late.get(link), "All copies are taken")
        self.assertContains(late.post(link), "All copies are taken")
        self.assertEqual(list(Seat.objects.values_list("name", flat=True)), ["Reader 0", "Reader 1"])
        self.assertEqual(CustomUser.objects.filter(is_guest=True).count(), 2)
        self.assertEqual(differences(), [])

    def test_without_a_name_there_is_none(self):
        order = make_copies(self.ada, self.book, 2)
        self.log_in(self.tom)

        self.client.post(class_link_of(order), {"name": "\u200b"})

        self.assertEqual(Seat.objects.get(redeemer=self.tom).name, "")

    def test_the_buyer_may_take_one_of_several(self):
        order = make_copies(self.ada, self.book, 2)
        self.log_in(self.ada)

        self.client.post(class_link_of(order))

        self.assertTrue(reads(self.ada, self.book))

    def test_nobody_gets_a_second_copy_by_another_link(self):
        order = make_copies(self.ada, self.book, 2)
        self.log_in(self.tom)
        self.client.post(link_of(order, 1))

        self.assertContains(self.client.post(link_of(order, 2)), "You already own")
        self.assertEqual(taken(order), [1])


class MovingTests(RedeemingCase):
    def test_what_a_guest_took_becomes_an_account_s(self):
        guest = make_guest()
        order = make_copies(self.ada, self.book)
        Seat.objects.update(redeemer=guest, redeemed_at="2026-01-01T00:00Z")
        order_state.restore_access(order)
        self.assertTrue(reads(guest, self.book))

        claim(guest, self.tom)

        self.assertTrue(reads(self.tom, self.book))
        self.assertEqual(Seat.objects.get().redeemer, self.tom)
        self.assertEqual(differences(), [])
        self.assertEqual(Book.objects.count(), 1)
