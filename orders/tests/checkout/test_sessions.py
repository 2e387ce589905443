"""What a post to the session address answers, and what coming back from Stripe's checkout does."""

import re
from urllib.parse import parse_qs, urlsplit

from django.core import mail, signing
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books import access
from books.models import ALL_BOOKS, Bundle
from books.tests.builders import make_reader
from orders import pricing
from orders.checkout import claims
from orders.models import Attempt, AttemptApi, AttemptOutcome, Order, OrderStatus
from orders.payments.attempts import close_session
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase

SESSIONS = "/v1/checkout/sessions"
GOOD_CARD, DECLINED_CARD = "4242424242424242", "4000000000000002"


class SessionTestCase(TillTestCase):
    def ask(self, *, script=False, **fields):
        """Ask for a session as the page's form does, or as its script does."""
        accept = "application/json" if script else "text/html,*/*"
        fields = {"item": pricing.find_offer(ALL_BOOKS, self.ada).signed()} | fields
        return self.client.post(reverse("checkout_session"), fields, headers={"accept": accept})

    def sessions(self):
        return self.stripe.ledger("checkout_sessions")["checkout_sessions"]

    def pay_in_session(self, number=GOOD_CARD):
        """Pay in the newest session, as the buyer does on Stripe's page, and confirm if the bank asks."""
        self.stripe.pay_session(self.sessions()[-1]["id"], number=number, authenticate=True)

    def come_back(self, session_id=None):
        """Follow Stripe's way back to the shop."""
        session_id = self.sessions()[-1]["id"] if session_id is None else session_id
        return self.client.get(reverse("checkout_return"), {"session_id": session_id})

    def outcomes(self):
        return [attempt.outcome for attempt in Attempt.objects.order_by("created_at")]

    def assert_goes_to(self, address, **fields):
        """A form is redirected, a script is told where to go."""
        self.assertRedirects(self.ask(**fields), address, fetch_redirect_response=False)
        told = self.ask(script=True, **fields)
        self.assertEqual((told.status_code, told.json()), (409, {"location": address}))


class OpenedTests(SessionTestCase):
    def test_a_script_is_given_the_secret_of_a_session_to_embed(self):
        response = self.ask(script=True)

        order = Order.objects.get()
        [session] = self.sessions()
        self.assertEqual(response.json(), {"client_secret": session["client_secret"], "order": str(order.pk)})
        self.assertEqual(session["ui_mode"], "embedded_page")
        self.assertIn("no-store", response.headers["Cache-Control"])
        self.assertEqual((order.status, order.in_doubt), (OrderStatus.PENDING, False))
        self.assert_nothing_bought()

    def test_a_form_is_led_to_stripe_s_page(self):
        response = self.ask()

        [session] = self.sessions()
        self.assertEqual((response.status_code, response.url), (303, session["url"]))
        self.assertEqual(session["ui_mode"], "hosted_page")

    def test_stripe_converts_no_price_into_the_buyer_s_currency(self):
        self.ask()

        self.assertEqual(self.sessions()[0]["adaptive_pricing"], {"enabled": False})

    def test_the_session_names_order_price_and_reader_of_our_own(self):
        self.ask(amount="1", price="1", customer_email="bob@example.com")

        [session] = self.sessions()
        order = Order.objects.get()
        self.assertEqual(session["metadata"]["order_id"], str(order.pk))
        self.assertEqual((session["amount_total"], session["currency"]), (3900, "usd"))
        [customer] = self.stripe.customers
        self.assertEqual((session["customer"], customer["email"]), (customer["id"], self.ada.email))
        self.pay_in_session()
        self.assertEqual(self.succeeded_charges()[0]["metadata"]["order_id"], str(order.pk))

    def test_asking_again_resumes_the_same_session(self):
        first = [self.ask(script=True).json(), self.ask(script=True).json()]
        self.assertEqual(first[0], first[1])
        second = [self.ask().url, self.ask().url]
        self.assertEqual(second[0], second[1])

        self.assertEqual(len(self.sessions()), 2)
        self.assertEqual(Attempt.objects.count(), 2)
        self.assertEqual(Order.objects.count(), 1)

    def test_of_two_kinds_of_session_only_the_last_can_be_paid_in(self):
        for script in (True, False, True):
            self.ask(script=script)

        self.assertEqual([each["status"] for each in self.sessions()], ["expired", "expired", "open"])

    def test_without_an_item_all_books_are_bought(self):
        response = self.client.post(reverse("checkout_session"))

        self.assertEqual(response.status_code, 303)
        self.assertEqual(Order.objects.get().item, ALL_BOOKS)

    def test_an_expired_session_is_followed_by_a_new_one_for_the_same_order(self):
        before = self.ask(script=True).json()
        self.stripe.end_session(self.sessions()[0]["id"], "expire")

        after = self.ask(script=True).json()

        self.assertNotEqual(after["client_secret"], before["client_secret"])
        self.assertEqual(after["order"], before["order"])
        self.assertEqual(self.outcomes(), [AttemptOutcome.FAILED, AttemptOutcome.OPEN])

    def test_many_earlier_attempts_cost_no_more_queries(self):
        self.ask()  # Stripe knows the reader from here on
        Order.objects.all().delete()
        order = make_order(self.ada)
        with CaptureQueriesContext(connection) as few:
            self.ask()
        order.attempts.all().delete()
        for number in range(1, 9):
            Attempt.objects.create(
                order=order, number=number, api="hosted_page", outcome=AttemptOutcome.DECLINED
            )

        with CaptureQueriesContext(connection) as many:
            self.ask()

        self.assertEqual(len(many), len(few))


