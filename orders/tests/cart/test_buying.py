"""Several things in one order: what it charges, opens, says, refunds, and what is never paid for twice."""

from django.core import mail
from django.db import connection
from django.db.models import Sum
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books import access
from books.models import Bundle
from books.tests.builders import make_book, make_books, make_bundle, make_staff
from orders import pricing
from orders.models import Allocation, Attempt, Order, OrderLine, OrderStatus, Refund
from orders.payments import refunds
from orders.payments.catch_up import expire_orders
from orders.payments.outdated import find_sessions
from orders.payments.sync import settle
from orders.reconciliation import examine
from orders.tests.cart.cases import CartTestCase
from users.models import CustomUser

CONFIRM = "POST /v1/payment_intents/*/confirm"
BOTH_TRIES = 2


class BuyingTests(CartTestCase):
    def opens(self, *books):
        found = CustomUser.objects.get(pk=self.ada.pk)
        return [access.may_read(found, book) for book in books]

    def amounts(self):
        return [charge["amount"] - charge["amount_refunded"] for charge in self.succeeded_charges()]

    def booked(self, order):
        rows = Allocation.objects.filter(line__order=order).values_list("book__title")
        return dict(rows.annotate(sum=Sum("amount")).filter(sum__gt=0))

    def open_session(self, *products):
        """Open a Checkout Session for these products; return its id."""
        item = self.offer(*products).signed()
        self.client.post(reverse("checkout_session"), {"item": item})
        return self.stripe.ledger("checkout_sessions")["checkout_sessions"][-1]["id"]

    def assert_clean(self):
        self.assertEqual([each.kind for each in examine().differences], [])


