"""A guest and an account have bought or gathered the same things: each is paid for once in the end."""

from django.core import mail
from django.test import Client
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from books import access
from books.models import Bundle, Grant
from books.tests.builders import make_book, make_bundle
from orders import pricing
from orders.claiming import claim
from orders.models import CartItem, Order, OrderLine, OrderStatus, Refund, SetCredit
from orders.payments.sync import settle
from orders.reconciliation import examine
from orders.tests.cases import TillTestCase
from users.guests.moving import NotMoved
from users.models import CustomUser
from users.tests.builders import log_in_as, make_guest, make_reader

ADDRESS = "carol@example.com"


class TwoBuyersTestCase(TillTestCase):
    """Carol has an account, and another browser in which she is a guest."""

    def setUp(self):
        super().setUp()
        self.guest, self.account = make_guest(), make_reader(ADDRESS)
        self.browsers = {self.guest: log_in_as(self.guest), self.account: Client()}
        self.browsers[self.account].force_login(
            self.account, backend="users.authentication.backends.EmailBackend"
        )
        self.ferry = make_book("The Ferry", price=900)
        self.tram = make_book("The Tram", price=1200)
        self.pier = make_book("The Pier", price=700)
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram, price=1800)

    def buy(self, person, *products, token="tok_visa"):  # noqa: S107 (one of Stripe's test tokens)
        """Pay for these products in one order, and return it."""
        offer = pricing.price_cart([product.reference for product in products], person).offer
        item = (offer or pricing.find_offer(products[0].reference, person)).signed()
        sent = {"stripeToken": token, "item": item, "email": ADDRESS}
        self.browsers[person].post("/orders/charge/", sent)
        return person.orders.first()

    def try_to_buy(self, person, *products):
        """Leave an order for these products that is not paid, and return it."""
        return self.buy(person, *products, token="tok_chargeDeclined")

    def claim(self):
        with self.captureOnCommitCallbacks(execute=True):
            claim(self.guest, self.account)

    def kept(self):
        """Return what each charge has left at Stripe."""
        return [charge["amount"] - charge["amount_refunded"] for charge in self.succeeded_charges()]

    def opens(self, *books):
        return [self.reads(self.account, book) for book in books]

    def reads(self, person, book):
        return access.may_read(CustomUser.objects.get(pk=person.pk), book)

    def now(self, order):
        return Order.objects.get(pk=order.pk)

    def assert_state(self, order, status, *, refunded=0, open_lines=()):
        order = self.now(order)
        self.assertEqual((order.status, order.refunded_amount), (status, refunded))
        self.assertEqual(
            {line.item for line in order.lines.filter(is_open=True)}, {each.reference for each in open_lines}
        )

    def forget_everything(self):
        """Begin again with nobody having bought anything."""
        for person in (self.guest, self.account):
            person.user_permissions.clear()
        Grant.objects.all().delete()
        Order.objects.all().delete()
        CustomUser.objects.filter(pk=self.guest.pk).update(is_active=True, moved_to=None)
        self.browsers[self.guest] = log_in_as(self.guest)
        self.stripe.reset()

    def assert_all_moved(self):
        """Everything is the account's, each product is open once, and Stripe agrees."""
        self.assertEqual(Order.objects.filter(user=self.guest).count(), 0)
        self.assertEqual(OrderLine.objects.exclude(reader=self.account).count(), 0)
        self.assertEqual([each.kind for each in examine().differences], [])


