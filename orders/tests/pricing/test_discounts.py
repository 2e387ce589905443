"""A discount lasts as long as what justifies it: what happens when the money behind it goes away."""

from io import StringIO
from unittest import mock

from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from books import access
from books.models import Book, Bundle, Grant
from books.tests.builders import make_book, make_bundle
from orders import pricing, reconciliation
from orders.models import AttemptOutcome, Order, OrderStatus, SetCredit
from orders.payments import consequences
from orders.tests.staff_cases import DeskTestCase
from orders.tests.stripe_events import tell
from users.models import CustomUser


class DiscountTestCase(DeskTestCase):
    """Ada has bought the ferry; the pair of ferry and tram costs her 900 less."""

    def setUp(self):
        self.ferry = make_book("The Ferry", price=900)
        self.tram = make_book("The Tram", price=1200)
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram, price=1800)
        super().setUp()

    def buy(self, card="4242424242424242", product=None):
        product = product or self.ferry
        offer = pricing.offer_of(product, self.ada)
        self.pay(self.stripe.make_token(card), item=offer.signed())
        return Order.objects.get(user=self.ada, item=offer.reference, status=OrderStatus.PAID)

    def open_session(self, product=None):
        """Have Ada open a checkout for a product, the pair if not told which; return the order."""
        product = product or self.pair
        product.refresh_from_db()
        offer = pricing.offer_of(product, self.ada)
        self.client.post(reverse("checkout_session"), {"item": offer.signed()})
        return Order.objects.get(user=self.ada, item=offer.reference, status=OrderStatus.PENDING)

    def session_statuses(self):
        return [each["status"] for each in self.stripe.ledger("checkout_sessions")["checkout_sessions"]]

    def opens(self, *books):
        ada = CustomUser.objects.get(pk=self.ada.pk)
        return [access.may_read(ada, book) for book in books]

    def dispute(self, order):
        """Have Ada's bank dispute an order, and let the shop know."""
        dispute = self.stripe.dispute(order.stripe_charge_id)
        self.hear()
        return dispute

    def end(self, dispute, how):
        self.stripe.close_dispute(dispute["id"], how)
        self.hear()

    def differences(self):
        return [(each.kind, each.order) for each in reconciliation.examine().differences]


class OpenSessionTests(DiscountTestCase):
    def test_a_refund_closes_the_session_that_counts_on_it(self):
        order = self.open_session()

        self.refund()

        self.assertEqual(self.session_statuses(), ["expired"])
        self.assertEqual(order.attempts.get().outcome, AttemptOutcome.FAILED)
        self.assertEqual(pricing.offer_of(self.pair, self.ada).amount, 1800)

    def test_a_refund_in_part_closes_it_too(self):
        self.open_session()

        self.refund(amount=100)

        self.assertEqual(self.session_statuses(), ["expired"])

    def test_a_session_that_does_not_count_on_it_stays_open(self):
        self.open_session(make_book("Another", price=700))

        self.refund()

        self.assertEqual(self.session_statuses(), ["open"])

    def test_a_dispute_closes_it_as_soon_as_it_is_told_of(self):
        self.open_session()
        self.stripe.dispute(self.order.stripe_charge_id)
        events = self.stripe.ledger("events")["events"]
        [event] = [each for each in events if each["type"] == "charge.dispute.created"]

        self.assertEqual(tell(self.client, event).status_code, 200)

        self.assertEqual(self.session_statuses(), ["expired"])

    def test_reconciling_closes_what_staff_have_changed_the_price_of(self):
        changes = {
            "suspended": lambda: access.suspend(Grant.objects.filter(book=self.ferry), by=None),
            "dearer": lambda: Bundle.objects.filter(pk=self.pair.pk).update(price=2000),
            "cheaper": lambda: Bundle.objects.filter(pk=self.pair.pk).update(price=1700),
            "taken out": lambda: Book.objects.filter(pk__in=[self.ferry.pk, self.tram.pk]).update(
                is_published=False
            ),
        }
        for name, change in changes.items():
            with self.subTest(name):
                self.open_session()
                self.hear()
                self.assertEqual(self.session_statuses().count("open"), 1)

                change()
                self.hear()

                self.assertNotIn("open", self.session_statuses())

    def test_a_price_change_of_a_book_closes_its_session(self):
        self.open_session(self.tram)
        Book.objects.filter(pk=self.tram.pk).update(price=1300)

        self.hear()

        self.assertEqual(self.session_statuses(), ["expired"])

    def test_what_could_not_be_closed_at_once_is_closed_by_reconciling(self):
        self.open_session()
        self.stripe.go_wrong("POST /v1/checkout/sessions/*/expire", "drop_before", times=9)
        with mock.patch("stripe.HTTPClient._sleep_time_seconds", return_value=0):
            self.refund()
        self.assertEqual(self.session_statuses(), ["open"])
        self.stripe.clear_faults()

        self.hear()

        self.assertEqual(self.session_statuses(), ["expired"])

    def test_one_that_was_paid_before_it_could_be_closed_is_an_order_that_the_doctor_names(self):
        order = self.open_session()
        [session] = self.stripe.ledger("checkout_sessions")["checkout_sessions"]
        self.stripe.pay_session(session["id"], number=self.card)

        self.refund()

        order.refresh_from_db()
        self.assertEqual(order.status, OrderStatus.PAID)
        self.assertEqual(self.differences(), [("discount_without_cause", str(order.pk))])