class WholeCartTests(BuyingTests):
    def test_a_cart_is_one_order_one_charge_and_a_line_for_each_thing(self):
        self.add(self.ferry, self.pier)
        page = self.client.get(f"{reverse('orders')}?cart")

        response = self.pay(item=page.context["offer"].signed())

        order = Order.objects.get()
        self.assertEqual(response.url, order.get_absolute_url())
        self.assertEqual((order.item, order.status, order.amount), ("cart", OrderStatus.PAID, 1600))
        self.assertEqual(
            [(line.title, line.amount) for line in order.lines.all()], [("The Ferry", 900), ("The Pier", 700)]
        )
        self.assertEqual(self.amounts(), [1600])
        self.assertEqual(self.opens(self.ferry, self.pier, self.tram), [True, True, False])
        self.assertEqual(self.booked(order), {"The Ferry": 900, "The Pier": 700})
        self.assert_clean()

    def test_the_page_of_the_order_and_the_letter_name_every_line(self):
        self.add(self.ferry, self.pier)
        page = self.client.get(self.buy(self.ferry, self.pier).url)

        for said in ("Thank you for your order!", "The Ferry", "$9.00", "The Pier", "$7.00", "$16.00"):
            self.assertContains(page, said)
        [letter] = [each for each in mail.outbox if "Thank you" in each.subject]
        self.assertIn("The Ferry: $9.00\nThe Pier: $7.00\nPaid: $16.00", letter.body)
        # What was bought has left the cart.
        self.assertEqual(self.kept(), [])
        self.assertNotContains(page, "Cart (")

    def test_in_a_session_it_is_one_item_with_every_title(self):
        session_id = self.open_session(self.ferry, self.pier)
        self.stripe.pay_session(session_id, number="4242424242424242")

        page = self.client.get(reverse("checkout_return"), {"session_id": session_id}, follow=True)

        self.assertContains(page, "Thank you for your order!")
        self.assertEqual(self.amounts(), [1600])
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])

    def test_a_session_for_twenty_long_titles_is_opened(self):
        books = [make_book(f"{'A very long title ' * 10}{number}") for number in range(20)]

        self.assertTrue(self.open_session(*books))

    def test_a_declined_cart_is_paid_by_the_next_card_as_the_same_order(self):
        self.client.get(self.add(self.ferry, self.pier).url)

        response = self.buy(self.ferry, self.pier, token="tok_chargeDeclined")
        page = self.client.get(response.url)

        self.assertEqual(response.url, f"{reverse('orders')}?cart")
        self.assertContains(page, "Your card was declined.")
        self.buy(self.ferry, self.pier)
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assertEqual(Attempt.objects.count(), 2)

    def test_a_session_of_the_same_cart_is_resumed_and_of_another_closed(self):
        first = self.open_session(self.ferry, self.pier)
        self.assertEqual(self.open_session(self.pier, self.ferry), first)

        self.open_session(self.ferry, self.tram)

        statuses = [each["status"] for each in self.stripe.ledger("checkout_sessions")["checkout_sessions"]]
        self.assertEqual(statuses, ["expired", "open"])
        self.assertEqual(
            sorted(Order.objects.values_list("status", flat=True)), [OrderStatus.EXPIRED, OrderStatus.PENDING]
        )

    def test_a_price_that_changed_is_shown_and_not_charged(self):
        self.add(self.ferry, self.pier)
        shown = self.offer(self.ferry, self.pier).signed()
        # The sum is the same, and the parts are not.
        self.ferry.price, self.pier.price = 700, 900
        self.ferry.save()
        self.pier.save()

        response = self.pay(item=shown)

        self.assertEqual(response.url, f"{reverse('orders')}?cart")
        self.assertContains(
            self.client.get(response.url), "The price has changed. You have not been charged."
        )
        self.assertEqual((self.amounts(), Order.objects.count()), ([], 0))

    def test_what_is_bought_in_another_tab_leads_back_to_the_cart(self):
        self.add(self.ferry, self.pier)
        shown = self.offer(self.ferry, self.pier).signed()
        self.buy(self.ferry)

        response = self.pay(item=shown)

        page = self.client.get(response.url)
        self.assertEqual(response.url, reverse("cart"))
        self.assertContains(page, "Your cart has changed. You have not been charged.")
        self.assertContains(page, "You already own The Ferry")
        self.assertEqual(self.amounts(), [900])

    def test_a_cart_with_a_withdrawn_book_or_a_shared_one_is_not_charged(self):
        shown = self.offer(self.pair, self.pier).signed()
        self.pair.books.add(self.pier)
        self.assertEqual(self.pay(item=shown).url, reverse("cart"))

        self.pair.books.remove(self.pier)
        self.pier.unpublish()
        self.assertEqual(self.pay(item=shown).url, reverse("cart"))

        self.assertEqual((self.amounts(), Order.objects.count()), ([], 0))

    def test_a_forged_cart_is_refused(self):
        terms = self.offer(self.ferry, self.pier).terms
        forged = terms._replace(parts=((self.ferry.reference, 1), (self.pier.reference, 1)), amount=2)

        self.assertNotEqual(forged, terms)
        self.assertEqual(self.pay(item=forged.signed()).url, f"{reverse('orders')}?cart")
        self.assertEqual(self.pay(item=f"{terms.signed()}x").status_code, 400)
        self.assertEqual(self.amounts(), [])

    def test_a_set_counts_what_was_paid_for_its_books_once(self):
        self.buy(self.ferry)
        other = make_bundle("By Sea", self.pier, make_book("The Buoy", price=800), price=1400)

        response = self.buy(self.pair, other)

        order = Order.objects.exclude(item=self.ferry.reference).get()
        self.assertEqual(response.url, order.get_absolute_url())
        self.assertEqual([(line.amount, line.credit) for line in order.lines.all()], [(900, 900), (1400, 0)])
        self.assertEqual(pricing.offer_of(self.all_books, self.ada).amount, 3900 - 900 - 900 - 1400)
        self.assert_clean()

    def test_the_doctor_lists_what_is_in_it(self):
        self.buy(self.ferry, self.pier)
        [row] = examine(with_rows=True).as_dict()["orders"]

        self.assertEqual((row["item"], row["items"]), ("cart", [self.ferry.reference, self.pier.reference]))

    def test_twenty_things_cost_as_many_statements_as_two(self):
        books = make_books(20)
        counted = []
        for some in (books[:2], books[2:]):
            item = self.offer(*some).signed()
            with CaptureQueriesContext(connection) as captured:
                self.pay(item=item)
            counted.append(captured.captured_queries)
        # Beside the two statements with which each line books its money and opens its book.
        each_line = 2
        self.assertEqual(len(counted[1]) - len(counted[0]), each_line * 16)

    def test_its_orders_page_costs_as_many_queries_for_twenty_as_for_two(self):
        books = make_books(20)
        pages = [self.buy(*some).url for some in (books[:2], books[2:])]
        for page in pages:
            self.client.get(page)
        with CaptureQueriesContext(connection) as first:
            self.client.get(pages[0])
        with self.assertNumQueries(len(first)):
            self.client.get(pages[1])