class BothPaidTests(TwoBuyersTestCase):
    def test_of_a_guest_s_later_cart_what_the_account_had_is_refunded(self):
        single = self.buy(self.account, self.ferry)
        cart = self.buy(self.guest, self.ferry, self.pier)
        mail.outbox.clear()

        self.claim()

        self.assertEqual(self.kept(), [900, 700])
        self.assert_state(single, OrderStatus.PAID, open_lines=[self.ferry])
        self.assert_state(cart, OrderStatus.PAID, refunded=900, open_lines=[self.pier])
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        [letter] = [each for each in mail.outbox if each.subject.startswith("Your refund")]
        self.assertEqual(letter.to, [ADDRESS])
        self.assertIn("You paid twice for The Ferry,", letter.body)
        self.assert_all_moved()

    def test_an_account_s_later_purchase_of_what_was_in_a_guest_s_cart_is_refunded(self):
        cart = self.buy(self.guest, self.ferry, self.pier)
        single = self.buy(self.account, self.ferry)

        self.claim()

        self.assertEqual(self.kept(), [1600, 0])
        self.assert_state(cart, OrderStatus.PAID, open_lines=[self.ferry, self.pier])
        self.assert_state(single, OrderStatus.REFUNDED, refunded=900)
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assert_all_moved()

    def test_of_an_account_s_later_cart_what_the_guest_had_is_refunded(self):
        self.buy(self.guest, self.ferry)
        cart = self.buy(self.account, self.ferry, self.pier)

        self.claim()

        self.assertEqual(self.kept(), [900, 700])
        self.assert_state(cart, OrderStatus.PAID, refunded=900, open_lines=[self.pier])
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assert_all_moved()

    def test_a_guest_s_later_purchase_of_what_was_in_the_account_s_cart_is_refunded(self):
        self.buy(self.account, self.ferry, self.pier)
        single = self.buy(self.guest, self.ferry)

        self.claim()

        self.assertEqual(self.kept(), [1600, 0])
        self.assert_state(single, OrderStatus.REFUNDED, refunded=900)
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assert_all_moved()

    def test_two_carts_that_share_a_book_keep_the_rest(self):
        self.buy(self.guest, self.ferry, self.pier)
        later = self.buy(self.account, self.tram, self.ferry)

        self.claim()

        self.assertEqual(self.kept(), [1600, 1200])
        self.assert_state(later, OrderStatus.PAID, refunded=900, open_lines=[self.tram])
        self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True] * 3)
        self.assert_all_moved()

    def test_two_carts_that_share_nothing_keep_everything(self):
        self.buy(self.guest, self.ferry, self.pier)
        self.buy(self.account, self.tram)

        self.claim()

        self.assertEqual(self.kept(), [1600, 1200])
        self.assertEqual(Refund.objects.count(), 0)
        self.assert_all_moved()

    def test_of_the_same_cart_twice_the_later_is_refunded_as_a_whole_and_at_once(self):
        self.buy(self.account, self.ferry, self.pier)
        later = self.buy(self.guest, self.ferry, self.pier)

        self.claim()

        self.assertEqual(self.kept(), [1600, 0])
        self.assert_state(later, OrderStatus.REFUNDED, refunded=1600)
        self.assertEqual(Refund.objects.get().amount, 1600)
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assert_all_moved()

    def test_a_later_cart_of_which_each_book_was_bought_alone_is_refunded_as_a_whole(self):
        self.buy(self.guest, self.ferry)
        self.buy(self.guest, self.pier)
        self.buy(self.account, self.ferry, self.pier)

        self.claim()

        self.assertEqual(self.kept(), [900, 700, 0])
        self.assertEqual(Refund.objects.count(), 1)
        self.assert_all_moved()

    def test_what_is_left_of_a_cart_after_a_refund_of_a_part_of_its_price_is_the_most_that_goes_back(self):
        self.buy(self.account, self.ferry)
        later = self.buy(self.guest, self.ferry)
        self.stripe.refund(later.stripe_charge_id, amount=200)
        settle(later, later.stripe_charge_id)

        self.claim()

        self.assertEqual(self.kept(), [900, 0])
        self.assert_all_moved()

    def test_of_two_payments_the_one_that_has_made_a_set_cheaper_stays(self):
        self.buy(self.account, self.ferry)
        source = self.buy(self.guest, self.ferry, self.pier)
        cheaper = self.buy(self.guest, self.pair)
        self.assertEqual(cheaper.amount, 900)

        self.claim()

        self.assertEqual(self.kept(), [0, 1600, 900])
        self.assertEqual(SetCredit.objects.get().source.order, source)
        self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True] * 3)
        self.assert_all_moved()

    def test_if_both_have_what_the_refunded_one_made_cheaper_rests_on_the_line_that_stays(self):
        sea = make_bundle("Sea and Pier", self.ferry, self.pier, price=1500)
        stays = self.buy(self.account, self.ferry)
        self.buy(self.account, sea)
        self.buy(self.guest, self.ferry)
        self.buy(self.guest, self.pair)

        self.claim()

        self.assertEqual(self.kept(), [900, 600, 0, 900])
        self.assertEqual({each.source for each in SetCredit.objects.all()}, {stays.lines.get()})
        self.assert_all_moved()

    def test_whoever_has_read_stripe_before_the_claim_reads_it_again(self):
        self.buy(self.account, self.ferry)
        before = self.buy(self.guest, self.ferry, self.pier)

        self.claim()
        settle(before, before.stripe_charge_id)

        self.assertGreater(self.now(before).revision, before.revision)
        self.assertEqual(self.kept(), [900, 700])
        self.assert_all_moved()

    def test_while_stripe_is_away_the_refund_waits(self):
        self.buy(self.account, self.ferry)
        later = self.buy(self.guest, self.ferry, self.pier)
        self.stripe.go_wrong("POST /v1/refunds", "drop_before", times=9)

        self.claim()

        self.assertEqual(self.kept(), [900, 1600])
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.stripe.clear_faults()
        settle(self.now(later), later.stripe_charge_id)
        self.assertEqual(self.kept(), [900, 700])
        self.assert_all_moved()

    def test_while_a_bank_decides_about_a_line_that_both_have_nothing_moves(self):
        CartItem.objects.create(reader=self.guest, item=self.tram.reference)
        for disputed in (self.buy(self.account, self.ferry), self.buy(self.guest, self.pier, self.ferry)):
            self.stripe.dispute(disputed.stripe_charge_id)
            settle(disputed, disputed.stripe_charge_id)
            with self.subTest(disputed.item), self.assertRaisesMessage(NotMoved, "a bank is looking into it"):
                self.claim()

        self.assertEqual((self.guest.orders.count(), self.guest.cart_items.count()), (1, 1))
        self.assertEqual(Refund.objects.count(), 0)

    def test_a_dispute_about_something_else_is_in_nobody_s_way(self):
        disputed = self.buy(self.account, self.tram)
        self.buy(self.guest, self.pier, self.ferry)
        self.stripe.dispute(disputed.stripe_charge_id)
        settle(disputed, disputed.stripe_charge_id)

        self.claim()

        self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True, False, True])
        self.assert_all_moved()


