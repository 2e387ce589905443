"""The doctor finds each difference, and nothing where there is none."""

import json
from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.utils import timezone

from books.models import Grant
from orders.models import Order, OrderStatus
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase


class MoneyDoctorTests(TillTestCase):
    def examine(self):
        """Return what --json printed and the exit code."""
        out, code = StringIO(), 0
        try:
            call_command("money_doctor", "--json", stdout=out)
        except SystemExit as ended:
            code = ended.code
        return json.loads(out.getvalue() or "null"), code

    def assert_finds(self, *kinds):
        report, code = self.examine()
        self.assertEqual(sorted(each["kind"] for each in report["differences"]), sorted(kinds))
        self.assertEqual(code, int(bool(set(kinds) - {"withdrawn_by_staff"})))

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
