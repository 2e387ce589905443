"""The admin's refund from the shell."""

from io import StringIO

from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.urls import reverse

from books.tests.builders import make_book, make_reader
from orders.giving.redeeming import redeem
from orders.models import Order, OrderStatus, Refund, RefundStatus, Seat
from orders.tests.builders import make_order
from orders.tests.giving.cases import taken, token_of
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

    def test_so_many_copies_that_nobody_has_taken_are_refunded(self):
        order = self.buy_copies(3)
        redeem(token_of(order), make_reader("bob"))

        self.assertIn("$18.00 has been refunded.", self.run_command(order.pk, copies=2))

        order.refresh_from_db()
        self.assertEqual((order.status, order.refunded_amount), (OrderStatus.PAID, 1800))
        self.assertEqual(list(Seat.objects.free()), [])
        self.assertEqual(taken(order), [1])
        with self.assertRaisesMessage(CommandError, "only 0 copies are left that nobody has taken"):
            self.run_command(order.pk, copies=1)

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
            "only 0 copies are left": {"copies": 1},
            "Give an amount, or a number of copies from 1 on.": {"copies": 0},
            "or a number of copies": {"copies": 1, "amount": 100},
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

    def buy_copies(self, number):
        """Have Ada buy copies of a book for $9.00 each; return the order."""
        give = reverse("give", query={"book": make_book(price=900).pk})
        page = self.client.post(give, {"kind": "seats", "copies": number}, follow=True)
        self.pay(self.stripe.make_token("4242424242424242"), item=page.context["offer"].signed())
        return Order.objects.exclude(pk=self.order.pk).get()

    def assert_refused(self, sentence, **options):
        with self.assertRaisesMessage(CommandError, sentence):
            self.run_command(**options)
        self.assert_nothing_refunded()
        self.assertFalse(LogEntry.objects.exists())