class FreeTests(TwoBuyersTestCase):
    """A bundle costs nothing more once its price was paid for some of its books."""

    def setUp(self):
        super().setUp()
        self.buy(self.guest, self.ferry, self.tram)
        self.pair.books.add(self.pier)

    def test_of_a_payment_and_a_free_order_the_later_ends_with_what_made_it_free(self):
        paid = self.buy(self.account, self.pair)
        free = self.buy(self.guest, self.pair)
        self.assertEqual(free.amount, 0)

        self.claim()

        self.assertEqual(self.kept(), [0, 1800])
        self.assert_state(paid, OrderStatus.PAID, open_lines=[self.pair])
        self.assert_state(free, OrderStatus.REFUNDED)
        self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True] * 3)
        self.assert_all_moved()

    def test_if_the_payment_is_later_its_money_goes_back(self):
        free = self.buy(self.guest, self.pair)
        paid = self.buy(self.account, self.pair)

        self.claim()

        self.assertEqual(self.kept(), [2100, 0])
        self.assert_state(free, OrderStatus.PAID, open_lines=[self.pair])
        self.assert_state(paid, OrderStatus.REFUNDED, refunded=1800)
        self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True] * 3)
        self.assert_all_moved()


class UnpaidTests(TwoBuyersTestCase):
    def test_an_unpaid_cart_expires_as_a_whole_whoever_s_it_is(self):
        for payer, other in ((self.account, self.guest), (self.guest, self.account)):
            with self.subTest(other):
                paid = self.buy(payer, self.ferry, self.tram)
                unpaid = self.try_to_buy(other, self.ferry, self.pier)

                self.claim()

                self.assert_state(unpaid, OrderStatus.EXPIRED)
                self.assert_state(paid, OrderStatus.PAID, open_lines=[self.ferry, self.tram])
                self.assertEqual(Refund.objects.count(), 0)
                self.assert_all_moved()
            self.forget_everything()

    def test_money_that_arrives_for_it_later_pays_what_was_not_paid_for(self):
        self.buy(self.account, self.ferry)
        item = pricing.price_cart([self.ferry.reference, self.pier.reference], self.guest).offer.signed()
        self.browsers[self.guest].post("/orders/session/", {"item": item, "email": ADDRESS})
        [session] = self.stripe.ledger("checkout_sessions")["checkout_sessions"]
        cart = self.guest.orders.get()

        self.claim()
        self.stripe.pay_session(session["id"], number="4242424242424242")
        settle(cart, session["id"])

        self.assert_state(cart, OrderStatus.PAID, refunded=900, open_lines=[self.pier])
        self.assertEqual(self.kept(), [900, 700])
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assert_all_moved()

    def test_of_two_unpaid_carts_one_can_still_be_paid(self):
        self.try_to_buy(self.guest, self.ferry, self.pier)
        self.try_to_buy(self.account, self.tram, self.ferry)

        self.claim()

        statuses = sorted(Order.objects.values_list("status", flat=True))
        self.assertEqual(statuses, [OrderStatus.EXPIRED, OrderStatus.PENDING])
        self.buy(self.account, self.tram, self.ferry)
        self.assertEqual(self.kept(), [2100])
        self.assert_all_moved()

    def test_an_unpaid_cart_that_meets_two_orders_expires_once(self):
        self.buy(self.guest, self.ferry)
        self.try_to_buy(self.guest, self.pier)
        self.try_to_buy(self.account, self.pier, self.ferry)

        self.claim()

        self.assertEqual(self.kept(), [900])
        self.assertEqual(OrderLine.objects.filter(is_open=True, item=self.ferry.reference).count(), 1)
        self.assert_all_moved()


