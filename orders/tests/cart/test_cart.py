"""The cart: what gets into it, what stays out, and that it follows its reader."""

from allauth.account.models import EmailAddress
from django.test import Client, override_settings
from django.urls import reverse

from books import access
from books.models import Book
from books.tests.builders import make_books, make_bundle, make_reader
from orders.models import CartItem, Order, OrderStatus
from orders.tests.builders import make_order
from orders.tests.cart.cases import FROM_HERE, CartTestCase
from users.personal_data.erasure import erase
from users.personal_data.export import export


class ContentsTests(CartTestCase):
    def test_what_is_added_is_listed_with_its_price_and_the_total(self):
        self.assertRedirects(self.add(self.ferry), reverse("cart"))
        self.add(self.pier)

        page = self.look()

        self.assertEqual([part.title for part, _ in page.context["things"]], ["The Ferry", "The Pier"])
        self.assertContains(page, "Buy all for $16.00")
        self.assertContains(page, f'href="{reverse("orders")}?cart"')

    def test_a_single_thing_is_bought_at_its_own_price(self):
        self.add(self.ferry)

        self.assertContains(self.look(), "Buy for $9.00")

    def test_the_same_thing_twice_is_in_it_once(self):
        self.add(self.ferry)
        self.add(self.ferry, self.ferry)

        self.assertEqual(self.kept(), [self.ferry.reference])

    def test_what_is_removed_is_gone_and_the_rest_stays(self):
        self.add(self.ferry, self.tram)

        self.assertRedirects(self.remove(self.ferry), reverse("cart"))

        self.assertEqual(self.titles(), ["The Tram"])

    def test_an_empty_cart_leads_to_the_books_and_sells_nothing(self):
        self.assertContains(self.look(), "Your cart is empty.")
        self.assertRedirects(self.client.get(f"{reverse('orders')}?cart"), reverse("cart"))

    def test_a_book_that_a_bundle_in_the_cart_has_is_not_added(self):
        self.add(self.pair)

        page = self.client.get(self.add(self.ferry).url)

        self.assertContains(page, "The Ferry is part of Two Journeys, so you don’t pay for it twice.")
        self.assertEqual(self.kept(), [self.pair.reference])

    def test_a_bundle_takes_the_place_of_its_books(self):
        self.add(self.ferry, self.pier)

        page = self.client.get(self.add(self.pair).url)

        self.assertContains(page, "Two Journeys is in your cart.")
        self.assertContains(page, "The Ferry is part of Two Journeys")
        self.assertEqual(self.kept(), [self.pier.reference, self.pair.reference])

    def test_all_books_takes_the_place_of_everything(self):
        self.add(self.pair, self.pier)

        self.add(self.all_books)

        self.assertEqual(self.kept(), [self.all_books.reference])
        self.add(self.ferry)
        self.assertEqual(self.kept(), [self.all_books.reference])

    def test_of_two_bundles_with_a_book_in_common_the_earlier_stays(self):
        other = make_bundle("By Rail", self.tram, self.pier)
        self.add(self.pair)

        page = self.client.get(self.add(other).url)

        self.assertContains(page, "By Rail and Two Journeys share a book. Buy one first")
        self.assertEqual(self.kept(), [self.pair.reference])

    def test_bundles_that_share_nothing_are_bought_together(self):
        other = make_bundle("Alone", self.pier, price=600)

        self.add(self.pair, other)

        self.assertEqual(self.titles(), ["Two Journeys", "Alone"])

    def test_a_cart_holds_twenty_things(self):
        books = make_books(21)

        page = self.client.get(self.add(*books).url)

        self.assertEqual(len(page.context["things"]), 20)
        self.assertContains(page, "A cart holds 20 things.")

    def test_what_costs_nothing_more_is_not_bought_in_a_cart(self):
        make_order(self.ada, product=self.ferry, status=OrderStatus.PAID)
        make_order(self.ada, product=self.tram, status=OrderStatus.PAID)
        self.pair.books.add(self.pier)

        page = self.client.get(self.add(self.pair).url)

        self.assertContains(page, "Two Journeys costs you nothing more.")
        self.assertEqual(self.kept(), [])

    def test_what_was_withdrawn_or_bought_in_between_falls_out_and_is_named(self):
        self.add(self.ferry, self.tram, self.pier)
        Book.objects.filter(pk=self.tram.pk).update(is_published=False)
        access.give(self.ada, self.ferry, by=self.ada, note="A gift.")

        page = self.look()

        self.assertContains(page, "The Tram is no longer for sale.")
        self.assertContains(page, "You already own The Ferry, so it isn’t in your cart.")
        self.assertEqual(self.kept(), [self.pier.reference])
        self.assertNotContains(self.look(), "no longer for sale")

    def test_what_was_paid_and_suspended_is_not_sold_again(self):
        make_order(self.ada, product=self.ferry, status=OrderStatus.PAID)
        access.suspend(self.ada.grants.all(), by=None)

        page = self.client.get(self.add(self.ferry).url)

        self.assertContains(page, "You’ve already bought The Ferry: see your orders.")
        self.assertEqual(self.kept(), [])

    def test_a_product_that_is_deleted_falls_out(self):
        self.add(self.pier)
        self.pier.delete()

        self.assertContains(self.look(), "Something in your cart is no longer for sale.")
        self.assertEqual(self.kept(), [])

    def test_a_form_that_names_nothing_we_sell_is_refused(self):
        for product in ("", "nonsense", "book:1", "bundle:", "bundle:\0", "cart"):
            with self.subTest(product):
                answer = self.client.post(reverse("cart_add"), {"product": product}, headers=FROM_HERE)
                self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.client.post(reverse("cart_remove")).status_code, 400)
        self.assertEqual(CartItem.objects.count(), 0)

    def test_a_form_of_another_site_changes_nothing(self):
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(self.ada)
        for headers in (
            {},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        ):
            with self.subTest(headers):
                self.assertEqual(self.add(self.ferry, client=careful, headers=headers).status_code, 403)
        self.assertEqual(self.kept(), [])

        for headers in ({"Origin": "http://testserver"}, {"Sec-Fetch-Site": "same-origin"}):
            with self.subTest(headers):
                self.assertEqual(self.add(self.ferry, client=careful, headers=headers).status_code, 302)

    def test_twenty_things_cost_as_many_queries_as_two(self):
        books = make_books(20)
        self.add(*books[:2])
        self.look()
        with self.assertNumQueries(12):
            self.look()
        self.add(*books[2:])
        with self.assertNumQueries(12):
            self.look()


