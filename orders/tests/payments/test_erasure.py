"""An account is erased while something may still be paid: sessions are closed, money finds its way back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client, TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from books.models import ALL_BOOKS, Grant
from books.tests.builders import make_reader, make_staff
from orders import pricing
from orders.checkout import Purchase, claims, errors
from orders.models import Attempt, AttemptApi, AttemptOutcome, Order, OrderStatus, Refund, RefundStatus
from orders.payments.catch_up import reconcile
from orders.payments.sync import settle
from orders.tests import stripe_events
from orders.tests.reconciliation.test_money_doctor import DoctorTestCase
from tests.mailbox import mail_to
from users.models import CustomUser
from users.personal_data import erasure

CONFIRM = "POST /v1/payment_intents/*/confirm"
# The library tries twice; a fault must outlast both tries.
TRIES = 2
WAITS, JUST_PAID = "is still being confirmed", "has just been paid"
QUEUE = {"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}}


@override_settings(MAILERS=QUEUE)
class LeavingTestCase(DoctorTestCase):
    """Ada has an account and is about to erase it; Grace runs the shop."""

    def setUp(self):
        super().setUp()
        self.grace = make_staff()

    def leave(self):
        """Post what the page of the account posts."""
        return self.client.post(reverse("account_erase"), {"password": "testpass123", "sure": "on"})

    def leave_as_before(self):
        """Empty the account as if nothing were under way, as the shop did before it looked."""
        with mock.patch("orders.payments.leaving._unfinished", return_value=Attempt.objects.none()):
            erasure.erase(self.ada)

    def lose_the_answer(self):
        """Have Stripe charge Ada without the shop knowing."""
        self.stripe.go_wrong(CONFIRM, "drop_answer", times=TRIES)
        self.pay()
        self.assertTrue(Order.objects.get().in_doubt)

    def order_unpaid(self):
        """Return an order of Ada's with which nothing is under way any more."""
        self.pay("tok_chargeDeclined")
        return Order.objects.get()

    def charge_too_late(self):
        """Have Ada's order paid at Stripe once her account is erased; return the order."""
        order = self.order_unpaid()
        self.leave()
        self.assert_erased()
        self.stripe.charge_again(order_id=str(order.pk))
        return order

    def hear(self):
        """Have the worker ask Stripe about everything that the shop may have missed."""
        reconcile(older_than=timedelta(0))

    def sessions(self):
        return [each["status"] for each in self.stripe.ledger("checkout_sessions")["checkout_sessions"]]

    def kept(self):
        """Return what the shop has of each charge."""
        return [charge["amount"] - charge["amount_refunded"] for charge in self.succeeded_charges()]

    def assert_erased(self):
        self.ada.refresh_from_db()
        self.assertTrue(self.ada.is_erased)

    def assert_still_there(self):
        self.ada.refresh_from_db()
        self.assertEqual((self.ada.email, self.ada.is_active), ("ada@example.com", True))
        self.assertEqual(self.client.get(reverse("account_overview")).status_code, 200)

    def assert_waits(self, said, answer=None):
        self.assertContains(answer or self.leave(), said, status_code=409)
        self.assert_still_there()

    def assert_refunded(self, order, refunds=1):
        """The money is back once, nothing opens, Grace knows, nobody else was written to."""
        order = Order.objects.get(pk=order.pk)
        self.assertEqual((order.status, order.refunded_amount), (OrderStatus.REFUNDED, order.amount))
        self.assertEqual(self.kept(), [0])
        self.assertEqual([refund.origin for refund in Refund.objects.all()], ["erased"] * refunds)
        self.assertEqual(Grant.objects.count(), 0)
        self.assert_owns(self.ada, False)
        self.assertEqual(mail_to(self.ada.email), [])
        [letter] = mail_to(self.grace.email)
        self.assertIn("after the buyer had erased their account", letter.message)