class ToldTests(DiscountTestCase):
    def test_what_a_discount_rests_on_is_written_with_the_order(self):
        order = self.buy(product=self.pair)

        [credit] = SetCredit.objects.all()
        self.assertEqual((credit.line.order, credit.source.order), (order, self.order))
        self.assertEqual((credit.book, credit.amount), (self.ferry, 900))

    def test_a_price_that_rests_on_other_money_by_now_names_that(self):
        order = self.open_session()
        self.refund()
        again = self.buy()

        self.open_session()

        [credit] = SetCredit.objects.filter(line__order=order)
        self.assertEqual(credit.source.order, again)

    def test_the_page_that_refunds_names_every_order_and_session_before_and_after(self):
        paid = self.buy(product=self.pair)
        Bundle.objects.filter(everything=True).update(price=5000)
        self.open_session(Bundle.objects.get(everything=True))
        sentences = [
            f"It made {paid} cheaper by $9.00 (Two Journeys), and that order keeps its discount",
            "A checkout is open where All Books costs $9.00 less because of this order. It will expire.",
        ]

        page = self.desk.get(self.page_of(self.order))
        for sentence in sentences:
            self.assertContains(page, sentence)

        after = self.desk.post(self.page_of(self.order), self.fill_in(self.order), follow=True)
        [letter] = [each for each in mail.outbox if each.to == [self.grace.email]]
        self.assertEqual(letter.subject, f"Refund of $9.00 for order {self.order.number}")
        for sentence in sentences:
            self.assertContains(after, sentence)
            self.assertIn(sentence, letter.body)
        self.assertEqual(self.session_statuses(), ["expired"])

    def test_the_command_names_them_too(self):
        paid = self.buy(product=self.pair)
        said = StringIO()

        call_command(
            "refund_order", str(self.order.pk), "--reason=x", f"--by={self.grace.email}", stdout=said
        )

        self.assertIn(f"It made {paid} cheaper by $9.00 (Two Journeys)", said.getvalue())

    def test_a_refund_that_made_nothing_cheaper_says_nothing_of_the_kind(self):
        self.buy(product=make_book("Another", price=700))

        self.assertEqual(consequences.say_consequences(self.order), [])

    def test_a_refund_in_the_dashboard_is_told_to_staff_if_it_has_consequences(self):
        paid = self.buy(product=self.pair)
        mail.outbox.clear()
        self.stripe.refund(self.order.stripe_charge_id)

        self.hear()

        [letter] = [each for each in mail.outbox if each.to == [self.grace.email]]
        self.assertIn("in Stripe's dashboard", letter.body)
        self.assertIn(f"It made {paid} cheaper by $9.00", letter.body)

    def test_a_refund_in_the_dashboard_without_consequences_is_not(self):
        self.stripe.refund(self.order.stripe_charge_id)

        self.hear()

        self.assertEqual(self.letters(self.grace), [])

    def test_the_doctor_names_both_orders_and_leaves_the_decision_to_people(self):
        paid = self.buy(product=self.pair)
        self.assertEqual(self.differences(), [])

        self.refund()

        [difference] = reconciliation.examine().differences
        self.assertEqual((difference.kind, difference.order), ("discount_without_cause", str(paid.pk)))
        self.assertIn(str(self.order.pk), difference.detail)
        self.assertIn("$9.00", difference.detail)
        self.assertIs(reconciliation.can_repair(difference.kind), False)
        self.assertEqual(self.opens(self.ferry, self.tram), [True, True])

    def test_a_refund_in_part_takes_the_reason_for_that_part_alone(self):
        self.buy(product=self.pair)

        self.refund(amount=100)

        [difference] = reconciliation.examine().differences
        self.assertIn("$1.00", difference.detail)

    def test_what_more_had_been_paid_than_the_discount_needed_may_go_back(self):
        self.buy(product=self.tram)
        self.pair.books.add(make_book("Another"))
        free = self.buy_for_nothing()
        self.refund(amount=250)
        self.assertEqual(self.differences(), [])

        self.refund(amount=100)

        self.assertEqual(self.differences(), [("discount_without_cause", str(free.pk))])

    def test_the_cheaper_order_refunded_first_leaves_nothing_to_tell(self):
        paid = self.buy(product=self.pair)
        self.refund(paid)
        self.assertEqual(consequences.say_consequences(self.order), [])

        self.refund()

        self.assertEqual(self.differences(), [])

    def buy_for_nothing(self):
        """Complete the pair, for which the ferry and the tram have brought 300 more than it costs."""
        offer = pricing.offer_of(self.pair, self.ada)
        self.assertEqual(offer.amount, 0)
        self.pay(item=offer.signed())
        return Order.objects.get(item=offer.reference)


