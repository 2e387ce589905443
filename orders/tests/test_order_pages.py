"""The purchase page and a reader's own orders."""

from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books import access
from books.models import Bundle
from books.tests.builders import make_reader
from orders.models import OrderStatus
from orders.tests.builders import make_order


class PurchasePageTests(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")
        self.client.force_login(self.ada)

    def test_the_button_says_the_price_of_the_database(self):
        Bundle.objects.filter(everything=True).update(price=4250)

        page = self.client.get(reverse("orders"))

        self.assertContains(page, 'data-amount="4250"')
        self.assertContains(page, 'data-label="Buy for $42.50"')
        self.assertContains(page, 'data-key="pk_test_sandbox"')
        self.assertContains(page, 'class="stripe-button"')

    def test_stripe_is_allowed_here_and_nowhere_else(self):
        here = self.client.get(reverse("orders")).headers["Content-Security-Policy"]
        elsewhere = self.client.get(reverse("book_list")).headers["Content-Security-Policy"]

        self.assertIn("script-src 'self' https://checkout.stripe.com", here)
        self.assertIn("frame-src 'self' https://checkout.stripe.com", here)
        self.assertNotIn("stripe", elsewhere)
        self.assertNotIn("unsafe-inline", here + elsewhere)

    def test_a_visitor_is_sent_to_log_in_and_back(self):
        response = Client().get(reverse("orders"))

        self.assertRedirects(response, f"{reverse('account_login')}?next={reverse('orders')}")

    def test_an_owner_finds_nothing_payable(self):
        access.grant_by_staff(self.ada)

        response = self.client.get(reverse("orders"))

        self.assertRedirects(response, reverse("book_list"))

    def test_a_paid_or_disputed_order_is_shown_instead(self):
        for status in (OrderStatus.PAID, OrderStatus.DISPUTED):
            with self.subTest(status):
                self.ada.orders.all().delete()
                order = make_order(self.ada, status=status)
                self.ada.user_permissions.clear()

                response = self.client.get(reverse("orders"))

                self.assertRedirects(response, order.get_absolute_url())

    def test_a_refunded_order_does_not_stop_a_new_one(self):
        make_order(self.ada, status=OrderStatus.REFUNDED)

        self.assertContains(self.client.get(reverse("orders")), "stripe-button")

    def test_what_is_not_sold_is_a_404_page(self):
        for query in ("?book=nothing", "?bundle=nothing", "?book=%00"):
            with self.subTest(query):
                response = self.client.get(reverse("orders") + query)

                self.assertContains(response, "<main", status_code=404)

    def test_looking_at_it_opens_no_order(self):
        self.client.get(reverse("orders"))

        self.assertEqual(self.ada.orders.count(), 0)

    def test_it_is_stored_by_no_cache(self):
        self.assertEqual(self.client.get(reverse("orders")).headers["Cache-Control"], "private, no-store")


class OrderPageTests(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")
        self.client.force_login(self.ada)

    def test_each_state_has_its_heading(self):
        headings = {
            OrderStatus.PENDING: "Not paid yet",
            OrderStatus.PAID: "Thank you for your order!",
            OrderStatus.EXPIRED: "This order was given up",
            OrderStatus.REFUNDED: "This order was refunded",
            OrderStatus.DISPUTED: "This payment is disputed",
        }
        for status, heading in headings.items():
            with self.subTest(status):
                self.ada.orders.all().delete()
                order = make_order(self.ada, status=status)

                self.assertContains(self.client.get(order.get_absolute_url()), f"<h1>{heading}</h1>")

    def test_an_order_is_its_owners_alone(self):
        order = make_order(self.ada, status=OrderStatus.PAID)
        bob = Client()
        bob.force_login(make_reader("bob"))

        self.assertEqual(bob.get(order.get_absolute_url()).status_code, 404)
        self.assertNotContains(bob.get(reverse("order_list")), order.number)
        self.assertEqual(Client().get(order.get_absolute_url()).status_code, 302)

    def test_the_history_lists_my_orders_newest_first(self):
        old = make_order(self.ada, status=OrderStatus.REFUNDED)
        new = make_order(self.ada, status=OrderStatus.PAID)

        page = self.client.get(reverse("order_list"))

        self.assertEqual(list(page.context["page"]), [new, old])
        self.assertContains(page, "$39.00", count=2)

    def test_an_empty_history_says_what_to_do(self):
        page = self.client.get(reverse("order_list"))

        self.assertContains(page, "You have not ordered anything yet.")
        self.assertContains(page, reverse("book_list"))

    def test_twenty_five_orders_cost_as_many_queries_as_one(self):
        make_order(self.ada)
        with CaptureQueriesContext(connection) as one:
            self.client.get(reverse("order_list"))
        for _ in range(24):
            make_order(self.ada, status=OrderStatus.EXPIRED)

        with CaptureQueriesContext(connection) as many:
            self.client.get(reverse("order_list"))

        self.assertEqual(len(many), len(one))
