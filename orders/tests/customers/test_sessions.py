"""A reader's session is opened for what Stripe keeps about them, and opened without it if that fails."""

from datetime import timedelta

from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from books.models import ALL_BOOKS
from books.tests.builders import make_book, make_reader
from orders import pricing
from orders.customers import customer_for
from orders.models import Attempt, AttemptApi, AttemptOutcome, Order, OrderStatus, StripeCustomer
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase
from users.personal_data.erasure import erase

CREATE, UPDATE = "POST /v1/customers", "POST /v1/customers/*"


class CustomerTestCase(TillTestCase):
    def open_session(self, reference=ALL_BOOKS, *, embedded=False, reader=None):
        """Ask for a session as the page does."""
        reader = reader or self.ada
        client = Client()
        client.force_login(reader)
        accept = "application/json" if embedded else "text/html"
        item = pricing.find_offer(reference, reader).signed()
        return client.post(reverse("checkout_session"), {"item": item}, headers={"accept": accept})

    def session(self):
        """Return the newest session."""
        return self.stripe.ledger("checkout_sessions")["checkout_sessions"][-1]

    def customers(self):
        """Return the ids of the customers at Stripe that nobody has deleted."""
        return [each["id"] for each in self.stripe.customers if "deleted" not in each]

    def assert_opened(self, response, *, customer):
        """The buyer is led to Stripe's page, for this customer or none."""
        self.assertEqual(response.status_code, 303)
        session = self.session()
        self.assertEqual(session["customer"], customer)
        # Stripe takes the address of the customer, if there is one.
        self.assertEqual(session["customer_email"], None if customer else self.ada.email)


class FirstSessionTests(CustomerTestCase):
    def test_the_first_session_makes_a_customer_with_the_reader_s_address(self):
        response = self.open_session()

        [customer] = self.stripe.customers
        self.assertEqual(customer["email"], self.ada.email)
        self.assert_opened(response, customer=customer["id"])
        row = StripeCustomer.objects.get()
        self.assertEqual((row.user, row.stripe_customer_id, row.livemode), (self.ada, customer["id"], False))

    def test_looking_and_paying_by_card_form_make_none(self):
        self.client.get(reverse("orders"))
        self.pay()

        self.assertEqual((self.stripe.customers, StripeCustomer.objects.count()), ([], 0))

    def test_what_is_refused_makes_none(self):
        offer = pricing.find_offer(ALL_BOOKS, self.ada).signed()
        self.pay()

        self.client.post(reverse("checkout_session"), {"item": offer})

        self.assertEqual(self.stripe.customers, [])

    def test_every_further_session_is_for_the_same_customer(self):
        self.open_session()
        book = make_book("The Ferry")

        for embedded in (True, False):
            self.open_session(book.reference, embedded=embedded)

        sessions = self.stripe.ledger("checkout_sessions")["checkout_sessions"]
        self.assertEqual({each["customer"] for each in sessions}, set(self.customers()))
        self.assertEqual((len(sessions), len(self.customers())), (3, 1))

    def test_two_readers_have_two_customers(self):
        bob = make_reader("bob")
        self.open_session()
        self.open_session(reader=bob)

        self.assertEqual(len(self.customers()), 2)
        self.assertEqual(StripeCustomer.objects.get(user=bob).stripe_customer_id, self.customers()[1])

    def test_stripe_is_never_asked_who_has_an_address(self):
        self.open_session()
        self.open_session()

        asked = self.stripe.ledger("requests")["requests"]
        self.assertEqual(
            [each for each in asked if "customers" in each["path"] and each["method"] == "GET"], []
        )

    def test_checkout_asks_before_it_keeps_a_card_and_offers_to_remove_it(self):
        self.open_session()

        self.assertEqual(
            self.session()["saved_payment_method_options"],
            {"payment_method_save": "enabled", "payment_method_remove": "enabled"},
        )
        self.assertEqual(self.session()["payment_intent"], None)

    def test_a_kept_card_pays_the_next_order(self):
        ferry, tram = make_book("The Ferry"), make_book("The Tram")
        self.open_session(ferry.reference)
        self.stripe.pay_session(self.session()["id"], save=True)
        [card] = self.stripe.ledger("payment_methods")["payment_methods"]
        self.open_session(tram.reference)

        self.stripe.pay_session(self.session()["id"], method=card["id"])
        self.client.get(reverse("checkout_return"), {"session_id": self.session()["id"]})

        self.assertEqual(Order.objects.get(item=tram.reference).status, OrderStatus.PAID)

    def test_a_new_address_is_told_to_stripe_before_the_next_session(self):
        self.open_session()
        self.ada.email = "ada.new@example.com"
        self.ada.save()

        response = self.open_session(make_book().reference)

        [customer] = self.stripe.customers
        self.assertEqual(customer["email"], "ada.new@example.com")
        self.assert_opened(response, customer=customer["id"])

    @override_settings(STRIPE_LIVE_MODE=True)
    def test_each_mode_has_its_own(self):
        StripeCustomer.objects.create(user=self.ada, livemode=False, stripe_customer_id="cus_test")

        self.open_session()

        [customer] = self.customers()
        self.assertEqual(StripeCustomer.objects.get(livemode=True).stripe_customer_id, customer)


