"""What a post to the charge address answers, and what it leaves behind."""

from django.core import mail, signing
from django.test import Client, override_settings
from django.urls import reverse

from books import access
from books.models import ALL_BOOKS, Bundle
from books.tests.builders import make_reader
from orders.checkout import claims
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase


class PaidTests(TillTestCase):
    def test_a_good_card_pays_and_opens_every_book(self):
        response = self.pay(item=self.shown_item())

        order = Order.objects.get()
        self.assertRedirects(response, order.get_absolute_url())
        self.assertContains(self.client.get(order.get_absolute_url()), "Thank you for your order!")
        self.assertEqual((order.status, order.amount, order.currency), (OrderStatus.PAID, 3900, "usd"))
        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [3900])
        self.assert_owns(self.ada, True)

    @override_settings(STRIPE_TOKEN_API="charges")
    def test_the_old_charges_api_does_the_same(self):
        self.pay(item=self.shown_item())

        order = Order.objects.get()
        self.assertEqual(order.status, OrderStatus.PAID)
        self.assertEqual([charge["id"] for charge in self.succeeded_charges()], [order.stripe_charge_id])
        self.assert_owns(self.ada, True)

    def test_without_an_item_all_books_are_bought(self):
        self.pay()

        self.assertEqual(Order.objects.get().item, ALL_BOOKS)
        self.assert_owns(self.ada, True)

    def test_the_price_comes_from_the_database_whatever_is_posted(self):
        self.pay(item=self.shown_item(), amount="1", price="1", **{"data-amount": "1"})

        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [3900])

    def test_the_charge_names_the_order(self):
        self.pay()

        [charge] = self.succeeded_charges()
        self.assertEqual(charge["metadata"]["order_id"], str(Order.objects.get().pk))

    def test_the_buyer_gets_one_mail_and_a_second_look_sends_no_other(self):
        response = self.pay()

        self.client.get(response.url)
        [sent] = mail.outbox
        self.assertEqual(sent.to, [self.ada.email])
        self.assertIn("$39.00", sent.body)

    def test_the_order_is_the_posters_whatever_address_is_posted(self):
        bob = make_reader("bob")

        self.pay(stripeEmail=bob.email, user=bob.pk)

        self.assertEqual(Order.objects.get().user, self.ada)
        self.assert_owns(bob, False)