class SessionTests(LeavingTestCase):
    def test_an_open_session_is_closed_first(self):
        self.open_session()

        self.assertRedirects(self.leave(), reverse("home"), fetch_redirect_response=False)

        self.assert_erased()
        self.assertEqual(self.sessions(), ["expired"])
        self.assertEqual(Attempt.objects.get().outcome, AttemptOutcome.FAILED)
        self.assertEqual(self.succeeded_charges(), [])

    def test_one_that_was_paid_in_the_same_moment_is_told_and_nothing_is_erased(self):
        session = self.open_session()
        self.stripe.pay_session(session)

        self.assert_waits(JUST_PAID)

        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assert_owns(self.ada, True)
        self.assertEqual(self.kept(), [3900])

    def test_who_then_still_wants_to_leave_leaves_and_the_sale_stands(self):
        self.stripe.pay_session(self.open_session())
        self.leave()

        self.leave()

        self.assert_erased()
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assertEqual(self.kept(), [3900])
        self.hear()
        self.assert_finds()

    def test_while_stripe_cannot_be_asked_the_session_is_waited_for(self):
        self.open_session()
        self.stripe.go_wrong("* /v1/checkout/sessions/*", "drop_before", times=9)

        self.assert_waits(WAITS)
        self.assertEqual(self.sessions(), ["open"])

        self.stripe.clear_faults()
        self.leave()
        self.assert_erased()
        self.assertEqual(self.sessions(), ["expired"])

    def test_a_bank_that_takes_its_time_is_waited_for_until_it_has_decided(self):
        session = self.open_session()
        self.stripe.end_session(session, "complete_unpaid")

        self.assert_waits(WAITS)
        self.assert_waits(WAITS)

        self.stripe.end_session(session, "async_fail")
        self.leave()
        self.assert_erased()
        self.assertEqual(self.succeeded_charges(), [])

    def test_a_session_that_stripe_was_never_asked_for_is_given_up(self):
        claims.claim(self.ada, Purchase(), api=AttemptApi.HOSTED_PAGE)

        self.leave()

        self.assert_erased()
        self.assertEqual(Attempt.objects.get().outcome, AttemptOutcome.FAILED)

    def test_what_begins_between_the_closing_and_the_erasing_is_seen(self):
        def begin(user):
            claims.claim(user, Purchase(), api=AttemptApi.PAYMENT_INTENTS)

        with mock.patch("orders.payments.leaving.end_what_is_under_way", begin):
            answer = self.leave()

        self.assert_waits(WAITS, answer)

    def test_a_session_of_the_other_mode_is_no_obstacle(self):
        self.open_session()
        Order.objects.update(livemode=True)

        self.leave()

        self.assert_erased()

    def test_what_others_have_under_way_is_no_obstacle_and_stays(self):
        session = self.open_session()
        bob = make_reader("bob")

        erasure.erase(bob)

        bob.refresh_from_db()
        self.assertTrue(bob.is_erased)
        self.assertEqual(self.sessions(), ["open"])
        self.stripe.pay_session(session)


class DoubtTests(LeavingTestCase):
    def test_a_payment_whose_answer_was_lost_is_found_and_told(self):
        self.lose_the_answer()

        self.assert_waits(JUST_PAID)

        self.assert_owns(self.ada, True)

    def test_one_that_stripe_does_not_speak_of_is_waited_for(self):
        self.lose_the_answer()
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=9)

        self.assert_waits(WAITS)

        self.assertEqual(Order.objects.get().status, OrderStatus.PENDING)
        self.assertEqual(self.kept(), [3900])

    def test_one_that_may_be_on_its_way_is_waited_for_and_an_old_one_is_ended(self):
        claims.claim(self.ada, Purchase(), api=AttemptApi.PAYMENT_INTENTS)

        self.assert_waits(WAITS)

        Attempt.objects.update(created_at=timezone.now() - timedelta(minutes=5))
        self.leave()
        self.assert_erased()
        self.assertEqual(Attempt.objects.get().outcome, AttemptOutcome.FAILED)

    def test_the_worker_settles_it_and_the_next_try_erases(self):
        self.lose_the_answer()
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=1)
        self.assert_waits(WAITS)
        self.stripe.clear_faults()

        self.hear()
        self.leave()

        self.assert_erased()
        self.assertEqual((Order.objects.get().status, self.kept()), (OrderStatus.PAID, [3900]))


