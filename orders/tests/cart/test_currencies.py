"""Carts and wish lists in a second currency, with what is sold in it and what is not."""

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import PriceList
from orders.models import Order, OrderStatus

from .cases import CartTestCase


class CurrencyTests(CartTestCase):
    """The ferry costs €8 and the tram €10; the pier is not sold in euros."""

    def setUp(self):
        super().setUp()
        self.euros = PriceList.objects.create(currency="eur", rate=None)
        self.euros.prices.create(book=self.ferry, amount=800)
        self.euros.prices.create(book=self.tram, amount=1000)
        self.client.cookies["currency"] = "eur"

    def test_what_is_all_sold_in_it_costs_the_sum_of_its_prices_and_is_charged_so(self):
        self.add(self.ferry, self.tram)

        self.assertContains(self.look(), "Buy all for €18.00")
        self.assertNotContains(self.look(), "is sold in EUR")
        page = self.client.get(reverse("orders"), {"cart": ""})
        self.pay(item=page.context["offer"].signed())

        order = Order.objects.get(status=OrderStatus.PAID)
        [charge] = self.succeeded_charges()
        self.assertEqual((order.amount, order.currency), (1800, "eur"))
        self.assertEqual((charge["amount"], charge["currency"]), (1800, "eur"))

    def test_one_thing_that_is_not_sold_in_it_puts_all_of_it_into_the_shop_s_own_and_says_so(self):
        self.add(self.ferry, self.pier)
        said = "Not everything in your cart is sold in EUR, so you pay in USD."

        for page in (self.look(), self.client.get(reverse("orders"), {"cart": ""})):
            self.assertContains(page, said)
            self.assertContains(page, "$16.00")
            self.assertNotContains(page, "€")

    def test_a_single_thing_that_is_not_says_so_too(self):
        self.add(self.pier)

        self.assertContains(self.look(), "The Pier is not sold in EUR.")

    def test_what_is_removed_brings_the_currency_back(self):
        self.add(self.ferry, self.pier)

        self.remove(self.pier)

        self.assertContains(self.look(), "Buy for €8.00")

    def test_another_currency_is_a_matter_of_the_next_look(self):
        self.add(self.ferry, self.tram)
        self.client.cookies["currency"] = "usd"

        self.assertContains(self.look(), "Buy all for $21.00")

    def test_a_page_from_before_the_change_charges_what_it_showed(self):
        self.add(self.ferry, self.tram)
        shown = self.client.get(reverse("orders"), {"cart": ""}).context["offer"].signed()
        self.client.cookies["currency"] = "usd"

        self.pay(item=shown)

        self.assertEqual(
            [(each["amount"], each["currency"]) for each in self.succeeded_charges()], [(1800, "eur")]
        )

    def test_a_product_that_leaves_the_currency_in_between_is_not_charged_at_all(self):
        self.add(self.ferry, self.tram)
        shown = self.client.get(reverse("orders"), {"cart": ""}).context["offer"].signed()
        self.euros.prices.filter(book=self.tram).delete()

        self.pay(item=shown)

        self.assert_nothing_bought()

    def test_wishes_have_the_prices_of_the_currency_and_say_what_is_not_sold_in_it(self):
        for product in (self.ferry, self.pier):
            self.client.post(
                reverse("wish_add"), {"product": product.reference}, headers={"origin": "http://testserver"}
            )

        page = self.client.get(reverse("wish_list"))

        self.assertContains(page, "€8.00")
        self.assertContains(page, "$7.00")
        self.assertContains(page, "not sold in EUR", count=1)

    def test_five_price_lists_cost_no_more_queries_than_one(self):
        pages = [
            reverse("cart"),
            f"{reverse('orders')}?cart",
            reverse("wish_list"),
            f"{reverse('orders')}?book={self.ferry.pk}",
        ]
        self.add(self.ferry, self.tram)
        self.client.post(
            reverse("wish_add"), {"product": self.pier.reference}, headers={"origin": "http://testserver"}
        )

        def counted():
            counts = []
            for address in pages:
                self.client.get(address)
                with CaptureQueriesContext(connection) as queries:
                    self.client.get(address)
                counts.append(len(queries))
            return counts

        with_one = counted()
        for currency in ("gbp", "jpy", "huf", "kwd"):
            PriceList.objects.create(currency=currency, rate=2)

        self.assertEqual(counted(), with_one)
