"""The purchase page and a reader's own orders."""

from datetime import UTC, datetime
from urllib.parse import quote

from django.core import mail
from django.db import connection
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books import access
from books.models import Book, Bundle
from books.tests.builders import make_book, make_bundle, make_reader
from orders.models import (
    Attempt,
    AttemptOutcome,
    Dispute,
    Order,
    OrderStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from orders.payments.mail import queue_thanks
from orders.tests.builders import make_order


def make_attempt(order, *, number=1, **fields):
    """Save an attempt to pay for the order on Stripe's page."""
    return Attempt.objects.create(order=order, number=number, **{"api": "hosted_page"} | fields)


def make_refund(order, amount=3900, **fields):
    """Save a refund by staff that has arrived."""
    fields = {"origin": RefundOrigin.STAFF, "status": RefundStatus.SUCCEEDED} | fields
    return Refund.objects.create(
        order=order, amount=amount, **{"stripe_charge_id": order.stripe_charge_id} | fields
    )


def make_dispute(order, number, status):
    """Save a dispute about all of the order."""
    return Dispute.objects.create(
        order=order,
        stripe_dispute_id=f"dp_{number}",
        stripe_charge_id=order.stripe_charge_id,
        status=status,
        amount=order.amount,
        opened_at=datetime(2026, 11, 3, tzinfo=UTC),
    )


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

    def test_what_the_purchase_page_costs(self):
        """Session, reader, currencies, product, sales, open order, books, authors; of a bundle what is paid.

        Of a bundle also which of its books have not opened. Then the bundles to buy instead, and what is paid
        of them; of All Books, the newest covers; last the ways to pay.
        """
        ferry, tram = make_book("The Ferry"), make_book("The Tram")
        pair = make_bundle("Two Journeys", ferry, tram)
        for query, queries in (({"book": ferry.pk}, 11), ({"bundle": pair.slug}, 13), ({}, 12)):
            with self.subTest(query), self.assertNumQueries(queries):
                self.client.get(reverse("orders"), query)

    def test_a_sample_is_promised_of_the_books_that_have_one_and_of_no_others(self):
        ferry, tram = make_book("The Ferry"), make_book("The Tram", sample_chapters=0)
        pair = make_bundle("Two Journeys", ferry, tram)
        sample = reverse("book_read", args=[ferry.pk, 1])
        for query, promised in (
            ({"book": ferry.pk}, 1),
            ({"book": tram.pk}, 0),
            ({"bundle": pair.slug}, 1),
            ({}, 0),
        ):
            with self.subTest(query):
                page = self.client.get(reverse("orders"), query)

                self.assertContains(page, "Read the sample first", count=promised)
                self.assertContains(page, f'href="{sample}"', count=promised)
                self.assertNotContains(page, "every book is free")

    def test_a_shop_of_tokens_offers_stripe_s_page_beneath_its_form(self):
        page = self.client.get(reverse("orders"))

        self.assertContains(page, "More ways to pay")
        self.assertContains(page, f'action="{reverse("checkout_session")}"')
        self.assertNotContains(page, "js/checkout.js")

    @override_settings(STRIPE_CHECKOUT="session")
    def test_a_shop_of_sessions_has_one_button_and_no_classic_form(self):
        page = self.client.get(reverse("orders"))

        self.assertContains(page, "Buy for $39.00", count=1)
        self.assertContains(page, f'action="{reverse("checkout_session")}"', count=1)
        self.assertContains(page, 'data-stripe-key="pk_test_sandbox"')
        self.assertContains(page, "js/checkout.js")
        self.assertNotContains(page, "stripe-button")
        self.assertNotContains(page, "checkout.stripe.com")

    def test_a_form_may_be_led_to_stripe_s_page_from_here_alone(self):
        here = self.client.get(reverse("orders")).headers["Content-Security-Policy"]
        elsewhere = self.client.get(reverse("book_list")).headers["Content-Security-Policy"]

        self.assertIn("form-action 'self' https://checkout.stripe.com", here)
        self.assertIn("form-action 'self';", f"{elsewhere};")

    def test_what_the_form_could_not_do_is_not_offered_again(self):
        for code in ("authentication_required", "card_tokens_refused"):
            with self.subTest(code):
                self.ada.orders.all().delete()
                order = make_order(self.ada)
                make_attempt(order, outcome=AttemptOutcome.FAILED, code=code)

                page = self.client.get(reverse("orders"))

                self.assertNotContains(page, "stripe-button")
                self.assertContains(page, "Buy for $39.00 on Stripe’s page")

    def test_a_visitor_sees_the_price_and_is_asked_for_an_address_and_may_log_in_instead(self):
        book = make_book("The Ferry", price=900)
        address = f"{reverse('orders')}?book={book.pk}&code=summer"

        page = Client().get(address)

        self.assertContains(page, "Buy for $9.00")
        self.assertContains(page, "Where shall we send your receipt?")
        way_back = f"/accounts/login/?next={quote(address, safe='')}"
        self.assertContains(page, f'Have an account? <a href="{way_back}">Log in</a>')

    def test_an_owner_finds_nothing_payable(self):
        access.give_permission(self.ada, by=None)

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
        for query in ("?book=nothing", "?bundle=nothing", "?book=%07"):
            with self.subTest(query):
                response = self.client.get(reverse("orders") + query)

                self.assertContains(response, "<main", status_code=404)

    def test_looking_at_it_opens_no_order(self):
        self.client.get(reverse("orders"))

        self.assertEqual(self.ada.orders.count(), 0)

    def test_it_is_stored_by_no_cache(self):
        self.assertEqual(self.client.get(reverse("orders")).headers["Cache-Control"], "private, no-store")


class SetPageTests(TestCase):
    """What a reader who has paid for some of a bundle is shown of it."""

    def setUp(self):
        self.ada = make_reader("ada")
        self.client.force_login(self.ada)
        self.ferry = make_book("The Ferry", price=900)
        self.tram = make_book("The Tram", price=1200)
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram, price=1800)
        self.purchase = f"{reverse('orders')}?bundle=two-journeys"

    def pay_for(self, *products):
        for product in products:
            make_order(self.ada, product=product, status=OrderStatus.PAID)

    def look(self):
        return self.client.get(self.pair.get_absolute_url())

    def assert_button(self, page, words):
        """See that there is one primary action, with these words, and that it leads to the till."""
        self.assertContains(page, "btn-primary", count=1)
        self.assertContains(page, f'<a class="btn btn-primary" href="{self.purchase}">{words}</a>', html=True)

    def test_who_has_paid_for_nothing_of_it_pays_the_price(self):
        self.assert_button(self.look(), "Buy for $18.00")
        self.assertNotContains(self.look(), "already paid")
        self.assertNotContains(self.client.get(self.purchase), "already paid")

    def test_who_has_paid_for_some_of_it_pays_the_difference(self):
        self.pay_for(self.ferry)

        page, till = self.look(), self.client.get(self.purchase)

        self.assert_button(page, "Complete the set for $9.00")
        self.assertNotContains(page, "Separately")
        self.assertContains(page, reverse("book_read_start", args=[self.ferry.pk]))
        self.assertContains(page, f"?book={self.tram.pk}")
        self.assertContains(till, 'data-amount="900"')
        for each in (page, till):
            self.assertContains(each, "$9.00 already paid")
            self.assertContains(each, "$18.00")

    def test_who_has_paid_for_all_of_it_completes_it_for_nothing(self):
        self.pay_for(self.ferry, self.tram)
        self.pair.books.add(make_book("The Walk"))

        page, till = self.look(), self.client.get(self.purchase)

        self.assert_button(page, "Complete the set for free")
        self.assertContains(till, "Nothing more to pay")
        self.assertContains(
            till, '<button class="btn btn-primary" type="submit">Add to my library for free</button>'
        )
        self.assertNotContains(till, "Secure payment by Stripe")
        self.assertNotContains(till, "stripe-button")
        self.assertNotContains(till, "Pay once")
        for each in (page, till):
            self.assertContains(each, "already paid")
            self.assertNotContains(each, "$0.00")

    def test_the_catalogue_and_the_book_show_the_same_price(self):
        self.pay_for(self.ferry)

        for address in (reverse("book_list"), self.tram.get_absolute_url()):
            with self.subTest(address):
                self.assertContains(self.client.get(address), '<span class="price">$9.00</span>', html=True)

    def test_after_a_book_reading_starts_in_it_and_after_a_bundle_in_the_library(self):
        starts = {self.ferry: reverse("book_read_start", args=[self.ferry.pk]), self.pair: reverse("library")}
        for product, address in starts.items():
            with self.subTest(product):
                self.ada.orders.all().delete()
                order = make_order(self.ada, product=product, status=OrderStatus.PAID)

                page = self.client.get(order.get_absolute_url())

                self.assertContains(page, f'href="{address}">Start reading</a>')
                queue_thanks(order)
                self.assertIn(f"Start reading:\nhttp://testserver{address}\n", mail.outbox[-1].body)

    def test_before_the_first_book_all_books_promises_what_comes_out(self):
        Book.objects.all().delete()

        page = self.client.get(reverse("orders"))

        self.assertContains(page, "<li>Every book, as soon as it comes out</li>", html=True)

    def test_the_till_of_all_books_asks_as_much_of_a_large_shelf(self):
        with CaptureQueriesContext(connection) as few:
            self.client.get(reverse("orders"))
        for number in range(10):
            make_book(f"Book {number}")

        with CaptureQueriesContext(connection) as many:
            page = self.client.get(reverse("orders"))

        self.assertContains(page, "12 books to read today")
        self.assertEqual(len(many), len(few))