class RefundTests(BuyingTests):
    def setUp(self):
        super().setUp()
        self.grace = make_staff()
        self.buy(self.ferry, self.pier)
        self.order = Order.objects.get()

    def refund(self, **share):
        with self.captureOnCommitCallbacks(execute=True):
            return refunds.refund(
                Order.objects.get(pk=self.order.pk), by=self.grace, reason="Asked.", **share
            )

    def line(self, book):
        return OrderLine.objects.get(order=self.order, item=book.reference)

    def test_a_refunded_line_closes_its_book_and_can_be_bought_again(self):
        self.refund(lines=[self.line(self.ferry)])

        order = Order.objects.get(pk=self.order.pk)
        self.assertEqual((order.status, order.refunded_amount), (OrderStatus.PAID, 900))
        self.assertEqual(self.opens(self.ferry, self.pier), [False, True])
        self.assertEqual(self.booked(order), {"The Pier": 700})
        page = self.client.get(order.get_absolute_url())
        self.assertContains(page, "$9.00 refunded. You keep the rest.")
        self.assertContains(page, "(refunded)", count=1)
        self.assert_clean()

        self.buy(self.ferry)

        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assertEqual(self.amounts(), [700, 900])
        self.assert_clean()

    def test_a_part_of_the_price_closes_nothing(self):
        self.refund(amount=400)

        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assertIsNone(self.offer(self.ferry))
        self.assert_clean()

    def test_everything_closes_all(self):
        self.refund()

        self.assertEqual(Order.objects.get().status, OrderStatus.REFUNDED)
        self.assertEqual(self.opens(self.ferry, self.pier), [False, False])
        self.assertFalse(OrderLine.objects.filter(is_open=True).exists())
        self.assert_clean()

    def test_line_after_line_everything_is_refunded(self):
        for book in (self.ferry, self.pier):
            self.refund(lines=[self.line(book)])

        self.assertEqual(Order.objects.get().status, OrderStatus.REFUNDED)
        self.assertEqual(self.amounts(), [0])
        self.assert_clean()

    def test_a_refund_of_a_line_that_fails_opens_its_book_again(self):
        made = self.refund(lines=[self.line(self.ferry)])
        self.stripe.settle_refund(made.stripe_refund_id, "fail")

        settle(Order.objects.get(), self.order.stripe_charge_id)

        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assertEqual(Order.objects.get().refunded_amount, 0)
        self.assert_clean()

    def test_if_it_was_bought_again_before_the_refund_failed_one_of_the_two_is_refunded(self):
        made = self.refund(lines=[self.line(self.ferry)])
        self.buy(self.ferry)
        self.stripe.settle_refund(made.stripe_refund_id, "fail")

        settle(Order.objects.get(pk=self.order.pk), self.order.stripe_charge_id)

        self.assertEqual(self.amounts(), [1600, 0])
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assertEqual(OrderLine.objects.filter(item=self.ferry.reference, is_open=True).count(), 1)
        self.assert_clean()

    def test_a_dispute_closes_all_and_a_won_one_opens_what_was_not_refunded(self):
        self.refund(lines=[self.line(self.ferry)])
        self.stripe.dispute(self.order.stripe_charge_id)
        settle(Order.objects.get(), self.order.stripe_charge_id)
        self.assertEqual(self.opens(self.ferry, self.pier), [False, False])
        self.assert_clean()

        [dispute] = self.stripe.ledger("disputes")["disputes"]
        self.stripe.close_dispute(dispute["id"], "won")
        settle(Order.objects.get(), self.order.stripe_charge_id)

        self.assertEqual(self.opens(self.ferry, self.pier), [False, True])
        self.assert_clean()