class TooLateTests(LeavingTestCase):
    def test_money_that_the_worker_finds_goes_back_by_itself(self):
        order = self.charge_too_late()

        self.hear()
        self.hear()

        self.assert_refunded(order)
        self.assert_finds()

    def test_a_webhook_long_after_the_erasure_gives_it_back_once(self):
        order = self.charge_too_late()
        events = self.stripe.ledger("events")["events"]
        [event] = [each for each in events if each["type"] == "charge.succeeded"]

        answers = [stripe_events.tell(Client(), event).status_code for _ in range(2)]

        self.assertEqual(answers, [200, 200])
        self.assert_refunded(order)
        self.assert_finds()

    def test_the_doctor_knows_it_and_repairs_it(self):
        order = self.charge_too_late()

        self.assert_finds("paid_by_erased")
        self.assert_repairs()

        self.assert_refunded(order)

    def test_an_account_erased_in_doubt_by_an_earlier_version_gets_its_money_back(self):
        self.lose_the_answer()
        self.leave_as_before()
        self.assert_finds("paid_by_erased")

        self.hear()

        self.assert_refunded(Order.objects.get())
        self.assert_finds()

    def test_a_refund_that_stripe_does_not_answer_is_made_by_the_worker_and_once(self):
        order = self.charge_too_late()
        charge = self.succeeded_charges()[0]["id"]
        self.stripe.go_wrong("POST /v1/refunds", "drop_answer", times=TRIES)

        with mock.patch("orders.payments.sync._process", side_effect=KeyboardInterrupt):
            self.assertRaises(KeyboardInterrupt, settle, Order.objects.get(), charge)
        self.assertEqual(Refund.objects.get().status, RefundStatus.REQUESTED)
        self.hear()
        self.stripe.clear_faults()
        self.hear()

        self.assert_refunded(order)

    def test_a_refund_that_fails_is_told_to_staff_and_stays_a_difference(self):
        self.charge_too_late()
        self.hear()
        refund = self.stripe.ledger("refunds")["refunds"][-1]

        self.stripe.settle_refund(refund["id"], "fail")
        self.hear()

        self.assert_finds("paid_by_erased")
        self.assertEqual(Refund.objects.count(), 1)
        self.assertIn("failed", mail_to(self.grace.email)[-1].subject)

    def test_what_was_bought_before_the_account_was_erased_is_not_refunded(self):
        self.pay()
        self.leave()

        self.hear()

        self.assertEqual((Order.objects.get().status, self.kept()), (OrderStatus.PAID, [3900]))
        self.assertEqual(Refund.objects.count(), 0)
        self.assert_finds()

    def test_a_second_charge_for_what_was_bought_before_goes_back_as_one(self):
        self.pay()
        self.leave()
        self.stripe.charge_again(order_id=str(Order.objects.get().pk))

        self.hear()

        self.assertEqual(self.kept(), [3900, 0])
        self.assertEqual(Refund.objects.get().origin, "duplicate")

    def test_a_disputed_payment_goes_back_once_the_bank_has_let_go_of_it(self):
        order = self.charge_too_late()
        dispute = self.stripe.dispute(self.succeeded_charges()[0]["id"])
        self.hear()
        self.assertEqual(Order.objects.get().status, OrderStatus.DISPUTED)
        self.assertEqual(Refund.objects.count(), 0)

        self.stripe.close_dispute(dispute["id"], "won")
        self.hear()

        self.assertEqual(Order.objects.get(pk=order.pk).status, OrderStatus.REFUNDED)
        self.assertEqual(self.kept(), [0])

    def test_nobody_buys_for_an_account_that_was_erased_meanwhile(self):
        at_the_till = CustomUser.objects.get(pk=self.ada.pk)
        self.leave()

        with self.assertRaises(errors.AccountClosed):
            claims.claim(at_the_till, Purchase(), api=AttemptApi.PAYMENT_INTENTS)

        self.assertEqual(Order.objects.count(), 0)


