"""The admin's refund from the shell."""

from io import StringIO

from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from books.tests.builders import make_reader
from orders.models import Order, OrderStatus, Refund, RefundStatus
from orders.tests.builders import make_order
from orders.tests.staff_cases import DeskTestCase
from users.models import CustomUser


class RefundOrderTests(DeskTestCase):
    def run_command(self, order=None, **options):
        """Run it as the shell does; return what it prints."""
        options = {"reason": "Asked for.", "by": self.grace.email} | options
        words = [f"--{name}={value}" for name, value in options.items() if value is not None]
        output = StringIO()
        call_command("refund_order", str(order or self.order.pk), *words, stdout=output)
        return output.getvalue()

    def test_all_of_an_order_is_refunded(self):
        said = self.run_command()

        self.assertEqual(said, f"{self.order}: $39.00 has been refunded.\n")
        self.assert_order(OrderStatus.REFUNDED, 3900)
        self.assert_owns(self.ada, False)
        made = Refund.objects.get()
        self.assertEqual((made.requested_by, made.reason), (self.grace, "Asked for."))

    def test_the_history_of_the_access_says_who_ended_it(self):
        self.run_command()

        entry = LogEntry.objects.get(content_type__model="grant", change_message="Refunded.")
        self.assertEqual(entry.user, self.grace)

    def test_the_history_of_the_order_says_who_refunded_it(self):
        self.run_command(amount=1000)

        entry = LogEntry.objects.get()
        self.assertEqual((entry.user, entry.object_id), (self.grace, str(self.order.pk)))
        self.assertIn("Refund of $10.00 requested. Reason: Asked for.", entry.change_message)

    def test_a_part_is_refunded(self):
        self.run_command(amount=1000)

        self.assert_order(OrderStatus.PAID, 1000)
        self.assert_owns(self.ada, True)

    def test_the_number_is_enough_and_nobody_minds_the_case(self):
        self.run_command(self.order.number, amount=1000)
        self.run_command(self.order.number.lower(), amount=1000, by=self.grace.email.upper())

        self.assert_order(OrderStatus.PAID, 2000)

    def test_a_number_that_two_orders_share_is_not(self):
        sibling = Order(pk=f"{str(self.order.pk)[:8]}-0000-4000-8000-000000000000")
        make_order(make_reader("bob"), status=OrderStatus.PAID, id=sibling.pk)

        self.assert_refused("Several orders have the number", order=self.order.number)

    def test_what_is_wrong_is_said_and_leaves_nothing_behind(self):
        clerk = CustomUser.objects.create_user("clerk@example.com", is_staff=True)
        for sentence, options in {
            "You don't have permission to refund orders.": {"by": clerk.email},
            "Nobody has the e-mail address": {"by": "nobody@example.com"},
            "you can refund from $0.01 to $39.00": {"amount": 3901},
            "from $0.01": {"amount": 0},
            "A refund needs a reason.": {"reason": " "},
            "'X' is neither an order's id nor its number.": {"order": "X"},
            "There is no order": {"order": "00000000-0000-4000-8000-000000000000"},
            "There is no order 00000000": {"order": "00000000"},
            "required: --reason": {"reason": None},
            "required: --by": {"by": None},
        }.items():
            with self.subTest(sentence):
                self.assert_refused(sentence, **options)

    def test_what_stripe_refuses_is_said(self):
        self.stripe.dispute(self.order.stripe_charge_id)

        with self.assertRaisesMessage(CommandError, "Stripe refused the refund"):
            self.run_command()

    def test_while_stripe_is_away_it_says_so_and_ends_with_2(self):
        self.stripe.go_wrong("POST /v1/refunds", "drop_before", times=2)

        with self.assertRaises(SystemExit) as ended:
            self.run_command()

        self.assertEqual(ended.exception.code, 2)
        self.assertEqual(Refund.objects.get().status, RefundStatus.REQUESTED)
        self.assert_owns(self.ada, False)
        self.hear()
        self.assertEqual(len(self.refunds_at_stripe()), 1)

    def assert_refused(self, sentence, **options):
        with self.assertRaisesMessage(CommandError, sentence):
            self.run_command(**options)
        self.assert_nothing_refunded()
        self.assertFalse(LogEntry.objects.exists())