class TwiceTests(BuyingTests):
    """The same book in two orders that are both paid: it is paid for once in the end."""

    def expired_cart(self, *products):
        """Return an expired order whose session is still open, which the shop does not know."""
        session = self.open_session(*products)
        order = Order.objects.get(stripe_checkout_session_id="", attempts__stripe_checkout_session_id=session)
        order.attempts.update(outcome="failed")
        order.move_to(OrderStatus.EXPIRED)
        return order, session

    def pay_late(self, order, session):
        self.stripe.pay_session(session, number="4242424242424242")
        return settle(Order.objects.get(pk=order.pk), session)

    def test_of_a_late_cart_only_what_was_bought_again_is_refunded(self):
        order, session = self.expired_cart(self.ferry, self.pier)
        self.buy(self.ferry)

        order = self.pay_late(order, session)

        self.assertEqual((order.status, order.refunded_amount), (OrderStatus.PAID, 900))
        self.assertEqual([charge["amount_refunded"] for charge in self.succeeded_charges()], [0, 900])
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assertEqual(Refund.objects.get().lines.get().title, "The Ferry")
        [letter] = [each for each in mail.outbox if each.subject.startswith("Your refund")]
        self.assertIn("You paid twice for The Ferry", letter.body)
        page = self.client.get(order.get_absolute_url())
        self.assertContains(
            page, "$9.00 refunded. You had paid for the same thing twice. You keep your books."
        )
        self.assert_clean()
        # The two orders stay apart: refunding one leaves what the other opened.
        single = Order.objects.get(item=self.ferry.reference)
        refunds.refund(single, by=make_staff(), reason="Asked.")
        self.assertEqual(self.opens(self.ferry, self.pier), [False, True])
        self.assert_clean()

    def test_a_late_cart_of_which_everything_was_bought_again_is_refunded_in_full(self):
        order, session = self.expired_cart(self.ferry, self.pier)
        self.buy(self.pier, self.ferry)

        order = self.pay_late(order, session)

        self.assertEqual((order.status, order.refunded_amount), (OrderStatus.REFUNDED, 1600))
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assert_clean()

    def test_a_late_single_book_that_is_in_a_paid_cart_is_refunded(self):
        order, session = self.expired_cart(self.ferry)
        self.buy(self.pier, self.ferry)

        order = self.pay_late(order, session)

        self.assertEqual(order.status, OrderStatus.REFUNDED)
        self.assertEqual(self.opens(self.ferry, self.pier), [True, True])
        self.assert_clean()

    def test_a_late_payment_ends_an_unpaid_cart_with_the_same_book(self):
        order, session = self.expired_cart(self.ferry)
        self.buy(self.pier, self.ferry, token="tok_chargeDeclined")

        order = self.pay_late(order, session)

        self.assertEqual(order.status, OrderStatus.PAID)
        self.assertEqual(Order.objects.get(item="cart").status, OrderStatus.EXPIRED)
        self.assert_clean()

    def test_a_refund_of_a_second_payment_that_fails_gives_no_access_and_is_found(self):
        order, session = self.expired_cart(self.ferry, self.pier)
        self.buy(self.ferry)
        single = Order.objects.get(item=self.ferry.reference)
        self.stripe.dispute(single.stripe_charge_id)
        settle(single, single.stripe_charge_id)

        order = self.pay_late(order, session)
        [refund] = Refund.objects.all()
        self.stripe.settle_refund(refund.stripe_refund_id, "fail")
        settle(Order.objects.get(pk=order.pk), order.stripe_charge_id)

        self.assertEqual(self.opens(self.ferry, self.pier), [False, True])
        self.assertEqual([each.kind for each in examine().differences], ["duplicate_charge"])
        self.assertEqual(sum(self.booked(order).values()), 700)

    def test_while_a_single_book_may_have_been_paid_no_cart_with_it_is_sold(self):
        self.stripe.go_wrong(CONFIRM, "drop_answer", times=BOTH_TRIES)
        self.buy(self.ferry)
        doubtful = Order.objects.get()

        self.assertEqual(self.buy(self.ferry, self.pier).url, doubtful.get_absolute_url())

        self.client.get(doubtful.get_absolute_url())
        self.assertEqual(self.amounts(), [900])
        self.assertEqual(Order.objects.count(), 1)

    def test_while_a_cart_may_have_been_paid_nothing_in_it_is_sold(self):
        self.stripe.go_wrong(CONFIRM, "drop_answer", times=BOTH_TRIES)
        self.buy(self.ferry, self.pier)
        doubtful = Order.objects.get()

        for products in ([self.ferry], [self.pier, self.tram], [self.pair], [self.ferry, self.pier]):
            self.assertEqual(self.buy(*products).url, doubtful.get_absolute_url())
        page = self.client.get(f"{reverse('orders')}?book={self.ferry.pk}")
        self.assertRedirects(page, doubtful.get_absolute_url(), fetch_redirect_response=False)
        # What has nothing to do with it is sold.
        other = make_book("Another", price=500)
        self.assertNotEqual(self.buy(other).url, doubtful.get_absolute_url())

        self.client.get(doubtful.get_absolute_url())
        self.assertEqual(self.amounts(), [1600, 500])
        self.assert_clean()

    def test_an_unpaid_cart_makes_way_for_a_purchase_of_one_of_its_books(self):
        self.buy(self.ferry, self.pier, token="tok_chargeDeclined")

        self.buy(self.ferry)

        self.assertEqual(Order.objects.get(item="cart").status, OrderStatus.EXPIRED)
        self.assertEqual(self.amounts(), [900])

    def test_an_unpaid_cart_expires_after_a_day_and_leaves_room(self):
        self.buy(self.ferry, self.pier, token="tok_chargeDeclined")
        Order.objects.update(created_at="2026-01-01T00:00:00Z")

        self.assertEqual(expire_orders(), 1)

        self.assertFalse(OrderLine.objects.filter(is_open=True).exists())
        self.buy(self.ferry)
        self.assertEqual(self.amounts(), [900])


@override_settings(STRIPE_CHECKOUT="session")
class SessionCheckoutTests(BuyingTests):
    def test_the_purchase_page_offers_the_cart(self):
        self.add(self.ferry, self.pier)

        page = self.client.get(f"{reverse('orders')}?cart")

        self.assertContains(page, "Buy for $16.00")
        self.assertContains(page, "Your cart: 2 things")

    def test_a_session_at_an_outdated_price_is_closed(self):
        self.open_session(self.ferry, self.pier)
        Bundle.objects.update(price=5000)
        self.assertEqual(list(find_sessions()), [])
        self.ferry.price = 1000
        self.ferry.save()

        self.assertEqual(len(list(find_sessions())), 1)
