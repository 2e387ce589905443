"""One book, a bundle, All Books: what each costs a reader, and what buying it opens."""

from django.core import mail
from django.test import override_settings
from django.urls import reverse

from books import access
from books.models import Book, Bundle, Grant
from books.tests.builders import make_book, make_bundle, make_reader
from orders import pricing
from orders.models import Order, OrderStatus
from orders.payments import order_state
from orders.payments.sync import settle
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase
from users.models import CustomUser


class SaleTests(TillTestCase):
    def setUp(self):
        super().setUp()
        self.ferry = make_book("The Ferry", price=900)
        self.tram = make_book("The Tram", price=1200)
        self.other = make_book("Another", price=700)
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram, price=1800)
        self.all_books = Bundle.objects.get(everything=True)

    def offer(self, product):
        return pricing.offer_of(product, self.ada)

    def buy(self, product, token="tok_visa"):  # noqa: S107 (one of Stripe's test tokens)
        return self.pay(token, item=self.offer(product).signed())

    def opens(self, *books, reader=None):
        found = CustomUser.objects.get(pk=(reader or self.ada).pk)
        return [access.may_read(found, book) for book in books]

    def test_a_book_is_bought_at_its_price_and_opens_itself_alone(self):
        response = self.buy(self.ferry)

        order = Order.objects.get()
        self.assertEqual(response.url, order.get_absolute_url())
        self.assertEqual((order.status, order.amount), (OrderStatus.PAID, 900))
        self.assertEqual(order.item, f"book:{self.ferry.pk}")
        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [900])
        self.assertEqual(self.opens(self.ferry, self.tram), [True, False])
        self.assert_owns(self.ada, False)

    def test_a_bundle_opens_its_books_and_no_other(self):
        self.buy(self.pair)

        self.assertEqual(Order.objects.get().item, "bundle:two-journeys")
        self.assertEqual(self.opens(self.ferry, self.tram, self.other), [True, True, False])

    def test_a_book_that_joins_or_leaves_the_bundle_is_open_to_its_buyers(self):
        self.buy(self.pair)

        self.pair.books.set([self.tram, self.other])

        self.assertEqual(self.opens(self.ferry, self.tram, self.other), [True, True, True])

    def test_what_was_paid_for_its_books_is_taken_off_a_bundle(self):
        self.buy(self.ferry)

        self.assertEqual((self.offer(self.pair).amount, self.offer(self.pair).credit), (900, 900))
        self.buy(self.pair)

        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [900, 900])
        self.assertEqual(self.offer(self.all_books).amount, 3900 - 1800)

    def test_what_was_paid_for_other_books_is_not(self):
        self.buy(self.other)

        self.assertEqual(self.offer(self.pair).amount, 1800)
        self.assertEqual(self.offer(self.all_books).amount, 3900 - 700)

    def test_of_a_bundle_that_shares_books_the_part_counts_that_they_are_worth(self):
        trio = make_bundle("Three", self.tram, self.other, price=1500)
        self.buy(self.pair)

        # 1200 of 2100 of it, to the last cent: 1028.57, and the other book has got 771.43.
        self.assertEqual(self.offer(trio).credit, 1029)

    def test_money_that_went_back_is_not_taken_off(self):
        order = make_order(self.ada, product=self.ferry, status=OrderStatus.PAID, refunded_amount=400)

        self.assertEqual(self.offer(self.pair).credit, 500)
        for status in (OrderStatus.REFUNDED, OrderStatus.DISPUTED):
            Order.objects.filter(pk=order.pk).update(status=status)
            order_state.update_access(Order.objects.get(pk=order.pk))
            self.assertEqual(self.offer(self.pair).credit, 0)

    def test_a_set_that_is_paid_for_is_completed_for_nothing(self):
        for product in (self.ferry, self.tram):
            self.buy(product)
        self.pair.books.add(self.other)
        offer = self.offer(self.pair)
        self.assertEqual(offer.amount, 0)
        before = self.stripe.ledger()["requests"]

        response = self.client.post(reverse("checkout_session"), {"item": offer.signed()})

        order = Order.objects.get(item="bundle:two-journeys")
        self.assertEqual(response.url, order.get_absolute_url())
        self.assertEqual((order.status, order.amount), (OrderStatus.PAID, 0))
        self.assertEqual(self.opens(self.other), [True])
        self.assertEqual(self.stripe.ledger()["requests"], before)
        self.assertIn(order.number, mail.outbox[-1].subject)
        self.assertContains(self.client.get(order.get_absolute_url()), "Thank you for your order!")

    def test_what_no_card_can_pay_is_given(self):
        make_order(self.ada, product=self.ferry, status=OrderStatus.PAID, amount=1751)

        self.assertEqual(self.offer(self.pair).amount, 0)

    def test_a_price_that_changed_for_this_reader_is_charged_to_nobody(self):
        shown = self.offer(self.pair).signed()
        self.buy(self.ferry)

        response = self.pay(item=shown)

        self.assertRedirects(
            response, f"{reverse('orders')}?bundle=two-journeys", fetch_redirect_response=False
        )
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_what_one_has_is_not_sold_again(self):
        self.buy(self.pair)

        for product in (self.ferry, self.pair):
            with self.subTest(product):
                self.assertRedirects(
                    self.buy(product), product.get_absolute_url(), fetch_redirect_response=False
                )
        self.assertEqual(Order.objects.count(), 1)

    def test_a_book_without_a_price_and_what_does_not_exist_are_not_for_sale(self):
        Book.objects.filter(pk=self.other.pk).update(price=None)
        for query in (f"book={self.other.pk}", "book=nonsense", "bundle=nonsense", "bundle=all-books"):
            with self.subTest(query):
                self.assertEqual(self.client.get(f"{reverse('orders')}?{query}").status_code, 404)

    def test_a_declined_card_leads_back_to_the_same_product(self):
        response = self.buy(self.ferry, "tok_chargeDeclined")

        self.assertEqual(response.url, f"{reverse('orders')}?book={self.ferry.pk}")
        self.assertContains(self.client.get(response.url), "Your card was declined.")
        self.assertEqual(self.opens(self.ferry), [False])

    def test_refunding_a_bundle_leaves_a_book_that_was_bought_by_itself(self):
        self.buy(self.ferry)
        self.buy(self.pair)
        charge = self.succeeded_charges()[-1]
        self.stripe.refund(charge["id"])

        settle(Order.objects.get(item="bundle:two-journeys"), charge["id"])

        self.assertEqual(self.opens(self.ferry, self.tram), [True, False])

    def test_a_bundle_without_books_is_not_for_sale(self):
        make_bundle("Nothing yet")

        self.assertEqual(self.client.get(f"{reverse('orders')}?bundle=nothing-yet").status_code, 404)

    def test_a_session_for_a_book_is_closed_when_a_set_with_it_is_bought(self):
        for product in (self.ferry, self.other, self.pair):
            self.client.post(reverse("checkout_session"), {"item": self.offer(product).signed()})

        sessions = self.stripe.ledger()["checkout_sessions"]
        self.assertEqual([session["status"] for session in sessions], ["expired", "open", "open"])

    def test_while_a_part_of_it_may_have_been_paid_a_set_is_not_sold(self):
        self.stripe.go_wrong("POST /v1/payment_intents/*/confirm", "drop_answer", times=2)
        self.buy(self.ferry)
        book_order = Order.objects.get()

        for product in (self.pair, self.all_books):
            self.assertEqual(self.buy(product).url, book_order.get_absolute_url())
        self.assertEqual(len(self.succeeded_charges()), 1)
        self.assertEqual(Order.objects.count(), 1)

        self.client.get(book_order.get_absolute_url())
        self.buy(self.pair)
        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [900, 900])

    def test_both_checkouts_sell_it(self):
        for checkout in ("token", "session"):
            with self.subTest(checkout), override_settings(STRIPE_CHECKOUT=checkout):
                page = self.client.get(f"{reverse('orders')}?book={self.ferry.pk}")
                self.assertContains(page, "$9.00")
                self.assertContains(page, self.ferry.title)
        item = self.offer(self.ferry).signed()
        answer = self.client.post(
            reverse("checkout_session"), {"item": item}, headers={"Accept": "application/json"}
        )
        [session] = self.stripe.ledger()["checkout_sessions"]
        self.assertEqual(session["amount_total"], 900)
        self.stripe.pay_session(session["id"], number="4242424242424242")
        self.client.get(reverse("checkout_return"), {"session_id": session["id"]})
        self.assertEqual(answer.json()["order"], str(Order.objects.get().pk))
        self.assertEqual(self.opens(self.ferry, self.tram), [True, False])


class GiftTests(TillTestCase):
    def test_staff_give_suspend_and_restore_a_book(self):
        book, grace = make_book(), make_reader("grace")
        access.give(self.ada, book, by=grace, note="For the press.")
        self.assertIs(access.may_read(self.ada, book), True)

        access.suspend(Grant.objects.all(), by=None)
        self.assertIs(access.may_read(self.ada, book), False)

        access.restore(Grant.objects.all(), by=None)
        self.assertIs(access.may_read(self.ada, book), True)

    def test_giving_all_books_gives_the_permission_and_suspending_takes_it(self):
        access.give(self.ada, Bundle.objects.get(everything=True), by=self.ada, note="A friend.")
        self.assert_owns(self.ada, True)

        access.suspend(Grant.objects.all(), by=None)

        self.assert_owns(self.ada, False)

    def test_what_staff_suspended_no_dispute_restores(self):
        book = make_book()
        order = make_order(self.ada, product=book, status=OrderStatus.PAID)
        access.suspend(Grant.objects.all(), by=None)

        access.revoke(self.ada, book, order_id=order.pk, reason=access.DISPUTED)
        access.grant(self.ada, book, order_id=order.pk)

        self.assertIs(access.may_read(self.ada, book), False)