class DeletedInTheDashboardTests(CustomerTestCase):
    def test_another_is_made_once_for_the_same_order(self):
        self.open_session()
        gone = self.session()["customer"]
        self.stripe.end_session(self.session()["id"], "expire")
        self.client.get(reverse("checkout_return"), {"session_id": self.session()["id"]})
        self.stripe.delete_customer(gone)

        response = self.open_session()

        [fresh] = self.customers()
        self.assert_opened(response, customer=fresh)
        self.assertEqual((Order.objects.count(), fresh == gone), (1, False))
        self.assertEqual(self.session()["metadata"]["order_id"], str(Order.objects.get().pk))

    def test_it_is_noticed_as_well_when_the_address_has_changed(self):
        self.open_session()
        self.stripe.delete_customer(self.session()["customer"])
        self.ada.email = "ada.new@example.com"
        self.ada.save()

        response = self.open_session(make_book().reference)

        [fresh] = self.customers()
        self.assert_opened(response, customer=fresh)


class WithoutACustomerTests(CustomerTestCase):
    def test_a_failure_never_stops_a_purchase(self):
        for fault in ("drop_before", "drop_answer", "error_500"):
            with self.subTest(fault):
                reader = self.ada = make_reader(fault)
                self.stripe.go_wrong(CREATE, fault, times=2)

                self.assert_opened(self.open_session(reader=reader), customer=None)
                self.stripe.pay_session(self.session()["id"])

                self.client.force_login(reader)
                self.client.get(reverse("checkout_return"), {"session_id": self.session()["id"]})
                self.assert_owns(reader, True)
                self.stripe.clear_faults()

    def test_nor_does_an_address_that_could_not_be_changed(self):
        self.open_session()
        self.ada.email = "ada.new@example.com"
        self.ada.save()
        self.stripe.go_wrong(UPDATE, "drop_before", times=2)

        self.assert_opened(self.open_session(make_book().reference), customer=None)

    def test_an_attempt_keeps_to_what_was_decided_first(self):
        """Stripe refuses two requests under one key that differ, as those of two tabs would."""
        one, other = self.same_attempt(), self.same_attempt()
        self.stripe.go_wrong(CREATE, "drop_before", times=2)
        self.assertEqual(customer_for(one), "")

        self.assertEqual((customer_for(other), len(self.customers())), ("", 1))

    def test_after_a_lost_answer_the_next_session_is_for_the_customer_that_was_made(self):
        self.stripe.go_wrong(CREATE, "drop_answer", times=2)
        self.open_session()
        [made] = self.customers()

        response = self.open_session(make_book().reference)

        self.assert_opened(response, customer=made)
        self.assertEqual(self.customers(), [made])

    def test_a_request_of_yesterday_is_not_repeated(self):
        """Stripe forgets a key after a day, and would make a second customer."""
        self.stripe.go_wrong(CREATE, "drop_answer", times=2)
        self.open_session()
        StripeCustomer.objects.update(asked_at=timezone.now() - timedelta(days=1))

        response = self.open_session(make_book().reference)

        self.assert_opened(response, customer=None)
        self.assertEqual(len(self.customers()), 1)

    def test_an_account_that_was_erased_meanwhile_gets_none(self):
        attempt = self.same_attempt()
        erase(self.ada)

        self.assertEqual(customer_for(attempt), "")
        self.assertEqual((self.stripe.customers, StripeCustomer.objects.count()), ([], 0))

    def same_attempt(self):
        """Return the open attempt as a request of its own reads it."""
        order = Order.objects.first() or make_order(self.ada)
        if not order.attempts.exists():
            order.attempts.create(number=1, api=AttemptApi.HOSTED_PAGE, outcome=AttemptOutcome.OPEN)
        return Attempt.objects.select_related("order__user").get()
