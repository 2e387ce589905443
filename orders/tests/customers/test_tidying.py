"""With an account goes what Stripe keeps about its reader; lost answers are found again."""

from datetime import timedelta

from django.test import override_settings

from books.tests.builders import make_book, make_reader
from orders import customers
from orders.models import StripeCustomer
from orders.tests.customers.test_sessions import CREATE, CustomerTestCase
from users.personal_data.erasure import erase
from users.personal_data.export import export

DELETE = "DELETE /v1/customers/*"


def let_time_pass(minutes=3):
    for customer in StripeCustomer.objects.exclude(asked_at=None):
        customer.asked_at -= timedelta(minutes=minutes)
        customer.save()


class ErasedTests(CustomerTestCase):
    def setUp(self):
        super().setUp()
        self.open_session()

    def test_stripe_deletes_the_customer_of_an_erased_account(self):
        erase(self.ada)
        self.assertEqual(StripeCustomer.objects.get().email, "")
        self.assertEqual(len(self.customers()), 1)

        customers.tidy()

        self.assertEqual((self.customers(), StripeCustomer.objects.count()), ([], 0))

    def test_a_customer_of_somebody_who_stays_stays(self):
        bob = make_reader("bob")
        self.open_session(reader=bob)
        erase(self.ada)

        customers.tidy()

        self.assertEqual(self.customers(), [StripeCustomer.objects.get(user=bob).stripe_customer_id])

    def test_it_is_tried_again_until_stripe_answers(self):
        erase(self.ada)
        for fault in ("drop_before", "error_500", "drop_answer"):
            self.stripe.go_wrong(DELETE, fault, times=2)
            customers.tidy()
            self.assertEqual(StripeCustomer.objects.count(), 1)

        customers.tidy()

        self.assertEqual((self.customers(), StripeCustomer.objects.count()), ([], 0))

    def test_one_that_staff_have_deleted_already_is_done(self):
        self.stripe.delete_customer(self.session()["customer"])
        erase(self.ada)

        customers.tidy()

        self.assertEqual(StripeCustomer.objects.count(), 0)

    def test_one_of_the_other_mode_waits_for_its_keys(self):
        erase(self.ada)

        with override_settings(STRIPE_LIVE_MODE=True):
            customers.tidy()

        self.assertEqual((len(self.customers()), StripeCustomer.objects.count()), (1, 1))

    def test_the_export_says_what_stripe_was_given(self):
        [found] = export(self.ada)["customers at Stripe"]

        self.assertEqual(
            (found["stripe_customer_id"], found["email"]), (self.session()["customer"], self.ada.email)
        )


class LostAnswerTests(CustomerTestCase):
    def setUp(self):
        super().setUp()
        self.stripe.go_wrong(CREATE, "drop_answer", times=2)
        self.open_session()
        self.stripe.clear_faults()

    def test_a_customer_whose_answer_was_lost_is_found(self):
        let_time_pass()

        customers.tidy()

        self.assertEqual([StripeCustomer.objects.get().stripe_customer_id], self.customers())

    def test_it_is_found_even_after_stripe_has_forgotten_the_key(self):
        let_time_pass(minutes=3)
        customers.tidy()
        let_time_pass(minutes=2 * 24 * 60)

        self.open_session(make_book().reference)

        self.assertEqual([self.session()["customer"]], self.customers())

    def test_one_that_may_still_be_on_its_way_is_left_alone(self):
        customers.tidy()

        self.assertEqual(StripeCustomer.objects.get().stripe_customer_id, "")

    def test_nothing_of_an_erased_account_is_left_at_stripe(self):
        erase(self.ada)
        customers.tidy()
        self.assertEqual(StripeCustomer.objects.count(), 1)
        let_time_pass()

        customers.tidy()

        self.assertEqual((self.customers(), StripeCustomer.objects.count()), ([], 0))

    def test_one_that_never_reached_stripe_is_asked_for_again(self):
        bob = make_reader("bob")
        self.stripe.go_wrong(CREATE, "drop_before", times=2)
        self.open_session(reader=bob)
        let_time_pass()

        customers.tidy()
        self.open_session(make_book().reference, reader=bob)

        self.assertEqual(StripeCustomer.objects.get(user=bob).stripe_customer_id, self.customers()[-1])
        self.assertEqual(len(self.customers()), 2)