class VisitorTests(CartTestCase):
    def setUp(self):
        super().setUp()
        EmailAddress.objects.create(user=self.ada, email=self.ada.email, verified=True, primary=True)
        self.browser = Client()

    def log_in(self):
        self.browser.post(reverse("account_login"), {"login": self.ada.email, "password": "testpass123"})

    def test_a_visitor_has_a_cart_without_an_account(self):
        self.add(self.ferry, self.tram, client=self.browser)

        self.assertEqual(self.titles(self.browser), ["The Ferry", "The Tram"])
        self.assertEqual(CartItem.objects.count(), 0)

    def test_looking_alone_begins_no_session(self):
        self.look(self.browser)

        self.assertNotIn("sessionid", self.browser.cookies)

    def test_it_survives_logging_in_and_joins_what_was_there(self):
        self.add(self.pier, self.tram)
        self.add(self.ferry, self.tram, client=self.browser)

        self.log_in()

        self.assertEqual(self.titles(self.browser), ["The Pier", "The Tram", "The Ferry"])
        self.assertEqual(self.kept(), [each.reference for each in (self.pier, self.tram, self.ferry)])
        # What is removed then does not come back from the session.
        self.remove(self.ferry)
        self.assertEqual(self.titles(self.browser), ["The Pier", "The Tram"])

    def test_what_the_reader_turns_out_to_own_falls_out(self):
        access.give(self.ada, self.ferry, by=self.ada, note="A gift.")
        self.add(self.ferry, self.pier, client=self.browser)

        self.log_in()

        self.assertContains(self.look(self.browser), "You already own The Ferry")
        self.assertEqual(self.kept(), [self.pier.reference])

    def test_what_two_devices_add_is_in_the_cart_on_both(self):
        self.log_in()
        self.add(self.ferry)

        self.add(self.tram, client=self.browser)

        self.assertEqual(self.titles(), ["The Ferry", "The Tram"])

    def test_another_reader_sees_nothing_of_it(self):
        self.add(self.ferry)
        bob = Client()
        bob.force_login(make_reader("bob"))

        self.assertEqual(self.titles(bob), [])

    def test_the_header_counts_what_is_in_it_without_a_query(self):
        page = reverse("about")
        for client in (self.client, self.browser):
            client.get(page)
            self.add(self.ferry, self.tram, client=client)
            self.assertContains(client.get(page), "Cart (2)")
        with self.assertNumQueries(3):
            self.client.get(page)
        self.remove(self.tram)
        self.assertContains(self.client.get(page), "Cart (1)")

    def test_erasing_the_account_empties_it(self):
        self.add(self.ferry)
        self.assertEqual(len(export(self.ada)["cart items"]), 1)

        erase(self.ada)

        self.assertEqual(CartItem.objects.count(), 0)


class LimitTests(CartTestCase):
    @override_settings(ACCOUNT_RATE_LIMITS={"cart": "2/m/ip"})
    def test_a_flood_from_one_connection_is_stopped(self):
        answers = [self.add(book).status_code for book in (self.ferry, self.tram, self.pier)]

        self.assertEqual(answers, [302, 302, 429])
        self.assertEqual(len(self.kept()), 2)


class OnThePagesTests(CartTestCase):
    def test_every_page_that_sells_has_a_quiet_button_for_the_cart(self):
        for page in (
            reverse("book_list"),
            self.ferry.get_absolute_url(),
            self.pair.get_absolute_url(),
            self.all_books.get_absolute_url(),
        ):
            for client in (self.client, Client()):
                with self.subTest(page):
                    self.assertContains(client.get(page), "Add to cart")

    def test_what_one_owns_has_none(self):
        access.give(self.ada, self.ferry, by=self.ada, note="A gift.")
        page = self.client.get(self.ferry.get_absolute_url())

        self.assertNotContains(page, f'value="{self.ferry.reference}"')
        self.assertContains(page, f'value="{self.tram.reference}"')

    def test_a_refunded_cart_is_gathered_again(self):
        order = make_order(self.ada, product=self.ferry, status=OrderStatus.PAID, item="cart")
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.REFUNDED)
        order.lines.update(is_open=False, item=self.ferry.reference)
        self.ada.grants.all().delete()

        page = self.client.get(order.get_absolute_url())

        self.assertContains(page, "Put everything in your cart again")
        self.assertContains(page, f'name="product" value="{self.ferry.reference}"')