class DisputedTests(DiscountTestCase):
    def test_a_dispute_withholds_what_only_the_cheaper_order_opens_until_it_is_won(self):
        paid = self.buy(product=self.pair)

        dispute = self.dispute(self.order)
        self.assertEqual(self.opens(self.ferry, self.tram), [False, False])
        page = self.client.get(paid.get_absolute_url())
        self.assertContains(page, "your bank is holding back an earlier payment that made it cheaper")

        self.end(dispute, "won")
        self.assertNotContains(self.client.get(paid.get_absolute_url()), "holding back")
        self.assertEqual(self.opens(self.ferry, self.tram), [True, True])
        self.assertEqual(self.differences(), [])

    def test_a_lost_one_keeps_it_closed(self):
        paid = self.buy(product=self.pair)

        self.end(self.dispute(self.order), "lost")

        self.assertEqual(self.opens(self.ferry, self.tram), [False, False])
        self.assertEqual(self.differences(), [("discount_without_cause", str(paid.pk))])

    def test_an_inquiry_withholds_nothing(self):
        self.buy(product=self.pair)

        self.stripe.inquire(self.order.stripe_charge_id)
        self.hear()

        self.assertEqual(self.opens(self.ferry, self.tram), [True, True])

    def test_what_another_order_or_staff_opened_stays_open(self):
        other = make_book("Another", price=700)
        self.buy(product=self.pair)
        self.buy(product=other)
        access.give(self.ada, self.tram, by=self.grace, note="A gift.")

        self.dispute(self.order)

        self.assertEqual(self.opens(self.ferry, self.tram, other), [False, True, True])

    def test_an_order_that_was_free_is_withheld_too(self):
        self.buy(product=self.tram)
        extra = make_book("Another")
        self.pair.books.add(extra)
        self.pay(item=pricing.offer_of(self.pair, self.ada).signed())
        self.assertEqual(self.opens(extra), [True])

        self.dispute(self.order)

        self.assertEqual(self.opens(self.ferry, self.tram, extra), [False, True, False])

    def test_a_dispute_about_the_cheaper_order_leaves_the_other_open(self):
        paid = self.buy(product=self.pair)

        self.dispute(paid)

        self.assertEqual(self.opens(self.ferry, self.tram), [True, False])

    def test_an_order_paid_while_the_dispute_is_open_waits_for_it_too(self):
        order = self.open_session()
        [session] = self.stripe.ledger("checkout_sessions")["checkout_sessions"]
        self.stripe.pay_session(session["id"], number=self.card)

        dispute = self.dispute(self.order)
        order.refresh_from_db()
        self.assertEqual(order.status, OrderStatus.PAID)
        self.assertEqual(self.opens(self.tram), [False])

        self.end(dispute, "won")
        self.assertEqual(self.opens(self.tram), [True])

    def test_refunding_the_cheaper_order_ends_the_matter(self):
        paid = self.buy(product=self.pair)
        self.end(self.dispute(self.order), "lost")

        self.refund(paid)

        self.assertEqual(self.differences(), [])

    def test_the_letter_and_the_doctor_name_both_orders(self):
        paid = self.buy(product=self.pair)
        mail.outbox.clear()

        self.dispute(self.order)

        [letter] = [each for each in mail.outbox if each.to == [self.grace.email]]
        said = " ".join(letter.body.split())
        self.assertIn(
            f"{self.order} made {paid} cheaper by $9.00. "
            f"Until the bank decides, the buyer has no access to what only {paid} includes.",
            said,
        )
        [difference] = reconciliation.examine().differences
        self.assertEqual((difference.kind, difference.order), ("discount_without_cause", str(paid.pk)))
        self.assertIn(str(self.order.pk), difference.detail)

    def test_the_doctor_opens_what_should_be_open_and_closes_what_should_not(self):
        paid = self.buy(product=self.pair)
        dispute = self.dispute(self.order)
        access.grant(self.ada, self.pair, order_id=paid.pk)
        self.assertIn(("access_without_payment", str(paid.pk)), self.differences())

        call_command_quietly("money_doctor", "--repair")
        self.assertEqual(self.opens(self.tram), [False])

        self.end(dispute, "won")
        access.revoke(self.ada, self.pair, order_id=paid.pk, reason=access.DISPUTED)
        self.assertEqual(self.differences(), [("paid_without_access", str(paid.pk))])
        call_command_quietly("money_doctor", "--repair")
        self.assertEqual(self.opens(self.tram), [True])


def call_command_quietly(*words):
    try:
        call_command(*words, stdout=StringIO(), stderr=StringIO())
    except SystemExit:
        """It ends with 1 while something differs."""