class RefusedTests(TillTestCase):
    def test_a_decline_shows_stripes_words_and_leaves_nothing(self):
        response = self.pay("tok_visa_chargeDeclinedInsufficientFunds")

        self.assertRedirects(response, reverse("orders"), fetch_redirect_response=False)
        page = self.client.get(reverse("orders"))
        self.assertContains(page, "Your card has insufficient funds.")
        self.assertContains(page, "stripe-button")
        self.assertEqual(Order.objects.get().status, OrderStatus.PENDING)
        self.assert_nothing_bought()

    def test_a_lost_or_stolen_card_is_declined_without_saying_so(self):
        for token in ("tok_visa_chargeDeclinedLostCard", "tok_visa_chargeDeclinedStolenCard"):
            with self.subTest(token):
                self.pay(token)

                page = self.client.get(reverse("orders"))
                self.assertContains(page, "Your card was declined.")
                self.assertNotContains(page, "lost")
                self.assertNotContains(page, "stolen")
        self.assert_nothing_bought()

    def test_after_a_decline_another_card_pays_the_same_order(self):
        self.pay("tok_chargeDeclined")

        self.pay("tok_visa")

        order = Order.objects.get()
        outcomes = [attempt.outcome for attempt in order.attempts.all()]
        self.assertEqual(outcomes, [AttemptOutcome.DECLINED, AttemptOutcome.SUCCEEDED])
        self.assertEqual(order.status, OrderStatus.PAID)
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_a_card_that_needs_its_banks_confirmation_is_refused_kindly(self):
        for api in ("payment_intents", "charges"):
            with self.subTest(api), override_settings(STRIPE_TOKEN_API=api):
                response = self.pay("tok_threeDSecure2Required")

                page = self.client.get(response.url)
                self.assertEqual(response.url, Order.objects.get().get_absolute_url())
                self.assertContains(page, "Your bank wants to confirm this payment")
                self.assertContains(page, "You have not been charged.")
        self.assert_nothing_bought()

    @override_settings(STRIPE_TOKEN_API="charges")
    def test_an_account_that_refuses_tokens_sends_the_buyer_to_the_order(self):
        self.stripe.set_policies(charges_api="refused")

        response = self.pay()

        self.assertContains(self.client.get(response.url), "can’t take payments right now")
        self.assert_nothing_bought()

    def test_a_token_stripe_does_not_know_charges_nothing(self):
        response = self.pay("tok_made_up")

        self.assertRedirects(response, reverse("orders"), fetch_redirect_response=False)
        self.assertContains(self.client.get(reverse("orders")), "The payment could not be made just now.")
        self.assert_nothing_bought()

    def test_without_a_token_the_answer_is_a_400_page_and_nothing_is_left(self):
        for fields in ({}, {"stripeToken": ""}, {"stripeToken": "t" * 300}):
            with self.subTest(fields):
                response = self.client.post(reverse("charge"), fields)

                self.assertContains(response, "<main", status_code=400)
        self.assertEqual(Order.objects.count(), 0)
        self.assertEqual(self.stripe.ledger()["requests"], [])

    def test_whoever_was_logged_out_meanwhile_logs_in_and_comes_back_to_the_form(self):
        visitor = Client()
        for came_from, back in (
            ("http://testserver/orders/", "/orders/"),
            ("https://evil.example/orders/", "/"),
        ):
            with self.subTest(came_from):
                response = visitor.post(
                    reverse("charge"), {"stripeToken": "tok_visa"}, headers={"referer": came_from}
                )

                self.assertRedirects(response, f"{reverse('account_login')}?next={back}")
        self.assert_nothing_bought()

    def test_a_forged_item_is_a_400_page_and_nothing_is_left(self):
        forgeries = ["all-books", signing.dumps(["all-books", 1, "usd"], salt="another"), "x" * 5000]
        for item in forgeries:
            with self.subTest(item[:20]):
                self.assertContains(self.pay(item=item), "<main", status_code=400)
        self.assertEqual(Order.objects.count(), 0)
        self.assertEqual(self.stripe.ledger()["requests"], [])

    def test_a_changed_price_charges_neither_price(self):
        item = self.shown_item()
        Bundle.objects.filter(everything=True).update(price=4900)

        response = self.pay(item=item)

        self.assertRedirects(response, reverse("orders"), fetch_redirect_response=False)
        page = self.client.get(reverse("orders"))
        self.assertContains(page, "The price has changed")
        self.assertContains(page, "$49.00")
        self.assertEqual(Order.objects.count(), 0)
        self.assertEqual(self.stripe.ledger()["requests"], [])

    def test_after_a_decline_at_the_old_price_the_new_price_is_an_order_of_its_own(self):
        self.pay("tok_chargeDeclined")
        Bundle.objects.filter(everything=True).update(price=4900)

        self.pay("tok_visa", item=self.shown_item())

        statuses = dict(Order.objects.values_list("amount", "status"))
        self.assertEqual(statuses, {3900: OrderStatus.EXPIRED, 4900: OrderStatus.PAID})
        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [4900])

    def test_an_unpaid_order_of_the_other_mode_is_not_the_one_that_is_paid(self):
        make_order(self.ada, livemode=True)

        self.pay("tok_visa")

        statuses = dict(Order.objects.values_list("livemode", "status"))
        self.assertEqual(statuses, {True: OrderStatus.EXPIRED, False: OrderStatus.PAID})
        self.assert_owns(self.ada, True)

    def test_an_owner_is_sent_to_the_books_and_not_charged(self):
        access.give_permission(self.ada, by=None)

        response = self.pay()

        self.assertRedirects(response, reverse("book_list"), fetch_redirect_response=False)
        page = self.client.get(reverse("book_list"))
        self.assertContains(page, "You already own All Books, so nothing was charged this time.")
        self.assertEqual(Order.objects.count(), 0)
        self.assertEqual(self.stripe.ledger()["requests"], [])

    def test_an_owner_who_goes_back_to_the_purchase_page_reads_nothing_of_charges(self):
        access.give_permission(self.ada, by=None)

        page = self.client.get(reverse("orders"), follow=True)

        self.assertContains(page, "You already own All Books.")
        self.assertNotContains(page, "not been charged")

    def test_a_second_post_after_paying_charges_nothing(self):
        self.pay("tok_visa")

        for token in ("tok_visa", "tok_mastercard"):
            response = self.pay(token)

            self.assertRedirects(response, reverse("book_list"), fetch_redirect_response=False)
        self.assertEqual(len(self.succeeded_charges()), 1)
        self.assertEqual(Order.objects.count(), 1)

    def test_what_staff_took_away_is_not_sold_again_over_the_paid_order(self):
        self.pay("tok_visa")
        self.ada.user_permissions.clear()

        response = self.pay("tok_visa")

        self.assertEqual(response.url, Order.objects.get().get_absolute_url())
        self.assertEqual(len(self.succeeded_charges()), 1)
        self.assert_owns(self.ada, False)

    def test_the_eleventh_card_within_an_hour_gets_a_429_page(self):
        for _ in range(claims.ATTEMPTS_PER_HOUR):
            self.pay("tok_chargeDeclined")

        response = self.pay("tok_visa")

        self.assertContains(response, "<main", status_code=429)
        self.assertEqual(Attempt.objects.count(), claims.ATTEMPTS_PER_HOUR)
        self.assert_nothing_bought()

    @override_settings(RATE_LIMITS=False)
    def test_without_rate_limits_the_eleventh_card_pays(self):
        for _ in range(claims.ATTEMPTS_PER_HOUR):
            self.pay("tok_chargeDeclined")

        self.pay("tok_visa")

        self.assert_owns(self.ada, True)

    def test_reading_the_address_changes_nothing(self):
        for method in ("get", "head", "options", "put", "delete", "patch"):
            with self.subTest(method):
                response = getattr(self.client, method)(reverse("charge"))

                self.assertEqual(response.status_code, 405)
        self.assertEqual(Order.objects.count(), 0)
        self.assert_nothing_bought()

    def test_an_anonymous_post_is_sent_to_log_in_and_charges_nobody(self):
        response = Client().post(reverse("charge"), {"stripeToken": "tok_visa"})

        self.assertEqual(response.status_code, 302)
        self.assertIn(reverse("account_login"), response.url)
        self.assertEqual(self.stripe.ledger()["requests"], [])

    def test_a_post_from_another_site_is_refused(self):
        careful = Client(enforce_csrf_checks=True)
        careful.force_login(self.ada)

        response = careful.post(reverse("charge"), {"stripeToken": "tok_visa"})

        self.assertContains(response, "<main", status_code=403)
        self.assertEqual(self.stripe.ledger()["requests"], [])
