"""Every way to buy, by somebody without an account or a script: both checkouts, one charge, access."""

from datetime import timedelta

from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from books.models import Bundle
from books.tests.builders import make_book, make_bundle
from orders.models import Order, OrderStatus, Seat
from orders.reconciliation.differences import find_shop_differences
from orders.reconciliation.shop_side import read_cases
from orders.tests.builders import make_code
from orders.tests.cart.cases import FROM_HERE
from orders.tests.cases import TillTestCase

# What is bought, and what it costs in cents.
WAYS = {
    "a book": 900,
    "a bundle": 1500,
    "all books": 3900,
    "a cart": 2100,
    "with a code": 675,
    "with a code for all of it": 0,
    "free": 0,
    "for what one wants": 1250,
    "for nothing, as one wants": 0,
    "ahead of its day": 500,
    "as a gift": 900,
    "in 25 copies": 22500,
}
FOR_OTHERS = {"as a gift", "in 25 copies"}


class EveryWayTests(TillTestCase):
    def setUp(self):
        super().setUp()
        self.ferry, self.tram = make_book("The Ferry", price=900), make_book("The Tram", price=1200)
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram)
        self.tides = make_book("Tides", price=900, minimum_price=0)
        opens_at = timezone.now() + timedelta(days=10)
        self.bus = make_book("Night Bus", price=500, opens_at=opens_at, epub="epubs/bus.epub")
        self.leaflet = make_book("Leaflet", price=0)
        make_code("SPRING"), make_code("REVIEW", percent=100)
        self.product_of = {
            "a bundle": self.pair,
            "all books": Bundle.objects.get(everything=True),
            "free": self.leaflet,
            "for what one wants": self.tides,
            "for nothing, as one wants": self.tides,
            "ahead of its day": self.bus,
        }

    def come_to_the_till(self, browser, way):
        """Return the purchase page to which somebody comes this way."""
        product = self.product_of.get(way, self.ferry)
        named = {} if product.everything else {product.kind: getattr(product, "slug", product.pk)}
        if way in FOR_OTHERS:
            typed = {"kind": "gift", "giver": "Carol", "recipient": "Tom"}
            typed |= {"kind": "seats", "copies": 25} if way == "in 25 copies" else {}
            return browser.post(reverse("give", query=named), typed, follow=True)
        if way == "a cart":
            products = [self.ferry.reference, self.tram.reference]
            browser.post(reverse("cart_add"), {"product": products}, headers=FROM_HERE)
            return browser.get("/orders/?cart")
        code = {"with a code": "spring", "with a code for all of it": "review"}.get(way)
        amount = {"for what one wants": "12.50", "for nothing, as one wants": "0"}.get(way)
        asked = {name: value for name, value in (("code", code), ("amount", amount)) if value}
        return browser.get(reverse("orders"), named | asked, follow=True)

    def buy(self, way, checkout, address):
        """Have somebody without an account buy this way; return their browser and their order."""
        browser = Client()
        page = self.come_to_the_till(browser, way)
        form = {"item": page.context["offer"].signed(), "email": address}
        if checkout == "token" and WAYS[way]:
            browser.post(reverse("charge"), form | {"stripeToken": "tok_visa"})
            return browser, Order.objects.get(email=address)
        browser.post(reverse("checkout_session"), form)
        for session in self.stripe.ledger("checkout_sessions")["checkout_sessions"]:
            self.stripe.pay_session(session["id"])
            browser.get(reverse("checkout_return"), {"session_id": session["id"]})
        return browser, Order.objects.get(email=address)

    def assert_bought(self, way, browser, order):
        self.assertEqual((order.status, order.amount), (OrderStatus.PAID, WAYS[way]))
        charged = [charge["amount"] for charge in self.succeeded_charges()]
        self.assertEqual(charged, [WAYS[way]] if WAYS[way] else [])
        self.assertContains(browser.get(order.get_absolute_url()), "Thank you for your order!")
        self.assertEqual([letter.to for letter in mail.outbox], [[order.email]])
        seats = Seat.objects.filter(line__order=order).count()
        self.assertEqual(seats, {"as a gift": 1, "in 25 copies": 25}.get(way, 0))
        product = self.product_of.get(way, self.ferry)
        book = product if product.kind == "book" else self.ferry
        read = browser.get(reverse("book_read", args=[book.pk, 2])).status_code
        self.assertEqual(read, 403 if way in FOR_OTHERS | {"ahead of its day"} else 200)
        [case] = read_cases(Order.objects.filter(pk=order.pk))
        self.assertEqual(list(find_shop_differences(case)), [])

    def assert_every_way(self, checkout):
        for number, way in enumerate(WAYS):
            with self.subTest(way):
                self.stripe.reset()
                mail.outbox.clear()
                self.assert_bought(way, *self.buy(way, checkout, f"carol{number}@example.com"))

    def test_by_token_each_is_one_charge_of_the_sum_shown_one_letter_and_what_was_bought(self):
        self.assert_every_way("token")

    def test_so_it_is_on_stripe_s_page(self):
        self.assert_every_way("session")