class OrderPageTests(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")
        self.client.force_login(self.ada)

    def test_each_state_has_its_heading(self):
        headings = {
            OrderStatus.PENDING: "Not paid yet",
            OrderStatus.PAID: "Thank you for your order!",
            OrderStatus.EXPIRED: "This order expired",
            OrderStatus.REFUNDED: "This order was refunded",
            OrderStatus.DISPUTED: "This payment is disputed",
        }
        for status, heading in headings.items():
            with self.subTest(status):
                self.ada.orders.all().delete()
                order = make_order(self.ada, status=status)

                self.assertContains(self.client.get(order.get_absolute_url()), f"<h1>{heading}</h1>")

    def look_at(self, order):
        return self.client.get(order.get_absolute_url())

    def assert_offers_session(self, page):
        self.assertContains(page, f'action="{reverse("checkout_session")}"')
        self.assertContains(page, "Continue for $39.00")

    def assert_offers_nothing_to_pay(self, page):
        self.assertNotContains(page, '<form class="session-form"')
        self.assertNotContains(page, f'href="{reverse("orders")}"')

    def test_an_open_checkout_can_be_gone_on_with(self):
        order = make_order(self.ada)
        make_attempt(order, outcome=AttemptOutcome.OPEN)

        page = self.look_at(order)

        self.assertContains(page, "You have not been charged.")
        self.assert_offers_session(page)
        self.assertContains(page, f'href="{reverse("orders")}"')

    @override_settings(STRIPE_CHECKOUT="session")
    def test_a_shop_of_sessions_goes_on_over_this_page(self):
        order = make_order(self.ada)
        self.assertNotContains(self.look_at(order), "js/checkout.js", msg_prefix="nothing to go on with")
        make_attempt(order, outcome=AttemptOutcome.OPEN)

        page = self.look_at(order)

        self.assertContains(page, "js/checkout.js")
        self.assertContains(page, 'data-stripe-key="pk_test_sandbox"')

    def test_what_only_a_session_can_pay_is_offered_one(self):
        for code in ("authentication_required", "card_tokens_refused"):
            with self.subTest(code):
                self.ada.orders.all().delete()
                order = make_order(self.ada)
                make_attempt(order, api="payment_intents", outcome=AttemptOutcome.DECLINED, code=code)

                page = self.look_at(order)

                self.assertContains(page, "You have not been charged")
                self.assert_offers_session(page)

    def test_after_a_decline_the_way_leads_back_to_the_offer(self):
        order = make_order(self.ada)
        make_attempt(order, outcome=AttemptOutcome.DECLINED, message="Your card was declined.")

        page = self.look_at(order)

        self.assertContains(page, "Your card was declined. You have not been charged.")
        self.assertContains(page, f'href="{reverse("orders")}"')
        self.assertNotContains(page, "Continue for")

    def test_a_price_that_has_changed_is_named_before_one_goes_on(self):
        order = make_order(self.ada)
        make_attempt(order, outcome=AttemptOutcome.OPEN)
        Bundle.objects.filter(everything=True).update(price=4250)

        page = self.look_at(order)

        self.assertContains(page, "The price has changed to $42.50.")
        self.assertContains(page, "Continue for $42.50")

    def test_what_is_not_for_sale_any_more_cannot_be_paid(self):
        order = make_order(self.ada, item="bundle:gone")
        make_attempt(order, outcome=AttemptOutcome.OPEN)

        page = self.look_at(order)

        self.assertContains(page, "It isn’t for sale right now.")
        self.assert_offers_nothing_to_pay(page)

    def test_a_doubt_is_asked_about_often_and_a_bank_at_work_seldom(self):
        for outcome, seconds in ((AttemptOutcome.UNKNOWN, 3), (AttemptOutcome.PROCESSING, 600)):
            with self.subTest(outcome):
                self.ada.orders.all().delete()
                order = make_order(self.ada)
                make_attempt(order, outcome=outcome)

                page = self.look_at(order)

                self.assertContains(page, "We are confirming your payment. Do not pay again.")
                self.assertContains(page, f'data-seconds="{seconds}"')
                self.assertContains(page, f'http-equiv="refresh" content="{seconds}"')
                self.assert_offers_nothing_to_pay(page)

    def test_only_a_doubt_is_asked_about_by_itself(self):
        for status in OrderStatus:
            with self.subTest(status):
                self.ada.orders.all().delete()

                self.assertNotContains(self.look_at(make_order(self.ada, status=status)), "order_in_doubt.js")

    def test_a_paid_order_whose_books_staff_have_closed_does_not_claim_them_open(self):
        order = make_order(self.ada, status=OrderStatus.PAID)
        self.assertContains(self.look_at(order), "Your books are ready.")
        self.ada.user_permissions.clear()

        page = self.look_at(order)

        self.assertNotContains(page, "Your books are ready")
        self.assertNotContains(page, "Start reading")
        self.assertContains(page, "Write to us")

    def test_each_refund_says_how_far_it_has_come(self):
        said = {
            RefundStatus.REQUESTED: "Refund on its way since",
            RefundStatus.PENDING: "Refund on its way since",
            RefundStatus.REQUIRES_ACTION: "Refund on its way since",
            RefundStatus.SUCCEEDED: "Refunded on",
            RefundStatus.FAILED: "The refund failed. We’ll contact you",
            RefundStatus.CANCELED: "The refund failed. We’ll contact you",
        }
        order = make_order(self.ada, status=OrderStatus.PAID, refunded_amount=1000)
        for status in RefundStatus:
            with self.subTest(status):
                order.refunds.all().delete()
                make_refund(order, 1000, status=status)

                page = self.look_at(order)

                self.assertContains(page, said[status])
                for other in set(said.values()) - {said[status]}:
                    self.assertNotContains(page, other)

    def test_an_order_refunded_in_part_stays_open_and_says_how_much(self):
        order = make_order(self.ada, status=OrderStatus.PAID, refunded_amount=1000)
        make_refund(order, 1000)

        page = self.look_at(order)

        self.assertContains(page, "$10.00 refunded. You keep your books.")
        self.assertContains(page, "Start reading")
        self.assertNotContains(page, "charged twice")

    def test_a_second_payment_that_went_back_is_no_loss_of_the_order(self):
        order = make_order(self.ada, status=OrderStatus.PAID)
        make_refund(order, origin=RefundOrigin.DUPLICATE, stripe_charge_id="ch_second")

        page = self.look_at(order)

        self.assertContains(page, "You were charged twice.")
        self.assertContains(page, "The second payment of $39.00 was refunded on")
        self.assertContains(page, "Your books are ready.")
        self.assertNotContains(page, "Refunded on")

    def test_an_order_that_paid_for_the_same_product_again_says_so(self):
        make_order(self.ada, status=OrderStatus.PAID)
        order = make_order(self.ada, status=OrderStatus.REFUNDED, stripe_charge_id="ch_again")
        make_refund(order, origin=RefundOrigin.DUPLICATE)

        page = self.look_at(order)

        self.assertContains(page, "You had paid for the same thing twice")
        self.assertContains(page, "Start reading")
        self.assertNotContains(page, "Buy again")

    def test_what_was_refunded_can_be_bought_again(self):
        order = make_order(self.ada, status=OrderStatus.REFUNDED, refunded_amount=3900)
        make_refund(order)

        page = self.look_at(order)

        self.assertContains(page, "Your payment is refunded in full")
        self.assertContains(page, "Buy again")

    def test_a_dispute_says_whether_the_bank_has_decided(self):
        order = make_order(self.ada, status=OrderStatus.DISPUTED)
        lost = "Your bank has returned this payment"
        make_dispute(order, 1, "lost")
        self.assertContains(self.look_at(order), f"<h1>{lost}</h1>")

        for status in ("needs_response", "under_review"):
            with self.subTest(status):
                order.disputes.exclude(stripe_dispute_id="dp_1").delete()
                make_dispute(order, 2, status)

                page = self.look_at(order)

                self.assertContains(page, "<h1>This payment is disputed</h1>")
                self.assertNotContains(page, lost)
                self.assert_offers_nothing_to_pay(page)

    def test_a_long_story_costs_as_many_queries_as_a_short_one(self):
        order = make_order(self.ada, status=OrderStatus.PAID)
        make_attempt(order, outcome=AttemptOutcome.SUCCEEDED)
        make_refund(order, 1)
        make_dispute(order, 1, "won")
        with CaptureQueriesContext(connection) as short:
            self.look_at(order)
        for number in range(2, 12):
            make_attempt(order, number=number, outcome=AttemptOutcome.DECLINED)
            make_refund(order, number)
            make_refund(order, number, stripe_charge_id="ch_second")
            make_dispute(order, number, "won")

        with CaptureQueriesContext(connection) as long:
            self.look_at(order)

        self.assertEqual(len(long), len(short))

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

        self.assertEqual(page.context["page"].orders, [new, old])
        self.assertContains(page, "$39.00", count=2)

    def test_the_history_says_what_has_become_of_each(self):
        order = make_order(self.ada)
        attempt = make_attempt(order, outcome=AttemptOutcome.UNKNOWN)
        self.assertContains(self.client.get(reverse("order_list")), "Being confirmed")
        attempt.delete()
        self.assertContains(self.client.get(reverse("order_list")), "Not paid")
        order.delete()
        order = make_order(self.ada, status=OrderStatus.PAID)
        self.assertNotContains(self.client.get(reverse("order_list")), "refunded")
        self.ada.orders.update(refunded_amount=1000)

        self.assertContains(self.client.get(reverse("order_list")), "Paid, $10.00 refunded")

    def test_an_order_given_up_that_may_have_been_paid_does_not_say_that_it_was_not(self):
        order = make_order(self.ada, status=OrderStatus.EXPIRED, livemode=True)
        make_attempt(order, outcome=AttemptOutcome.UNKNOWN)

        page = self.look_at(order)

        self.assertContains(page, "We are confirming your payment. Do not pay again.")
        self.assertNotContains(page, "you have not been charged")

    def test_an_empty_history_says_what_to_do(self):
        page = self.client.get(reverse("order_list"))

        self.assertContains(page, "You haven’t ordered anything yet.")
        self.assertContains(page, reverse("book_list"))

    def test_twenty_five_orders_cost_as_many_queries_as_one(self):
        """Session, reader, orders, lines; and the attempts of those that are not paid, if there are any."""
        for status, queries in ((OrderStatus.REFUNDED, 4), (OrderStatus.EXPIRED, 5)):
            with self.subTest(status):
                make_order(self.ada, status=status)
                with self.assertNumQueries(queries):
                    self.client.get(reverse("order_list"))
                for _ in range(24):
                    make_order(self.ada, status=status)

                with self.assertNumQueries(queries):
                    self.client.get(reverse("order_list"))

    def test_an_order_page_costs_the_same_queries_whatever_happened_to_the_order(self):
        """Session, reader, order, lines, attempts, refunds; then what the reader may read."""
        paid = make_order(self.ada, product=make_book(), status=OrderStatus.PAID)
        with self.assertNumQueries(7):
            self.client.get(paid.get_absolute_url())
        for number in range(1, 25):
            make_attempt(paid, number=number, outcome=AttemptOutcome.DECLINED)
            make_refund(paid, 10)

        with self.assertNumQueries(7):
            self.client.get(paid.get_absolute_url())


class HistoryPagesTests(TestCase):
    """Sixty orders of Ada's, every three of them at the same moment: pages of 25, 25 and 10."""

    def setUp(self):
        self.ada = make_reader("ada")
        self.client.force_login(self.ada)
        orders = [make_order(self.ada, status=OrderStatus.REFUNDED) for _ in range(60)]
        for number, order in enumerate(orders):
            moment = datetime(2026, 1, 1 + number // 3, tzinfo=UTC)
            Order.objects.filter(pk=order.pk).update(created_at=moment)
        self.newest_first = list(self.ada.orders.values_list("pk", flat=True))

    def look_at(self, **query):
        return self.client.get(reverse("order_list"), query).context["page"]

    def keys(self, page):
        return [order.pk for order in page.orders]

    def test_older_and_newer_lead_through_all_orders_and_back(self):
        first = self.look_at()
        second = self.look_at(before=first.last.pk)
        third = self.look_at(before=second.last.pk)

        self.assertEqual([*map(self.keys, [first, second, third])], self.pages())
        back = self.look_at(after=third.first.pk)
        self.assertEqual([self.keys(back), self.keys(self.look_at(after=back.first.pk))], self.pages()[1::-1])
        ends = [(page.has_newer, page.has_older) for page in (first, second, third)]
        self.assertEqual(ends, [(False, True), (True, True), (True, False)])

    def test_every_page_costs_the_same_and_only_one_more_than_the_first(self):
        with self.assertNumQueries(4):
            self.look_at()
        for query in ({"before": self.newest_first[0]}, {"before": self.newest_first[50]}):
            with self.subTest(query), self.assertNumQueries(5):
                self.look_at(**query)

    def test_what_names_no_order_of_mine_shows_the_newest(self):
        other = make_order(make_reader("bob"), status=OrderStatus.PAID)
        for key in (other.pk, "abc", "", self.newest_first[0].int, "-"):
            with self.subTest(key):
                self.assertEqual(self.keys(self.look_at(before=key)), self.pages()[0])
        self.assertEqual(self.keys(self.look_at(before=self.newest_first[-1])), self.pages()[0])
        self.assertEqual(self.keys(self.look_at(after=self.newest_first[0])), self.pages()[0])

    def pages(self):
        return [self.newest_first[start : start + 25] for start in (0, 25, 50)]