class CrashTests(LeavingTestCase):
    def test_killed_between_the_closing_and_the_erasing_nothing_is_erased_and_the_next_try_does(self):
        self.open_session()

        with mock.patch("users.personal_data.erasure._empty", side_effect=KeyboardInterrupt):
            self.assertRaises(KeyboardInterrupt, self.leave)
        self.assert_still_there()
        self.assertEqual(self.sessions(), ["expired"])

        self.leave()
        self.assert_erased()

    def test_killed_in_the_middle_of_erasing_everything_is_still_there(self):
        with mock.patch("users.personal_data.erasure.LogEntry.objects.filter", side_effect=KeyboardInterrupt):
            self.assertRaises(KeyboardInterrupt, self.leave)

        self.assert_still_there()

    def test_erasing_twice_changes_nothing_more(self):
        erasure.erase(self.ada)
        before = CustomUser.objects.filter(pk=self.ada.pk).values().get()

        erasure.erase(self.ada)

        self.assertEqual(CustomUser.objects.filter(pk=self.ada.pk).values().get(), before)


class DeskTests(LeavingTestCase):
    """Grace erases accounts in the admin, one or several."""

    def setUp(self):
        super().setUp()
        self.desk = Client()
        self.desk.force_login(self.grace)
        self.bob = make_reader("bob")

    def erase_one(self):
        address = reverse("admin:users_customuser_delete", args=[self.ada.pk])
        return self.desk.post(address, {"post": "yes"}, follow=True)

    def erase_several(self, **data):
        chosen = {"action": "delete_selected", "_selected_action": [self.ada.pk, self.bob.pk]}
        address = reverse("admin:users_customuser_changelist")
        return self.desk.post(address, chosen | data, follow=True)

    def test_an_open_session_is_closed_and_the_account_emptied(self):
        self.open_session()

        answer = self.erase_one()

        self.assertContains(answer, "Erased: ada@example.com.")
        self.assert_erased()
        self.assertEqual(self.sessions(), ["expired"])

    def test_a_payment_in_doubt_is_told_and_nothing_is_erased(self):
        self.lose_the_answer()
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=9)

        self.assertContains(self.erase_one(), WAITS)

        self.assert_still_there()

    def test_of_several_those_wait_that_have_to(self):
        self.stripe.pay_session(self.open_session())

        answer = self.erase_several(post="yes")

        self.assertContains(
            answer, f"Not erased: ada@example.com. Order {Order.objects.get().number} {JUST_PAID}"
        )
        self.assertContains(answer, "Erased: bob@example.com.")
        self.assert_still_there()
        self.bob.refresh_from_db()
        self.assertTrue(self.bob.is_erased)

    def test_it_is_asked_first(self):
        for answer in (
            self.erase_several(),
            self.desk.get(reverse("admin:users_customuser_delete", args=[self.ada.pk])),
        ):
            self.assertContains(answer, "Erasing cannot be undone.")
            self.assertContains(answer, "ada@example.com")
        self.assert_still_there()

    def test_more_than_one_can_wait_for_are_not_erased_at_once(self):
        with mock.patch("users.admin.accounts.MOST_ERASED_AT_ONCE", 1):
            self.assertContains(self.erase_several(post="yes"), "at most 1 accounts at once")

        self.assert_still_there()

    def test_an_account_that_has_ordered_is_emptied_and_its_orders_stay(self):
        self.pay()

        self.erase_one()

        self.assert_erased()
        self.assertEqual(Order.objects.get().user, self.ada)

    def test_nobody_erases_who_is_above_nor_themselves(self):
        helga = make_reader("helga")
        CustomUser.objects.filter(pk=helga.pk).update(is_staff=True)
        helga.user_permissions.set([*_rights("delete_customuser", "view_customuser", "change_customuser")])
        self.desk.force_login(CustomUser.objects.get(pk=helga.pk))
        self.bob.user_permissions.set(_rights("view_order"))

        answer = self.erase_several(post="yes")

        self.assertEqual(answer.status_code, 403)
        self.assert_still_there()
        self.desk.force_login(self.grace)
        address = reverse("admin:users_customuser_delete", args=[self.grace.pk])
        self.assertEqual(self.desk.post(address, {"post": "yes"}).status_code, 403)


