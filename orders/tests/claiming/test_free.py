"""A guest and an account both have what one of them got for free: it is theirs once, with all else."""

from django.urls import reverse

from books.tests.builders import make_book
from orders.models import Order, OrderStatus
from orders.payments.sync import settle
from orders.tests.builders import make_code
from orders.tests.claiming.test_carts import ADDRESS, TwoBuyersTestCase


class FreeTests(TwoBuyersTestCase):
    def setUp(self):
        super().setUp()
        self.code = make_code(products=[self.tram], percent=100)

    def take(self, person, *products):
        """Get these products, the tram for free by the code."""
        browser = self.browsers[person]
        query = {"cart": ""} if len(products) > 1 else {"book": products[0].pk}
        fields = {"product": [product.reference for product in products]}
        if len(products) > 1:
            browser.post(reverse("cart_add"), fields, headers={"Origin": "http://testserver"})
        offer = browser.get(reverse("orders"), query | {"code": "SPRING"}).context["offer"]
        sent = {"item": offer.signed(), "email": ADDRESS}
        if offer.amount:
            browser.post(reverse("charge"), sent | {"stripeToken": "tok_visa"})
        else:
            browser.post(reverse("checkout_session"), sent)
        return person.orders.first()

    def test_a_free_book_that_both_have_moves_once(self):
        free = make_book("Tides", price=0)
        first, second = self.take(self.account, free), self.take(self.guest, free)

        self.claim()

        self.assert_state(first, OrderStatus.PAID, open_lines=[free])
        self.assert_state(second, OrderStatus.REFUNDED)
        self.assertEqual(self.opens(free), [True])
        self.assert_all_moved()

    def test_of_two_free_things_in_one_order_only_the_second_copy_ends(self):
        self.code.books.add(self.pier)
        first = self.take(self.account, self.tram)
        both = self.take(self.guest, self.tram, self.pier)
        self.assertEqual(both.amount, 0)

        self.claim()

        self.assert_state(first, OrderStatus.PAID, open_lines=[self.tram])
        self.assert_state(both, OrderStatus.PAID, open_lines=[self.pier])
        self.assertEqual(self.opens(self.tram, self.pier), [True, True])
        self.assert_all_moved()

    def test_a_free_line_of_a_paid_cart_ends_and_the_paid_one_stays_whatever_stripe_says_later(self):
        single = self.buy(self.account, self.tram)
        cart = self.take(self.guest, self.tram, self.ferry)
        self.assertEqual(cart.amount, 900)

        self.claim()
        cart = Order.objects.get(pk=cart.pk)
        settle(cart, cart.stripe_charge_id)

        self.assertEqual(self.kept(), [1200, 900])
        self.assert_state(single, OrderStatus.PAID, open_lines=[self.tram])
        self.assert_state(cart, OrderStatus.PAID, open_lines=[self.ferry])
        self.assertEqual(self.opens(self.tram, self.ferry), [True, True])
        self.assert_all_moved()