class RefusedTests(SessionTestCase):
    def test_an_item_not_signed_by_us_is_a_400_page(self):
        for item in ("book:1", signing.dumps(["all-books", 1, "usd"], salt="another"), "\0"):
            for script in (False, True):
                with self.subTest(item=item, script=script):
                    response = self.ask(item=item, script=script)

                    self.assertContains(response, "<main", status_code=400)
        self.assertEqual((Order.objects.count(), self.sessions()), (0, []))

    def test_an_owner_is_shown_the_books(self):
        access.give_permission(self.ada, by=None)

        self.assert_goes_to(reverse("book_list"))

        self.assertEqual((Order.objects.count(), self.sessions()), (0, []))

    def test_a_price_that_has_changed_is_shown_before_anything_is_opened(self):
        shown = pricing.find_offer(ALL_BOOKS, self.ada).signed()
        Bundle.objects.filter(everything=True).update(price=4250)

        self.assert_goes_to(reverse("orders"), item=shown)

        self.assertContains(self.client.get(reverse("orders")), "The price has changed.")
        self.assertEqual((Order.objects.count(), self.sessions()), (0, []))

    def test_at_a_new_price_the_session_of_the_old_one_is_closed(self):
        self.ask()
        Bundle.objects.filter(everything=True).update(price=4250)

        self.ask()

        self.assertEqual([each["status"] for each in self.sessions()], ["expired", "open"])
        self.assertEqual([each["amount_total"] for each in self.sessions()], [3900, 4250])
        statuses = Order.objects.order_by("created_at").values_list("status", flat=True)
        self.assertEqual(list(statuses), [OrderStatus.EXPIRED, OrderStatus.PENDING])

    def test_too_many_attempts_are_a_429_page(self):
        order = make_order(self.ada)
        for number in range(1, claims.ATTEMPTS_PER_HOUR + 1):
            Attempt.objects.create(
                order=order, number=number, api="hosted_page", outcome=AttemptOutcome.FAILED
            )

        for script in (False, True):
            self.assertContains(self.ask(script=script), "<main", status_code=429)

        self.assertEqual(self.sessions(), [])

    def test_if_stripe_cannot_be_reached_nothing_is_left_in_the_way(self):
        self.stripe.go_wrong(f"POST {SESSIONS}", "drop_before", times=9)

        self.assert_goes_to(reverse("orders"))
        page = self.client.get(reverse("orders"))
        self.assertContains(page, "Stripe could not be reached.")
        self.assertContains(page, "You have not been charged", count=2)  # once for each that asked
        self.assert_nothing_bought()

        self.stripe.clear_faults()
        self.assertEqual(self.ask().status_code, 303)
        self.assertEqual(Order.objects.count(), 1)

    def test_while_a_charge_is_in_doubt_no_session_is_opened(self):
        self.stripe.go_wrong("POST /v1/payment_intents/*/confirm", "drop_answer", times=2)
        order_page = self.pay().url

        self.assert_goes_to(order_page)

        self.assertEqual(self.sessions(), [])

    def test_looking_opens_nothing(self):
        for method in (self.client.get, self.client.head):
            self.assertEqual(method(reverse("checkout_session")).status_code, 405)

        self.assertEqual((Order.objects.count(), self.sessions()), (0, []))

    def test_a_visitor_is_sent_to_log_in(self):
        response = Client().post(reverse("checkout_session"))

        self.assertEqual(response.status_code, 302)
        self.assertEqual((Order.objects.count(), self.sessions()), (0, []))


