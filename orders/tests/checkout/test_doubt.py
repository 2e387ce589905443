"""When it is not known whether Stripe took the money: nobody pays twice, and nobody has to type."""

from datetime import timedelta
from io import StringIO
from unittest import mock

import stripe  # noqa: TID251 (its errors, which the gateway turns into its own)
from django.core.management import call_command
from django.db import InterfaceError, OperationalError
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from books.tests.builders import make_reader
from orders import stripe_gateway
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase

CONFIRM = "POST /v1/payment_intents/*/confirm"
# The library tries twice; a fault must outlast both tries.
TRIES = 2


def make_older(order, **age):
    """Move the order's attempts into the past."""
    order.attempts.update(created_at=timezone.now() - timedelta(**age))


class DoubtTests(TillTestCase):
    def lose_the_answer(self, match=CONFIRM, fault="drop_answer", times=TRIES):
        self.stripe.go_wrong(match, fault, times=times)

    def reconcile(self, minutes=0):
        out = StringIO()
        call_command("reconcile_orders", f"--minutes={minutes}", stdout=out)
        return out.getvalue()

    def test_a_lost_answer_leaves_the_order_in_doubt_and_says_not_to_pay_again(self):
        self.lose_the_answer()

        response = self.pay()

        order = Order.objects.get()
        self.assertEqual(response.url, order.get_absolute_url())
        self.assertEqual((order.status, order.in_doubt), (OrderStatus.PENDING, True))
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=1)
        page = self.client.get(response.url)
        self.assertContains(page, "We are confirming your payment. Do not pay again.")
        self.assertNotContains(page, "stripe-button")

    def test_the_order_page_asks_stripe_by_itself_and_settles(self):
        self.lose_the_answer()
        response = self.pay()

        page = self.client.get(response.url)

        self.assertContains(page, "Thank you for your order!")
        self.assert_owns(self.ada, True)
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_while_in_doubt_neither_page_nor_post_can_pay(self):
        self.lose_the_answer()
        order_page = self.pay().url

        again = self.pay("tok_mastercard")
        page = self.client.get(reverse("orders"))

        self.assertEqual(again.url, order_page)
        self.assertRedirects(page, order_page, fetch_redirect_response=False)
        self.assertEqual(Attempt.objects.count(), 1)
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_reconciling_settles_what_stripe_has_charged(self):
        self.lose_the_answer()
        self.pay()

        said = self.reconcile()

        self.assertIn("1 paid", said)
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assert_owns(self.ada, True)

    def test_reconciling_twice_changes_nothing_more(self):
        self.lose_the_answer()
        self.pay()
        self.reconcile()

        said = self.reconcile()

        self.assertIn("0 paid, 0 not charged, 0 still in doubt", said)
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_reconciling_leaves_younger_orders_alone(self):
        self.lose_the_answer()
        self.pay()

        self.reconcile(minutes=10)

        self.assertEqual(Order.objects.get().in_doubt, True)

    def test_what_never_reached_stripe_is_ended_and_can_be_paid_again(self):
        for number, match in enumerate(("POST /v1/payment_methods", "POST /v1/payment_intents", CONFIRM)):
            with self.subTest(match):
                self.client.force_login(make_reader(f"reader-of-{number}"))
                self.lose_the_answer(match, "drop_before")
                self.pay()
                order = Order.objects.latest("created_at")
                self.assertIs(order.in_doubt, True)

                self.reconcile()

                self.assertEqual([each.outcome for each in order.attempts.all()], [AttemptOutcome.FAILED])
                self.pay()
                order.refresh_from_db()
                self.assertEqual(order.status, OrderStatus.PAID)
        self.assertEqual(len(self.succeeded_charges()), 3)

    def test_an_intent_whose_attempt_was_given_up_can_never_charge(self):
        self.lose_the_answer(CONFIRM, "drop_before")
        self.pay()

        self.reconcile()

        [intent] = self.stripe.ledger()["payment_intents"]
        self.assertEqual(intent["status"], "canceled")

    def test_a_lost_decline_is_told_once_it_is_known(self):
        self.lose_the_answer()
        order_page = self.pay("tok_chargeDeclined").url

        page = self.client.get(order_page)

        self.assertContains(page, "Your card was declined.")
        self.assertContains(page, "Try again")
        self.assert_nothing_bought()

    @override_settings(STRIPE_TOKEN_API="charges")
    def test_a_charge_whose_answer_was_lost_is_found_by_its_order(self):
        self.lose_the_answer("POST /v1/charges")
        self.pay()
        self.assertEqual(Order.objects.get().in_doubt, True)

        self.reconcile()

        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assertEqual(len(self.succeeded_charges()), 1)

    @override_settings(STRIPE_TOKEN_API="charges")
    def test_a_charge_that_may_still_arrive_is_not_given_up_before_its_time(self):
        self.lose_the_answer("POST /v1/charges", "drop_before")
        self.pay()
        order = Order.objects.get()

        self.reconcile()
        self.assertIs(Order.objects.get().in_doubt, True)

        make_older(order, minutes=5)
        self.reconcile()
        self.assertIs(Order.objects.get().in_doubt, False)
        self.assert_nothing_bought()

    def test_a_server_error_is_an_unknown_outcome(self):
        self.lose_the_answer(CONFIRM, "error_500")

        response = self.pay()

        self.assertEqual(response.url, Order.objects.get().get_absolute_url())
        self.assertIs(Order.objects.get().in_doubt, True)

    def test_one_lost_answer_is_made_up_for_by_the_same_request_again(self):
        self.lose_the_answer(times=1)

        self.pay()

        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_without_stripe_reconciling_ends_with_2_and_changes_nothing(self):
        self.lose_the_answer()
        self.pay()
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=9)

        with self.assertRaises(SystemExit) as ended:
            self.reconcile()

        self.assertEqual(ended.exception.code, 2)
        self.assertIs(Order.objects.get().in_doubt, True)

    def test_another_reader_sees_neither_the_order_nor_its_doubt(self):
        self.lose_the_answer()
        order_page = self.pay().url
        stranger = Client()
        stranger.force_login(make_reader("bob"))

        response = stranger.get(order_page)

        self.assertEqual(response.status_code, 404)
        self.assertIs(Order.objects.get().in_doubt, True)

    def test_a_database_lost_after_the_charge_is_a_503_page_and_is_made_up_for(self):
        for number, error in enumerate((OperationalError, InterfaceError)):
            with self.subTest(error), mock.patch("orders.checkout.token.settle", side_effect=error("gone")):
                self.client.force_login(make_reader(f"reader-of-{number}"))

                response = self.pay()

                self.assertContains(response, "Do not pay again.", status_code=503)
                self.assertContains(response, "<main", status_code=503)
                self.assertIs(Order.objects.latest("created_at").in_doubt, True)

        self.assertIn("2 paid", self.reconcile())

    def test_a_database_lost_before_the_confirmation_charges_nothing(self):
        with mock.patch.object(Attempt, "name_payment_intent", side_effect=OperationalError("gone")):
            response = self.pay()

        self.assertEqual(response.status_code, 503)
        self.assertIs(Order.objects.get().in_doubt, True)
        self.assertIn("1 not charged", self.reconcile())
        self.assert_nothing_bought()

    def test_an_attempt_that_goes_on_while_it_is_looked_for_is_not_given_up(self):
        attempt = Attempt.objects.create(order=make_order(self.ada), number=1, api="payment_intents")

        def list_just_before_it_is_made(*, since):
            attempt.name_payment_intent("pi_being_confirmed")
            return iter(())

        with mock.patch.object(stripe_gateway, "list_payment_intents", list_just_before_it_is_made):
            self.reconcile()

        self.assertIs(Order.objects.get().in_doubt, True)

    def test_a_repeated_request_that_is_one_too_many_leaves_the_first_ones_outcome_unknown(self):
        too_many = stripe.RateLimitError("Too many requests.", http_status=429)
        for api, service in (
            ("payment_intents", "_payment_intent_service.PaymentIntentService.confirm"),
            ("charges", "_charge_service.ChargeService.create"),
        ):
            self.client.force_login(make_reader(api.replace("_", "-")))
            with (
                self.subTest(api),
                override_settings(STRIPE_TOKEN_API=api),
                mock.patch(f"stripe.{service}", side_effect=too_many),
            ):
                response = self.pay()

                order = Order.objects.latest("created_at")
                self.assertEqual(response.url, order.get_absolute_url())
                self.assertIs(order.in_doubt, True)

    def test_an_order_that_stripe_does_not_know_does_not_hold_up_the_next(self):
        lost = make_order(make_reader("bob"))
        Attempt.objects.create(
            order=lost, number=1, api="payment_intents", stripe_payment_intent_id="pi_of_another_account"
        )
        self.lose_the_answer()
        self.pay()

        self.assertIn("1 paid, 0 not charged, 1 still in doubt.", self.reconcile())

    def test_an_order_of_the_other_mode_is_asked_about_in_its_own_mode_only(self):
        order = make_order(self.ada, livemode=True)
        Attempt.objects.create(order=order, number=1, api="payment_intents")
        make_older(order, minutes=5)

        self.reconcile()
        self.client.get(order.get_absolute_url())

        self.assertIs(Order.objects.get().in_doubt, True)
        asked = [request["path"] for request in self.stripe.ledger()["requests"]]
        self.assertEqual(asked, ["/v1/events"])  # of which none is about it

    def test_a_cancellation_that_failed_is_asked_for_again(self):
        self.lose_the_answer(CONFIRM, "drop_before")
        self.pay()
        self.lose_the_answer("POST /v1/payment_intents/*/cancel", "error_500")
        self.assertIn("1 still in doubt", self.reconcile())

        self.assertIn("1 not charged", self.reconcile())
