"""Buying in a sale: what is shown is charged, and a sale that ends in between charges nothing."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from books.models import ALL_BOOKS, PriceList, Sale, find_product
from books.money import smallest_charge
from books.tests.builders import make_book, make_bundle, make_reader
from orders import checkout, pricing
from orders.checkout.claims import claim
from orders.checkout.errors import PriceChanged
from orders.models import Allocation, Attempt, AttemptApi, Order, OrderLine, OrderStatus
from orders.pricing import offer_of
from orders.tests.cart.cases import FROM_HERE
from orders.tests.cases import TillTestCase

LONG_AGO = timedelta(days=400)
HOUR = timedelta(hours=1)


def make_sale(*products, **fields):
    """Save a sale that has run for an hour, at half the price unless told otherwise."""
    now = timezone.now()
    terms = {"begins": now - HOUR, "ends": now + HOUR} | ({} if "amount" in fields else {"percent": 50})
    sale = Sale.objects.create(name="Today", **terms | fields)
    sale.books.set([each for each in products if each.kind == "book"])
    sale.bundles.set([each for each in products if each.kind == "bundle"])
    return sale


def end(sale):
    """Let the sale have ended a moment ago."""
    Sale.objects.filter(pk=sale.pk).update(ends=timezone.now())


class SaleTestCase(TillTestCase):
    def setUp(self):
        super().setUp()
        self.ferry = make_book("The Ferry", first_published_at=timezone.now() - LONG_AGO)
        self.sale = make_sale(self.ferry)

    def look(self, product=None):
        return self.client.get(reverse("orders"), {"book": (product or self.ferry).pk})

    def charged(self):
        return [each["amount"] for each in self.succeeded_charges()]


class BoughtTests(SaleTestCase):
    def test_the_price_that_is_shown_is_charged_and_the_order_remembers_what_it_was(self):
        page = self.look()
        self.assertContains(page, "Lowest price of the 30 days before: <del>$9.00</del>")
        self.assertContains(page, 'data-amount="450"')

        self.pay(item=page.context["offer"].signed())

        line = OrderLine.objects.get()
        self.assertEqual(self.charged(), [450])
        self.assertEqual((line.amount, line.was, line.reduced_by, line.list_amount), (450, 900, 450, 900))
        self.assertEqual(Allocation.objects.get().amount, 450)
        receipt = self.client.get(line.order.get_absolute_url())
        self.assertContains(receipt, "Lowest price of the 30 days before the sale: <del>$9.00</del>")

    def test_what_is_not_on_sale_costs_what_it_always_did(self):
        tram = make_book("The Tram")
        page = self.look(tram)

        self.pay(item=page.context["offer"].signed())

        line = OrderLine.objects.get()
        self.assertEqual((self.charged(), line.was, line.reduced_by), ([900], None, 0))
        self.assertNotContains(self.client.get(line.order.get_absolute_url()), "Lowest price")

    def test_a_reduction_that_may_not_be_announced_is_none_on_the_receipt(self):
        new = make_book("New")
        make_sale(new, begins=new.first_published_at - HOUR)

        self.pay(item=self.look(new).context["offer"].signed())

        line = OrderLine.objects.get()
        self.assertEqual((line.amount, line.was, line.reduced_by), (450, None, 450))

    def test_a_sale_that_has_ended_charges_nothing_and_shows_the_regular_price(self):
        item = self.look().context["offer"].signed()
        end(self.sale)

        response = self.client.post(reverse("charge"), {"stripeToken": "tok_visa", "item": item}, follow=True)

        self.assertContains(response, "Buy for $9.00")
        self.assertNotContains(response, "$4.50")
        self.assert_nothing_bought()
        self.assertEqual((Order.objects.count(), Attempt.objects.count()), (0, 0))

    def test_so_does_one_that_has_begun(self):
        Sale.objects.update(begins=timezone.now() + HOUR, ends=timezone.now() + 2 * HOUR)
        item = self.look().context["offer"].signed()
        Sale.objects.update(begins=timezone.now() - HOUR)

        self.pay(item=item)

        self.assert_nothing_bought()
        self.assertContains(self.look(), "Buy for $4.50")

    def test_a_session_from_the_sale_may_be_paid_at_the_price_that_it_shows(self):
        item = self.look().context["offer"].signed()
        order, session = checkout.open_session(
            self.ada, checkout.Purchase(pricing.SignedOffer.read(item)), embedded=False
        )
        end(self.sale)

        self.stripe.pay_session(session.id)
        self.client.get(reverse("checkout_return"), {"session_id": session.id})

        order.refresh_from_db()
        self.assertEqual((order.status, order.amount, self.charged()), (OrderStatus.PAID, 450, [450]))

    def test_the_order_of_a_sale_is_not_paid_after_it(self):
        self.pay("tok_chargeDeclined", item=self.look().context["offer"].signed())
        order = Order.objects.get()
        self.assertEqual(order.amount, 450)
        end(self.sale)

        self.pay(item=self.look().context["offer"].signed())

        order.refresh_from_db()
        self.assertEqual((order.status, self.charged()), (OrderStatus.EXPIRED, [900]))


class CreditTests(SaleTestCase):
    def setUp(self):
        super().setUp()
        self.tram = make_book("The Tram", price=1200)
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram, price=1500)

    def buy(self):
        self.pay(item=self.look().context["offer"].signed())

    def test_what_was_paid_in_a_sale_makes_the_set_cheaper_by_that_and_no_more(self):
        self.buy()
        end(self.sale)

        offer = offer_of(self.pair, self.ada)

        self.assertEqual((offer.amount, offer.credit), (1050, 450))

    def test_so_it_does_in_another_currency_by_the_share_of_the_regular_price(self):
        PriceList.objects.create(currency="eur", rate=Decimal(1), ending="")
        self.buy()

        self.assertEqual(Allocation.objects.get().list_price, 900)
        self.assertEqual(offer_of(self.pair, self.ada, "eur").credit, 450)
        end(self.sale)
        self.assertEqual(offer_of(self.pair, self.ada, "eur").credit, 450)

    def test_a_set_on_sale_costs_the_sale_s_price_less_what_was_paid(self):
        self.buy()
        make_sale(self.pair)

        offer = offer_of(self.pair, self.ada)

        self.assertEqual((offer.amount, offer.credit, offer.reduction.off), (300, 450, 750))


class AcrossMomentsTests(TestCase):
    """The price shown, the order's, and the rules agree at any moment at which somebody looks, and pays."""

    @settings(
        max_examples=25,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        price=st.integers(50, 20_000),
        sales=st.lists(
            st.tuples(
                st.integers(0, 8),
                st.integers(1, 8),
                st.integers(1, 99),
                st.one_of(st.none(), st.integers(1, 20_000)),
                st.booleans(),
            ),
            max_size=3,
        ),
        currency=st.sampled_from(["usd", "eur", "jpy", "kwd"]),
        looks_at=st.integers(0, 10),
        pays_after=st.integers(0, 10),
    )
    def test_nothing_is_claimed_at_another_price_than_the_one_shown(
        self, price, sales, currency, looks_at, pays_after
    ):
        beginning = timezone.now()
        book = make_book(price=price, first_published_at=beginning - LONG_AGO)
        for code, rate in (("eur", "0.92"), ("jpy", "150"), ("kwd", "0.307")):
            PriceList.objects.create(currency=code, rate=Decimal(rate))
        for begins, length, percent, amount, is_of_everything in sales:
            terms = {"percent": percent} if amount is None or is_of_everything else {"amount": amount}
            times = {"begins": beginning + begins * HOUR, "ends": beginning + (begins + length) * HOUR}
            sale = Sale.objects.create(name="Sale", everything=is_of_everything, **times, **terms)
            sale.books.set([] if is_of_everything else [book])
        ada = make_reader("ada")
        book = find_product(book.reference)

        def offered(hours):
            clock.return_value = beginning + hours * HOUR
            return offer_of(book, ada, currency)

        with patch("django.utils.timezone.now") as clock:
            shown = offered(looks_at)
            now = offered(looks_at + pays_after)
            try:
                attempt = claim(ada, checkout.Purchase(shown.terms), api=AttemptApi.PAYMENT_INTENTS)
            except PriceChanged:
                self.assertNotEqual(shown.terms, now.terms)
                self.assertEqual((Order.objects.count(), Attempt.objects.count()), (0, 0))
                return

        order = Order.objects.get()
        line = order.lines.get()
        self.assertEqual(attempt.order, order)
        self.assertEqual(shown.terms, now.terms)
        self.assertEqual((order.amount, order.currency), (shown.amount, shown.currency))
        self.assertEqual(line.amount, order.amount)
        self.assertEqual(line.reduced_by, now.reduction.off if now.reduction else 0)
        self.assertGreaterEqual(order.amount, smallest_charge(order.currency))
        if line.was is not None:
            self.assertLess(line.amount, line.was)


class CartTests(SaleTestCase):
    def test_each_thing_in_a_cart_has_its_own_price(self):
        tram = make_book("The Tram", price=1200)
        for book in (self.ferry, tram):
            self.client.post(reverse("cart_add"), {"product": book.reference}, headers=FROM_HERE)

        page = self.client.get(reverse("orders"), {"cart": ""})
        self.assertContains(page, "Buy for $16.50")
        self.pay(item=page.context["offer"].signed())

        lines = OrderLine.objects.order_by("amount")
        self.assertEqual([(line.amount, line.was) for line in lines], [(450, 900), (1200, None)])
        self.assertEqual(self.charged(), [1650])


class AllBooksTests(SaleTestCase):
    def test_all_books_can_be_on_sale(self):
        end(self.sale)
        make_sale(everything=True)

        self.pay()

        self.assertEqual(self.charged(), [1950])
        self.assert_owns(self.ada, True)
        self.assertEqual(find_product(ALL_BOOKS).price, 3900)