class PaidWithTests(SessionTestCase):
    def receipt_of(self, **paying):
        """Return what the receipt says about paying in this way, on the page and in the letter."""
        self.ask()
        self.stripe.pay_session(self.sessions()[-1]["id"], authenticate=True, **paying)
        self.come_back()
        order = Order.objects.get()
        self.assertIn(f"Paid: $39.00, with {order.paid_with}\n", mail.outbox[-1].body)
        self.assertContains(self.client.get(order.get_absolute_url()), f", with {order.paid_with}\n")
        return order.paid_with

    def test_the_receipt_names_the_card(self):
        self.assertEqual(self.receipt_of(number=GOOD_CARD), "Visa ending in 4242")

    def test_the_receipt_names_the_wallet_and_its_card(self):
        self.assertEqual(self.receipt_of(method="apple_pay"), "Apple Pay, Visa ending in 4242")

    def test_the_receipt_names_what_is_no_card(self):
        self.assertEqual(self.receipt_of(method="paypal"), "PayPal")

    def test_so_it_does_with_a_token_under_either_interface(self):
        for api, token, said in (
            ("payment_intents", "tok_amex", "American Express ending in 0005"),
            ("charges", "tok_mastercard", "Mastercard ending in 4444"),
        ):
            with self.subTest(api), self.settings(STRIPE_TOKEN_API=api):
                ada = make_reader(api)
                self.client.force_login(ada)

                self.pay(token)

                self.assertEqual(Order.objects.get(user=ada).paid_with, said)

    def test_what_costs_nothing_was_paid_with_nothing(self):
        order = Order.objects.get(pk=make_order(self.ada, amount=0, status=OrderStatus.PAID).pk)

        self.assertEqual(order.paid_with, "")
        self.assertNotContains(self.client.get(order.get_absolute_url()), ", with ")


class ReturnTests(SessionTestCase):
    def test_coming_back_from_paying_settles(self):
        self.ask()
        self.pay_in_session()

        response = self.come_back()

        order = Order.objects.get()
        self.assertRedirects(response, order.get_absolute_url())
        self.assertEqual((order.status, order.paid_at is not None), (OrderStatus.PAID, True))
        self.assertEqual(order.stripe_checkout_session_id, self.sessions()[0]["id"])
        self.assert_owns(self.ada, True)

    def test_coming_back_twice_changes_nothing_more(self):
        self.ask()
        self.pay_in_session()
        self.come_back()
        before = Order.objects.values().get()

        self.come_back()

        self.assertEqual(Order.objects.values().get(), before)
        self.assertEqual(len(mail.outbox), 1)

    def test_coming_back_unpaid_leads_to_the_order_which_can_still_be_paid(self):
        self.ask()
        self.pay_in_session(DECLINED_CARD)

        page = self.client.get(self.come_back().url)

        self.assertContains(page, "Not paid yet")
        self.assertContains(page, "Continue for $39.00")
        self.assertEqual(self.outcomes(), [AttemptOutcome.OPEN])
        self.assert_nothing_bought()

    def test_a_session_that_is_not_the_reader_s_own_is_a_404_page(self):
        self.ask()
        self.pay_in_session()
        [session] = self.sessions()
        self.client.force_login(make_reader("bob"))

        for session_id in (session["id"], "cs_test_made_up", "", "{CHECKOUT_SESSION_ID}", "\x07"):
            with self.subTest(session_id):
                self.assertContains(self.come_back(session_id), "<main", status_code=404)

        self.assertContains(self.client.get(reverse("checkout_return")), "<main", status_code=404)
        self.assertEqual(Order.objects.get().status, OrderStatus.PENDING)

    def test_while_stripe_is_away_the_order_is_in_doubt_and_settles_later(self):
        self.ask()
        self.pay_in_session()
        self.stripe.go_wrong(f"GET {SESSIONS}/*", "drop_before", times=9)

        page = self.client.get(self.come_back().url)

        self.assertContains(page, "We are confirming your payment. Do not pay again.")
        self.assertIs(Order.objects.get().in_doubt, True)
        self.stripe.clear_faults()
        page = self.client.get(Order.objects.get().get_absolute_url())
        self.assertContains(page, "Thank you for your order!")
        self.assert_owns(self.ada, True)

    def test_a_session_that_turns_out_to_be_open_is_not_in_doubt_any_more(self):
        self.ask()
        self.stripe.go_wrong("GET /v1/checkout/sessions/*", "drop_before", times=9)
        order_page = self.come_back().url
        self.assertIs(Order.objects.get().in_doubt, True)
        self.stripe.clear_faults()

        self.assertContains(self.client.get(order_page), "Not paid yet")

        self.assertIs(Order.objects.get().in_doubt, False)

    def test_who_is_no_longer_logged_in_comes_by_the_log_in_to_the_same_order(self):
        self.ask()
        self.pay_in_session()
        self.client.logout()

        back = self.come_back()
        [log_in] = re.findall(r'href="(/accounts/login/\?next=/orders/return/[^"]+)"', back.text)
        self.client.force_login(self.ada)

        led = self.client.get(parse_qs(urlsplit(log_in).query)["next"][0])
        self.assertRedirects(led, Order.objects.get().get_absolute_url())
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)

    def test_a_price_change_closes_the_session_of_the_old_price_at_once(self):
        shown = pricing.find_offer(ALL_BOOKS, self.ada).signed()
        self.ask()
        Bundle.objects.filter(everything=True).update(price=4900)

        self.ask(item=shown)

        self.assertEqual([session["status"] for session in self.sessions()], ["expired"])

    def test_a_bank_that_takes_days_leaves_the_order_in_doubt_until_it_has_decided(self):
        for ending, status, heading in (
            ("async_succeed", OrderStatus.PAID, "Thank you for your order!"),
            ("async_fail", OrderStatus.PENDING, "Not paid yet"),
        ):
            with self.subTest(ending):
                self.client.force_login(make_reader(ending.replace("_", "-")))
                self.ask()
                session_id = self.sessions()[-1]["id"]
                self.stripe.end_session(session_id, "complete_unpaid")

                page = self.client.get(self.come_back().url)
                self.assertContains(page, "This way of paying takes your bank")

                self.stripe.end_session(session_id, ending)
                order = Order.objects.latest("created_at")
                self.assertContains(self.client.get(order.get_absolute_url()), f"<h1>{heading}</h1>")
                order.refresh_from_db()
                self.assertEqual((order.status, order.in_doubt), (status, False))