class GatheredTests(TwoBuyersTestCase):
    def test_what_both_have_gathered_is_in_the_account_s_cart_once(self):
        for reader, products in (
            (self.account, [self.ferry, self.tram]),
            (self.guest, [self.pier, self.ferry]),
        ):
            for product in products:
                CartItem.objects.create(reader=reader, item=product.reference)

        self.claim()

        items = list(self.account.cart_items.values_list("item", flat=True))
        self.assertEqual(items, [each.reference for each in (self.ferry, self.tram, self.pier)])
        self.assertEqual(self.guest.cart_items.count(), 0)

    def test_what_the_guest_bought_leaves_the_account_s_cart_at_the_next_look(self):
        self.buy(self.guest, self.ferry)
        CartItem.objects.create(reader=self.account, item=self.ferry.reference)

        self.claim()

        page = self.browsers[self.account].get("/orders/cart/")
        self.assertContains(page, "You already own The Ferry, so it isn’t in your cart.")
        self.assertEqual(self.account.cart_items.count(), 0)


class AnythingTests(TwoBuyersTestCase):
    def test_whatever_both_bought_each_book_is_paid_for_once(self):
        trio = make_bundle("Three Journeys", self.ferry, self.tram, self.pier, price=2500)
        sea = make_bundle("Sea and Pier", self.ferry, self.pier, price=1500)
        everything = Bundle.objects.get(everything=True)
        products = [self.ferry, self.tram, self.pier, self.pair, sea, trio, everything]
        cart = st.sets(st.integers(0, len(products) - 1), min_size=1, max_size=3)
        purchase = st.tuples(
            st.booleans(), cart, st.sampled_from(["tok_visa", "tok_visa", "tok_chargeDeclined"])
        )

        @given(st.lists(purchase, min_size=2, max_size=6))
        @settings(max_examples=25, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
        def story(purchases):
            self.forget_everything()
            guest = make_guest(f"g{CustomUser.objects.count()}")
            self.browsers[guest] = log_in_as(guest)
            for is_guest, numbers, token in purchases:
                person = guest if is_guest else self.account
                wanted = [products[each].reference for each in sorted(numbers)]
                offer = pricing.price_cart(wanted, person).offer
                if offer is not None:
                    sent = {"stripeToken": token, "item": offer.signed(), "email": ADDRESS}
                    self.browsers[person].post("/orders/charge/", sent)
            books = [self.ferry, self.tram, self.pier]
            read = [any(self.reads(person, book) for person in (guest, self.account)) for book in books]

            with self.captureOnCommitCallbacks(execute=True):
                claim(guest, self.account)

            self.assert_all_moved()
            self.assertEqual(self.opens(*books), read)
            open_items = list(OrderLine.objects.filter(is_open=True).values_list("item", flat=True))
            self.assertEqual(len(open_items), len(set(open_items)))
            self.assert_nothing_within_a_set_is_paid_for_again()
            paid = Order.objects.filter(status=OrderStatus.PAID)
            held = sorted(order.amount - order.refunded_amount for order in paid)
            self.assertEqual(sorted(filter(None, self.kept())), list(filter(None, held)))

        story()

    def assert_nothing_within_a_set_is_paid_for_again(self):
        """What is open beside a set with all its books has made that set, or another one, cheaper."""
        opened = OrderLine.objects.filter(is_open=True, order__status=OrderStatus.PAID)
        counted = set(SetCredit.objects.filter(line__in=opened).values_list("source", flat=True))
        lines = list(opened.select_related("book", "bundle"))
        for line in lines:
            if any(other.includes(line) for other in lines) and line.amount:
                self.assertIn(line.pk, counted, line)
