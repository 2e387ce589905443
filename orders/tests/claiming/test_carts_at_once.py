"""Claims of carts at the same moment as other claims and purchases: each book is paid for once in the end."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase, override_settings
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from books import access
from books.models import Grant
from books.tests.builders import make_book, make_bundle
from orders import pricing
from orders.claiming import claim
from orders.models import Order, OrderLine, OrderStatus, Refund, RefundStatus
from orders.payments.sync import settle
from orders.reconciliation import examine
from users.guests.moving import NotMoved
from users.models import CustomUser
from users.tests.builders import log_in_as, make_guest, make_reader

ADDRESS = "carol@example.com"
BACKEND = "users.authentication.backends.EmailBackend"


@pytest.mark.postgresql
@override_settings(RATE_LIMITS=False)
class AtOnceTests(TransactionTestCase):
    serialized_rollback = True  # with what migrations brought: All Books

    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def setUp(self):
        self.account, self.guest, self.other = make_reader(ADDRESS), make_guest("a"), make_guest("b")
        self.ferry, self.tram, self.pier = (
            make_book(title, price=900) for title in ("Ferry", "Tram", "Pier")
        )
        self.browsers = {guest: log_in_as(guest) for guest in (self.guest, self.other)}
        self.browsers[self.account] = Client()
        self.browsers[self.account].force_login(self.account, backend=BACKEND)

    def signed(self, person, *products):
        return pricing.price_cart([product.reference for product in products], person).offer.signed()

    def post(self, person, item):
        token = self.stripe.make_token("4242424242424242")
        fields = {"stripeToken": token, "item": item, "email": ADDRESS}
        return self.browsers[person].post("/orders/charge/", fields).status_code

    def buy(self, person, *products):
        self.assertEqual(self.post(person, self.signed(person, *products)), 302)

    def at_once(self, *acts):
        """Call these at the same moment; return what they return, or NotMoved."""
        start = Barrier(len(acts))

        def run(act):
            start.wait()
            try:
                return act()
            except NotMoved as refused:
                return refused
            finally:
                connection.close()

        with ThreadPoolExecutor(len(acts)) as pool:
            return list(pool.map(run, acts))

    def assert_each_paid_once(self, owner, *books):
        for refund in Refund.objects.filter(status=RefundStatus.REQUESTED):
            settle(refund.order, refund.stripe_charge_id)  # as the worker does
        opened = OrderLine.objects.filter(reader=owner, is_open=True).values_list("item", flat=True)
        self.assertEqual(sorted(opened), sorted(book.reference for book in books))
        kept = [charge["amount"] - charge["amount_refunded"] for charge in self.stripe.charges]
        self.assertEqual(sum(kept), 900 * len(books))
        reader = CustomUser.objects.get(pk=owner.pk)
        self.assertTrue(all(access.may_read(reader, book) for book in books))
        self.assertEqual([each.kind for each in examine().differences], [])

    def test_two_guests_whose_carts_share_a_book_are_claimed(self):
        self.buy(self.account, self.ferry)
        self.buy(self.guest, self.ferry, self.tram)
        self.buy(self.other, self.tram, self.pier)

        answers = self.at_once(*[lambda guest=guest: claim(guest, self.account) for guest in self.guests()])

        self.assertNotIn(NotMoved, map(type, answers))
        self.assert_each_paid_once(self.account, self.ferry, self.tram, self.pier)

    def guests(self):
        return [self.guest, self.other]

    def test_one_guest_is_claimed_ten_times(self):
        self.buy(self.account, self.ferry, self.pier)
        self.buy(self.guest, self.tram, self.ferry)

        answers = self.at_once(*[lambda: claim(self.guest, self.account)] * 10)

        self.assertNotIn(NotMoved, map(type, answers))
        self.assertEqual(Refund.objects.count(), 1)
        self.assert_each_paid_once(self.account, self.ferry, self.tram, self.pier)

    def test_one_guest_whose_book_the_account_has_in_a_bundle_is_claimed_ten_times(self):
        pair = make_bundle("Pair", self.ferry, self.tram, price=1500)
        self.buy(self.guest, self.ferry)
        self.buy(self.account, pair)

        answers = self.at_once(*[lambda: claim(self.guest, self.account)] * 10)

        self.assertNotIn(NotMoved, map(type, answers))
        self.assertEqual(Refund.objects.get().amount, 900)
        kept = [charge["amount"] - charge["amount_refunded"] for charge in self.stripe.charges]
        self.assertEqual(kept, [0, 1500])
        self.assertEqual([each.kind for each in examine().differences], [])

    def test_whatever_a_guest_and_the_account_buy_at_once_while_the_link_is_opened(self):
        """In two to four tabs of both browsers, with carts that share books; the link is opened twice."""
        books = [self.ferry, self.tram, self.pier]
        tab = st.tuples(st.booleans(), st.sets(st.integers(0, 2), min_size=1, max_size=3))

        @given(st.lists(tab, min_size=2, max_size=4))
        @settings(max_examples=6, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
        def story(tabs):
            self.stripe.reset()
            Grant.objects.all().delete()
            Order.objects.all().delete()
            guest = make_guest(f"g{CustomUser.objects.count()}")
            self.browsers[guest] = log_in_as(guest)
            people = [(guest if is_guest else self.account, numbers) for is_guest, numbers in tabs]
            forms = [(who, self.signed(who, *[books[each] for each in sorted(cart)])) for who, cart in people]

            self.at_once(
                *[partial(self.post, who, item) for who, item in forms],
                *[partial(claim, guest, self.account)] * 2,
            )

            opened = OrderLine.objects.filter(is_open=True, order__status=OrderStatus.PAID)
            bought = opened.values_list("item", flat=True)
            self.assertEqual(Order.objects.filter(user=guest).count(), 0)
            self.assert_each_paid_once(self.account, *[book for book in books if book.reference in bought])

        story()

    def test_one_guest_is_claimed_by_two_accounts(self):
        dan = make_reader("dan@example.com")
        self.buy(self.account, self.ferry)
        self.buy(self.guest, self.ferry, self.tram)

        answers = self.at_once(lambda: claim(self.guest, self.account), lambda: claim(self.guest, dan))

        self.assertEqual([type(each) for each in answers].count(NotMoved), 1)
        cart = Order.objects.get(item="cart")
        self.assertEqual({line.reader for line in cart.lines.all()}, {cart.user})
        self.assertIn(cart.user, (self.account, dan))
        if cart.user == self.account:
            self.assert_each_paid_once(self.account, self.ferry, self.tram)

    def test_a_cart_is_claimed_while_the_account_buys_one_of_its_books_and_another(self):
        self.buy(self.guest, self.ferry, self.tram)
        items = [self.signed(self.account, self.tram, self.pier), self.signed(self.account, self.ferry)]

        self.at_once(
            lambda: claim(self.guest, self.account),
            *[lambda item=item: self.post(self.account, item) for item in items],
        )

        opened = OrderLine.objects.filter(reader=self.account, is_open=True)
        has_pier = opened.filter(item=self.pier.reference, order__status=OrderStatus.PAID).exists()
        self.assert_each_paid_once(self.account, self.ferry, self.tram, *([self.pier] if has_pier else []))

    def test_a_guest_s_cart_is_paid_while_it_is_claimed(self):
        self.buy(self.account, self.ferry)
        item = self.signed(self.guest, self.ferry, self.tram)

        self.at_once(lambda: claim(self.guest, self.account), lambda: self.post(self.guest, item))

        has_tram = Order.objects.filter(item="cart", status=OrderStatus.PAID).exists()
        self.assert_each_paid_once(self.account, self.ferry, *([self.tram] if has_tram else []))
