"""Whatever the currency: the total of the lines is the charge, and that is what is booked on the books."""

from collections import Counter
from itertools import chain

from django.db import transaction
from django.db.models import Sum
from django.test import TestCase, override_settings
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from books.models import PriceList, Prices
from books.money import CURRENCIES, LARGEST_CHARGE, minor_digits, smallest_charge, smallest_step
from books.tests.builders import make_book, make_bundle, make_reader
from orders import pricing
from orders.checkout import Purchase, claims
from orders.models import Allocation, AttemptApi, Order, OrderStatus
from orders.payments.sync import settle
from orders.stripe_gateway.types import Payment

ENDINGS = ["", "00", "99"]
FURTHER = sorted(CURRENCIES - {"usd"})
# By how Stripe counts: whole yen, cents, thousandths that end in 0, hundredths that are always 00.
KINDS = [
    [each for each in FURTHER if minor_digits(each) == 0],
    [each for each in FURTHER if minor_digits(each) == 2 and smallest_step(each) == 1],
    [each for each in FURTHER if minor_digits(each) == 3],
    [each for each in FURTHER if minor_digits(each) == 2 and smallest_step(each) == 100],
]


@override_settings(RATE_LIMITS=False)
class EveryCurrencyTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.books = [
            make_book(f"Book {number}", price=price) for number, price in enumerate((900, 1250, 333))
        ]
        cls.bundle = make_bundle("Both", make_book("Fourth", price=777), make_book("Fifth"), price=1299)

    def test_the_kinds_are_all_there_are(self):
        self.assertEqual(sorted(chain(*KINDS)), FURTHER)
        self.assertTrue(all(KINDS))

    def test_lines_charge_and_allocations_are_one_sum(self):
        paid_in = Counter()
        for kind in KINDS:
            self.tell_stories(kind, paid_in)

        self.assertEqual({minor_digits(each) for each in paid_in if each != "usd"}, {0, 2, 3})
        self.assertTrue(any(smallest_step(each) == 100 for each in paid_in))

    def tell_stories(self, kind, paid_in):
        @settings(
            max_examples=8,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(
            st.sampled_from(kind), st.decimals("0.05", 500, places=4), st.sampled_from(ENDINGS), st.booleans()
        )
        def story(currency, rate, ending, rounds_up):
            start = transaction.savepoint_create()
            try:
                paid_in[self.buy(currency, rate, ending, rounds_up)] += 1
            finally:
                transaction.savepoint_rollback(start)

        story()

    def buy(self, currency, rate, ending, rounds_up):
        """Buy a cart; return the currency of its order."""
        rounding = "up" if rounds_up else "nearest"
        PriceList.objects.create(currency=currency, rate=rate, ending=ending, rounding=rounding)
        ada = make_reader("ada")
        prices = Prices.in_currency(currency)
        wanted = [each.reference for each in (*self.books, self.bundle)]
        offer = pricing.price_cart(wanted, ada, prices).offer

        attempt = claims.claim(ada, Purchase(offer.terms), api=AttemptApi.PAYMENT_INTENTS)
        order = attempt.order
        payment = Payment(
            "succeeded", order.amount, order.currency, order.livemode, str(order.pk), "1", "ch_1", "pi_1", ""
        )
        settle(order, payment.id, answer=payment)

        order = Order.objects.get(pk=order.pk)
        self.assertEqual((order.status, order.currency), (OrderStatus.PAID, offer.currency))
        lines = [line.amount for line in order.lines.all()]
        booked = Allocation.objects.filter(line__order=order).aggregate(sum=Sum("amount"))["sum"]
        self.assertEqual({sum(lines), order.amount, booked}, {offer.amount})
        for amount in lines:
            self.assertEqual(amount % smallest_step(order.currency), 0)
            self.assertTrue(smallest_charge(order.currency) <= amount <= LARGEST_CHARGE)
        return order.currency