class BothWaysTests(SessionTestCase):
    """A card token and a session for the same order: nobody pays in both."""

    def test_a_token_closes_the_open_session_before_it_is_charged(self):
        self.ask()

        self.pay()

        self.assertEqual([each["status"] for each in self.sessions()], ["expired"])
        self.assertEqual(self.outcomes(), [AttemptOutcome.FAILED, AttemptOutcome.SUCCEEDED])
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_a_token_is_not_charged_if_the_session_was_paid_in(self):
        self.ask()
        self.pay_in_session()

        response = self.pay()

        self.assertRedirects(response, reverse("book_list"))
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_a_token_is_not_charged_if_the_session_cannot_be_closed(self):
        self.ask()
        self.stripe.go_wrong(f"POST {SESSIONS}/*/expire", "drop_before", times=9)

        response = self.pay()

        self.assertRedirects(response, reverse("orders"))
        self.assert_nothing_bought()

    def test_a_session_that_another_request_gave_up_is_not_closed_at_stripe(self):
        order = make_order(self.ada)
        attempt = order.attempts.create(number=1, api=AttemptApi.HOSTED_PAGE, outcome=AttemptOutcome.OPEN)
        meanwhile = Attempt.objects.get()
        self.assertTrue(meanwhile.abandon())

        # Whoever asks Stripe gets no answer, and close_session would raise.
        self.stripe.go_wrong(f"POST {SESSIONS}/*/expire", "drop_before", times=9)
        close_session(attempt)

        self.assertEqual(self.outcomes(), [AttemptOutcome.FAILED])

    def test_a_card_that_its_bank_confirms_is_paid_with_in_a_session_of_the_same_order(self):
        page = self.client.get(self.pay("tok_threeDSecure2Required").url)
        self.assertContains(page, "Your bank wants to confirm this payment")
        self.assertContains(page, f'action="{reverse("checkout_session")}"')

        self.ask(item=page.context["offer"].signed())
        self.pay_in_session("4000002760003184")
        self.come_back()

        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assertEqual(self.outcomes(), [AttemptOutcome.DECLINED, AttemptOutcome.SUCCEEDED])

    @override_settings(STRIPE_TOKEN_API="charges")
    def test_an_account_that_refuses_tokens_is_paid_in_a_session_of_the_same_order(self):
        self.stripe.set_policies(charges_api="refused")
        page = self.client.get(self.pay().url)
        self.assertContains(page, f'action="{reverse("checkout_session")}"')

        self.ask(item=page.context["offer"].signed())
        self.pay_in_session()
        self.come_back()

        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assertEqual(self.outcomes(), [AttemptOutcome.FAILED, AttemptOutcome.SUCCEEDED])