@pytest.mark.postgresql
class AtOnceTests(TransactionTestCase):
    """Real connections, and no transaction around the test: Stripe asked inside one would be refused."""

    serialized_rollback = True  # with what migrations brought: All Books

    @pytest.fixture(autouse=True)
    def _stripe(self, sandbox):
        self.stripe = sandbox

    def setUp(self):
        cache.clear()
        self.ada = make_reader("ada")
        self.browser = Client()
        self.browser.force_login(self.ada)

    def at_once(self, *posts):
        """Post all at the same time from Ada's browser; return the statuses."""

        def post(address, data):
            browser = Client()
            browser.cookies = self.browser.cookies
            try:
                return browser.post(address, data).status_code
            finally:
                connection.close()

        with ThreadPoolExecutor(len(posts)) as pool:
            return list(pool.map(post, *zip(*posts, strict=True)))

    def kept(self):
        succeeded = [each for each in self.stripe.charges if each["status"] == "succeeded"]
        return sum(charge["amount"] - charge["amount_refunded"] for charge in succeeded)

    def test_two_erasures_at_once_are_one(self):
        self.browser.post(reverse("checkout_session"), {"item": self.item()})
        leaving = (reverse("account_erase"), {"password": "testpass123", "sure": "on"})

        statuses = self.at_once(leaving, leaving, leaving)

        self.ada.refresh_from_db()
        self.assertTrue(self.ada.is_erased)
        self.assertIn(302, statuses)
        self.assertLessEqual(set(statuses), {302, 409})
        self.assertEqual(self.kept(), 0)

    def test_an_erasure_and_a_payment_at_once_end_in_a_sale_or_in_no_charge(self):
        leaving = (reverse("account_erase"), {"password": "testpass123", "sure": "on"})
        paying = (reverse("charge"), {"stripeToken": "tok_visa", "item": self.item()})
        for _ in range(3):
            self.stripe.reset()
            Order.objects.all().delete()
            CustomUser.objects.filter(pk=self.ada.pk).delete()
            self.ada = make_reader("ada")
            self.browser.force_login(self.ada)

            self.at_once(leaving, paying)
            reconcile(older_than=timedelta(0))

            self.ada.refresh_from_db()
            sold = Order.objects.filter(status=OrderStatus.PAID).count()
            self.assertEqual(self.kept(), 3900 * sold)
            if not sold:
                self.assertTrue(self.ada.is_erased)

    def test_staff_erase_outside_of_every_transaction(self):
        desk = Client()
        desk.force_login(make_staff())
        self.browser.post(reverse("checkout_session"), {"item": self.item()})

        desk.post(reverse("admin:users_customuser_delete", args=[self.ada.pk]), {"post": "yes"})

        self.ada.refresh_from_db()
        self.assertTrue(self.ada.is_erased)
        [session] = self.stripe.ledger("checkout_sessions")["checkout_sessions"]
        self.assertEqual(session["status"], "expired")

    def item(self):
        return pricing.find_offer(ALL_BOOKS, self.ada).signed()


def _rights(*codenames):
    return list(Permission.objects.filter(codename__in=codenames))
