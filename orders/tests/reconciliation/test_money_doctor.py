"""The doctor finds each difference, and nothing where there is none."""

import json
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from unittest import mock

from django.core.management import call_command
from django.db import connection
from django.db.models import Sum
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.models import Grant
from books.tests.builders import make_book, make_reader
from orders import reconciliation, stripe_gateway
from orders.models import (
    Allocation,
    Attempt,
    Dispute,
    Order,
    OrderLine,
    OrderStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from orders.payments import order_state
from orders.tests.builders import add_line, make_order
from orders.tests.cases import TillTestCase
from users.personal_data.erasure import erase


class DoctorTestCase(TillTestCase):
    def run_doctor(self, *flags):
        """Return what was printed, what was said beside it, and the exit code."""
        out, err, code = StringIO(), StringIO(), 0
        try:
            call_command("money_doctor", *flags, stdout=out, stderr=err)
        except SystemExit as ended:
            code = ended.code
        return out.getvalue(), err.getvalue(), code

    def examine(self, *flags):
        """Return what --json printed and the exit code."""
        printed, _, code = self.run_doctor("--json", *flags)
        return json.loads(printed or "null"), code

    def assert_finds(self, *kinds):
        report, code = self.examine()
        self.assertEqual(sorted(each["kind"] for each in report["differences"]), sorted(kinds))
        self.assertEqual(code, int(bool(set(kinds) - {"withdrawn_by_staff"})))

    def assert_repairs(self, *left):
        """Repair, and find that these kinds are left and nothing else."""
        report, code = self.examine("--repair")
        self.assertEqual(sorted(each["kind"] for each in report["differences"]), sorted(left))
        self.assertEqual(code, int(bool(left)))

    def bought(self, token="tok_visa"):  # noqa: S107 (one of Stripe's test tokens)
        """Return the order that Ada has just paid."""
        self.pay(token)
        return Order.objects.get(user=self.ada)

    def open_session(self):
        """Open a Checkout Session for Ada and return its id."""
        answer = self.client.post(
            reverse("checkout_session"),
            {"item": self.shown_item()},
            headers={"accept": "application/json"},
        )
        self.assertEqual(answer.status_code, 200)
        return Attempt.objects.latest("pk").stripe_checkout_session_id

    def make_older(self, model, **age):
        model.objects.update(created_at=timezone.now() - timedelta(**age))


class MoneyDoctorTests(DoctorTestCase):
    def test_an_empty_shop_is_sound(self):
        self.assertEqual(self.examine(), ({"orders": [], "differences": []}, 0))

    def test_a_bought_order_is_listed_in_full_and_sound(self):
        self.pay()

        report, code = self.examine()

        order = Order.objects.get()
        self.assertEqual(code, 0)
        self.assertEqual(report["differences"], [])
        self.assertEqual(
            report["orders"],
            [
                {
                    "id": str(order.pk),
                    "user": "ada@example.com",
                    "item": "all-books",
                    "status": "paid",
                    "in_doubt": False,
                    "amount": 3900,
                    "currency": "usd",
                    "refunded_amount": 0,
                    "stripe_charge_id": self.succeeded_charges()[0]["id"],
                    "stripe_payment_intent_id": order.stripe_payment_intent_id,
                    "stripe_checkout_session_id": None,
                    "created_at": order.created_at.isoformat(),
                    "access": True,
                }
            ],
        )

    def test_a_declined_order_is_sound(self):
        self.pay("tok_chargeDeclined")

        self.assert_finds()

    def test_stripes_clock_may_be_behind_ours(self):
        self.pay()
        Order.objects.update(created_at=timezone.now() + timedelta(minutes=1))

        self.assert_finds()

    def test_an_order_in_doubt_is_unsettled(self):
        self.stripe.go_wrong("POST /v1/payment_intents/*/confirm", "drop_answer", times=2)
        self.pay()

        self.assert_finds("unsettled")

    def test_a_charge_without_an_order_is_an_orphan(self):
        self.pay()
        Grant.objects.all().delete()
        Order.objects.all().delete()

        self.assert_finds("orphan_charge")

    def test_a_paid_order_without_a_grant_is_without_access(self):
        self.pay()
        Grant.objects.all().delete()

        self.assert_finds("paid_without_access")

    def test_what_staff_took_away_is_a_note(self):
        self.pay()
        self.ada.user_permissions.clear()

        self.assert_finds("withdrawn_by_staff")

    def test_a_grant_of_an_unpaid_order_is_access_without_payment(self):
        self.pay()
        Order.objects.update(status=OrderStatus.PENDING, paid_at=None, stripe_charge_id="")

        self.assert_finds("access_without_payment", "unsettled")

    def test_a_charge_over_another_amount_is_a_mismatch(self):
        self.pay()
        Order.objects.update(amount=4900)

        self.assert_finds("amount_mismatch")

    def test_an_order_of_the_other_mode_is_a_mismatch(self):
        self.pay()
        Order.objects.update(livemode=True)

        self.assert_finds("mode_mismatch")

    def test_a_paid_order_that_stripe_does_not_know_is_a_mismatch(self):
        make_order(self.ada, status=OrderStatus.PAID)

        self.assert_finds("amount_mismatch")

    def test_a_second_charge_for_an_order_is_a_duplicate(self):
        self.pay()
        self.stripe.charge_again(order_id=str(Order.objects.get().pk))

        self.assert_finds("duplicate_charge")

    def test_without_stripe_nothing_is_compared(self):
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=9)

        self.assertEqual(self.examine(), (None, 2))

    def test_a_charge_that_names_nothing_is_an_orphan(self):
        self.stripe.charge_again(order_id="nobody")

        self.assert_finds("orphan_charge")

    def test_an_orphan_that_was_refunded_is_none(self):
        self.stripe.charge_again(order_id="11111111-1111-4111-8111-111111111111")
        self.stripe.refund(self.succeeded_charges()[0]["id"])

        self.assert_finds()

    def test_a_grant_whose_order_is_not_there_is_access_without_payment(self):
        self.pay()
        charge = self.succeeded_charges()[0]
        Order.objects.all().delete()
        self.stripe.refund(charge["id"])

        self.assert_finds("access_without_payment")

    def test_a_free_order_needs_no_charge(self):
        free = make_book("The Pier", price=0)
        make_order(self.ada, product=free, status=OrderStatus.PAID, stripe_charge_id="")

        self.assert_finds()

    def test_who_has_left_is_no_note(self):
        self.pay()
        erase(self.ada)

        self.assert_finds()

    def test_a_line_that_was_refunded_opens_nothing_and_the_others_do(self):
        free = make_book("The Pier", price=0)
        order = make_order(self.ada, product=free, status=OrderStatus.PAID, stripe_charge_id="")
        line = add_line(order, make_book("The Tram", price=0))
        self.assert_finds("paid_without_access")

        refund = Refund.objects.create(
            order=order, amount=1, origin=RefundOrigin.STAFF, status=RefundStatus.SUCCEEDED
        )
        refund.lines.add(line)

        self.assert_finds()

    # Checkout Sessions

    def test_an_open_session_is_no_difference_and_is_named(self):
        session_id = self.open_session()

        report, code = self.examine()

        self.assertEqual((report["differences"], code), ([], 0))
        self.assertEqual(report["orders"][0]["stripe_checkout_session_id"], session_id)

    def test_the_session_that_paid_is_named(self):
        session_id = self.open_session()
        self.stripe.pay_session(session_id)
        self.client.get(reverse("checkout_return"), {"session_id": session_id})

        report, code = self.examine()

        self.assertEqual((report["differences"], code), ([], 0))
        [row] = report["orders"]
        self.assertEqual((row["status"], row["stripe_checkout_session_id"]), ("paid", session_id))

    def test_a_session_paid_without_anybody_having_heard_is_unsettled(self):
        self.stripe.pay_session(self.open_session())

        self.assert_finds("unsettled")

    def test_a_payment_that_takes_its_time_is_no_difference(self):
        session_id = self.open_session()
        self.stripe.end_session(session_id, "complete_unpaid")
        self.client.get(reverse("checkout_return"), {"session_id": session_id})
        self.assertEqual(Attempt.objects.get().outcome, "processing")

        self.assert_finds()

    # Refunds

    def test_a_refund_that_was_not_heard_of_is_a_difference_until_it_is(self):
        for amount in (1000, 2900):
            with self.subTest(amount):
                order = Order.objects.filter(user=self.ada).first() or self.bought()
                self.stripe.refund(order.stripe_charge_id, amount=amount)
                self.assert_finds("refund_unheard")

                call_command("reconcile_orders", "--minutes=0", stdout=StringIO())

                self.assert_finds()

    def test_a_refund_that_failed_unheard_is_a_difference(self):
        order = self.bought()
        refund = self.stripe.refund(order.stripe_charge_id)
        call_command("reconcile_orders", "--minutes=0", stdout=StringIO())
        self.assert_finds()

        self.stripe.settle_refund(refund["id"], "fail")

        self.assert_finds("refund_unheard")

    def test_a_refund_that_was_just_asked_for_is_none_and_an_old_one_is(self):
        order = self.bought()
        Refund.objects.create(
            order=order, amount=1000, origin=RefundOrigin.STAFF, stripe_charge_id=order.stripe_charge_id
        )
        order_state.recount(order)
        self.assert_finds()

        self.make_older(Refund, minutes=3)

        self.assert_finds("refund_unheard")

    def test_an_order_that_counts_other_refunds_than_it_has_is_a_difference(self):
        self.bought()
        Order.objects.update(refunded_amount=1000)

        self.assert_finds("refund_unheard")

    def test_allocations_that_do_not_add_up_to_what_the_shop_has_are_a_difference(self):
        order = self.bought()
        for amount in (-1, 1):
            with self.subTest(amount):
                row = Allocation.objects.create(line=order.lines.get(), amount=amount, cause="refund")
                self.assert_finds("allocation_mismatch")
                row.delete()
                self.assert_finds()

    def test_an_order_that_was_refunded_and_is_still_paid_is_a_difference(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        call_command("reconcile_orders", "--minutes=0", stdout=StringIO())
        self.assert_finds()
        Order.objects.update(status=OrderStatus.PAID)
        OrderLine.objects.update(is_open=True)

        self.assert_finds("refund_unheard", "paid_without_access")

    def test_a_charge_over_another_amount_that_was_refunded_is_none(self):
        order = self.bought()
        self.stripe.charge_again(order_id=str(order.pk), amount=100)
        self.stripe.refund(self.succeeded_charges()[1]["id"])

        self.assert_finds()

    def test_a_second_charge_that_was_refunded_is_none(self):
        order = self.bought()
        self.stripe.charge_again(order_id=str(order.pk))
        self.stripe.refund(self.succeeded_charges()[1]["id"])

        self.assert_finds()

    def test_a_second_payment_that_could_not_be_refunded_is_a_duplicate(self):
        self.bought()
        Grant.objects.update(ended_at=timezone.now())
        Order.objects.update(status=OrderStatus.REFUNDED)

        self.assert_finds("duplicate_charge")

    # Disputes

    def test_a_dispute_is_a_difference_each_time_that_it_moves_unheard(self):
        order = self.bought()
        dispute = self.stripe.dispute(order.stripe_charge_id)
        for change in (None, "lost"):
            with self.subTest(change):
                if change:
                    self.stripe.close_dispute(dispute["id"], change)
                self.assert_finds("dispute_unheard")

                call_command("reconcile_orders", "--minutes=0", stdout=StringIO())

                self.assert_finds()

    def test_an_inquiry_is_a_difference_too(self):
        self.stripe.inquire(self.bought().stripe_charge_id)

        self.assert_finds("dispute_unheard")

    def test_an_order_that_is_disputed_without_a_dispute_is_a_difference(self):
        self.bought()
        Grant.objects.update(ended_at=timezone.now())
        Order.objects.update(status=OrderStatus.DISPUTED)

        self.assert_finds("dispute_unheard")

    # The other mode

    def test_orders_of_the_other_mode_are_counted_and_not_compared(self):
        make_order(self.ada, status=OrderStatus.PAID, livemode=True)

        printed, _, code = self.run_doctor()

        self.assertEqual(code, 0)
        self.assertIn(
            "1 orders in Stripe's other mode (test or live) were not compared with Stripe.", printed
        )

    def test_what_orders_of_the_other_mode_open_is_looked_at(self):
        make_order(self.ada, status=OrderStatus.PAID, livemode=True)
        Grant.objects.all().delete()

        self.assert_finds("paid_without_access")

    # While the shop is open

    @contextmanager
    def meanwhile(self, listing, act, *, before=False):
        """Have something happen once, before or after Stripe was asked for this list."""
        ask = getattr(stripe_gateway, listing)
        acts = [act]

        def listed(**named):
            if before and acts:
                acts.pop()()
            found = list(ask(**named))
            if acts:
                acts.pop()()
            return iter(found)

        with mock.patch.object(stripe_gateway, listing, listed):
            yield

    def test_what_is_bought_during_the_examination_is_no_difference(self):
        for number, (listing, before) in enumerate(
            (("list_refunds", True), ("list_charges", True), ("list_charges", False))
        ):
            with self.subTest(listing, before=before), self.meanwhile(listing, self.pay, before=before):
                self.client.force_login(make_reader(f"reader-of-{number}"))

                self.assert_finds()

        self.assertEqual(len(self.succeeded_charges()), 3)

    def test_what_is_settled_before_the_second_look_is_no_difference(self):
        self.stripe.pay_session(self.open_session())

        def hear(seconds):
            call_command("reconcile_orders", "--minutes=0", stdout=StringIO())

        with mock.patch("orders.reconciliation.examination.time.sleep", hear):
            self.assert_finds()

    def test_what_differs_only_at_the_second_look_is_left_to_the_next_examination(self):
        order = self.bought()
        self.stripe.charge_again(order_id=str(order.pk))

        def refund(seconds):
            self.stripe.refund(order.stripe_charge_id)

        with mock.patch("orders.reconciliation.examination.time.sleep", refund):
            self.assert_finds("duplicate_charge")
        self.assert_finds("duplicate_charge", "refund_unheard")

    def test_the_number_of_queries_does_not_grow_with_the_orders(self):
        counts = []
        for number in range(25):
            order = make_order(
                make_reader(f"reader-{number}"), status=OrderStatus.PAID, livemode=True, amount=3900
            )
            Attempt.objects.create(order=order, number=1, api="charges", outcome="succeeded")
            refund = Refund.objects.create(order=order, amount=1, origin="staff", stripe_charge_id="ch_1")
            refund.lines.clear()
            if number in {0, 24}:
                with CaptureQueriesContext(
                    connection,
                ) as queries:
                    self.assertEqual(len(reconciliation.examine(with_rows=True).rows), number + 1)
                counts.append(len(queries))

        self.assertEqual(counts[0], counts[1])


class RepairTests(DoctorTestCase):
    def test_nothing_to_repair_is_said_as_such(self):
        self.bought()

        printed, said, code = self.run_doctor("--repair")

        self.assertEqual((printed, said, code), ("1 orders, 0 differences.\n", "", 0))

    def test_in_words_each_difference_is_a_line(self):
        order = self.bought()
        self.stripe.charge_again(order_id=str(order.pk), amount=100)
        self.ada.user_permissions.clear()

        note, mismatch, total = self.run_doctor()[0].splitlines()

        charge = self.succeeded_charges()[1]["id"]
        self.assertEqual(note.partition(":")[0], "withdrawn_by_staff")
        self.assertEqual(mismatch, f"amount_mismatch: {order.pk}: {charge} is over $1.00, not $39.00.")
        self.assertEqual(total, "1 orders, 1 differences, 1 notes.")

    def test_an_order_in_doubt_is_settled(self):
        self.stripe.go_wrong("POST /v1/payment_intents/*/confirm", "drop_answer", times=2)
        self.pay()

        self.assert_repairs()

        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assert_owns(self.ada, True)

    def test_what_never_reached_stripe_is_ended_once_it_is_old(self):
        self.stripe.go_wrong("POST /v1/payment_intents/*/confirm", "drop_before", times=2)
        self.pay()
        self.assert_repairs("unsettled")

        self.make_older(Attempt, minutes=3)

        self.assert_repairs()
        self.assert_nothing_bought()

    def test_a_session_that_was_paid_unheard_is_settled(self):
        self.stripe.pay_session(self.open_session())

        self.assert_repairs()

        self.assert_owns(self.ada, True)

    def test_a_charge_of_an_attempt_that_is_over_is_settled(self):
        self.pay("tok_chargeDeclined")
        self.stripe.charge_again(order_id=str(Order.objects.get().pk))

        self.assert_repairs()

        self.assert_owns(self.ada, True)

    def test_a_second_charge_is_refunded(self):
        order = self.bought()
        self.stripe.charge_again(order_id=str(order.pk))

        self.assert_repairs()

        self.assertEqual([each["amount_refunded"] for each in self.succeeded_charges()], [0, 3900])
        self.assert_owns(self.ada, True)

    def test_a_refund_is_heard_of_and_closes(self):
        self.stripe.refund(self.bought().stripe_charge_id)

        self.assert_repairs()

        self.assertEqual(Order.objects.get().status, OrderStatus.REFUNDED)
        self.assert_owns(self.ada, False)

    def test_a_refund_that_was_asked_for_is_made_once(self):
        order = self.bought()
        Refund.objects.create(
            order=order, amount=1000, origin=RefundOrigin.STAFF, stripe_charge_id=order.stripe_charge_id
        )
        Order.objects.update(refunded_amount=1000)
        self.make_older(Refund, minutes=3)

        self.assert_repairs()
        self.assert_repairs()

        self.assertEqual(len(self.stripe.ledger("refunds")["refunds"]), 1)
        self.assertEqual(Refund.objects.get().status, RefundStatus.SUCCEEDED)

    def test_a_dispute_is_heard_of_and_closes(self):
        self.stripe.dispute(self.bought().stripe_charge_id)

        self.assert_repairs()

        self.assertEqual(Dispute.objects.get().status, "needs_response")
        self.assert_owns(self.ada, False)

    def test_paid_books_are_opened(self):
        self.bought()
        Grant.objects.all().delete()
        self.ada.user_permissions.clear()

        self.assert_repairs()

        self.assert_owns(self.ada, True)

    def test_free_books_and_those_of_the_other_mode_are_opened(self):
        free = make_book("The Pier", price=0)
        make_order(self.ada, product=free, status=OrderStatus.PAID, stripe_charge_id="")
        make_order(make_reader("bob"), status=OrderStatus.PAID, livemode=True)
        Grant.objects.all().delete()

        self.assert_repairs()

        self.assertEqual(Grant.objects.filter(ended_at=None).count(), 2)

    def test_money_is_allocated_to_what_it_was_paid_for(self):
        self.bought()
        line = OrderLine.objects.get()
        changes = {
            "lost": lambda: Allocation.objects.all().delete(),
            "too little": lambda: Allocation.objects.create(line=line, amount=-7, cause="dispute"),
            "too much": lambda: Allocation.objects.create(line=line, amount=7, cause="payment"),
        }
        for name, change in changes.items():
            with self.subTest(name):
                change()
                self.assert_finds("allocation_mismatch")

                self.assert_repairs()

                self.assertEqual(Allocation.objects.aggregate(sum=Sum("amount"))["sum"], 3900)

    def test_books_that_nobody_paid_are_closed(self):
        make_order(self.ada, status=OrderStatus.PAID)
        Order.objects.update(status=OrderStatus.EXPIRED, paid_at=None, stripe_charge_id="")

        self.assert_repairs()

        self.assert_owns(self.ada, False)

    def test_what_staff_took_away_stays_taken(self):
        self.bought()
        self.ada.user_permissions.clear()

        report, code = self.examine("--repair")

        self.assertEqual([each["kind"] for each in report["differences"]], ["withdrawn_by_staff"])
        self.assertEqual(code, 0)
        self.assert_owns(self.ada, False)

    def test_what_somebody_has_to_decide_about_is_left(self):
        order = self.bought()
        self.stripe.charge_again(order_id=str(order.pk), amount=100)
        self.stripe.charge_again(order_id="nobody")
        other = make_order(make_reader("bob"), livemode=True)
        self.stripe.charge_again(order_id=str(other.pk))

        self.assert_repairs("amount_mismatch", "mode_mismatch", "orphan_charge")

        self.assertEqual({each["amount_refunded"] for each in self.succeeded_charges()}, {0})

    def test_what_cannot_be_repaired_is_said_beside_the_answer(self):
        self.pay("tok_chargeDeclined")
        self.stripe.charge_again(order_id=str(Order.objects.get().pk), amount=100)

        printed, said, code = self.run_doctor("--repair", "--json")

        kinds = {each["kind"] for each in json.loads(printed)["differences"]}
        self.assertEqual((kinds, code), ({"amount_mismatch", "unsettled"}, 1))
        self.assertIn("does not match the order", said)
        self.assert_owns(self.ada, False)

    def test_without_stripe_nothing_is_repaired(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=99)

        printed, said, code = self.run_doctor("--repair")

        self.assertEqual((printed, code), ("", 2))
        self.assertIn("Stripe could not be asked", said)
        self.assert_owns(self.ada, True)

    @override_settings(STRIPE_SECRET_KEY="sk_wrong")
    def test_a_key_that_stripe_does_not_accept_ends_with_2(self):
        self.assertEqual(self.run_doctor()[2], 2)
