"""What the database refuses, which moves an order may make, and what it says about itself."""

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from books.tests.builders import make_book, make_reader
from orders.models import (
    TRANSITIONS,
    Attempt,
    AttemptOutcome,
    InvalidTransition,
    Order,
    OrderLine,
    OrderStatus,
    RefundStatus,
)
from orders.tests.builders import add_line, make_order


class TransitionTests(TestCase):
    def test_every_status_says_where_it_may_lead(self):
        self.assertEqual(set(TRANSITIONS), set(OrderStatus))

    def test_every_move_is_made_if_legal_and_refused_if_not(self):
        reader = make_reader("ada")
        for source in OrderStatus:
            for target in OrderStatus:
                with self.subTest(f"{source} to {target}"):
                    Order.objects.all().delete()
                    order = make_order(reader, status=source)
                    changes = self.changes_for(target)
                    if target in TRANSITIONS[source]:
                        order.move_to(target, **changes)
                        self.assertEqual(Order.objects.get().status, target)
                    else:
                        with self.assertRaises(InvalidTransition):
                            order.move_to(target, **changes)
                        self.assertEqual(Order.objects.get().status, source)

    @staticmethod
    def changes_for(status):
        if status in {OrderStatus.PENDING, OrderStatus.EXPIRED}:
            return {}
        return {"paid_at": timezone.now(), "stripe_charge_id": "ch_1"}


class WordsTests(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")

    def test_each_state_has_its_words(self):
        for status, refunded, words in (
            (OrderStatus.PENDING, 0, "Not paid"),
            (OrderStatus.EXPIRED, 0, "Expired"),
            (OrderStatus.PAID, 0, "Paid"),
            (OrderStatus.PAID, 1000, "Paid, $10.00 refunded"),
            (OrderStatus.DISPUTED, 1000, "Disputed"),
            (OrderStatus.REFUNDED, 3900, "Refunded"),
        ):
            with self.subTest(words):
                Order.objects.all().delete()
                order = make_order(self.ada, status=status, refunded_amount=refunded)

                self.assertEqual(order.state_in_words, words)

    def test_an_order_in_doubt_is_being_confirmed_until_it_is_paid(self):
        order = make_order(self.ada)
        Attempt.objects.create(order=order, number=1, api="charges")
        self.assertEqual(order.state_in_words, "Being confirmed")

        order.move_to(OrderStatus.PAID, paid_at=timezone.now(), stripe_charge_id="ch_1")

        self.assertEqual(order.state_in_words, "Paid")

    def test_an_order_is_found_by_its_id_and_by_its_number(self):
        order = make_order(self.ada)
        make_order(make_reader("bob"))

        for text in (str(order.pk), order.pk.hex, order.number, order.number.lower()):
            self.assertEqual(Order.objects.find(text), order)


class RefundedTests(TestCase):
    def setUp(self):
        self.order = make_order(make_reader("ada"), status=OrderStatus.PAID, stripe_charge_id="ch_1")

    def refund(self, status, amount, charge_id="ch_1", lines=()):
        refund = self.order.refunds.create(
            status=status, amount=amount, origin="staff", stripe_charge_id=charge_id
        )
        refund.lines.set(lines)

    def test_every_refund_of_the_charge_counts_that_has_not_failed(self):
        for power, status in enumerate(RefundStatus):
            self.refund(status, 2**power)
        self.refund(RefundStatus.SUCCEEDED, 1000, charge_id="ch_2")

        counted = sum(
            2**power for power, status in enumerate(RefundStatus) if status not in {"failed", "canceled"}
        )
        self.assertEqual(self.order.refunded_of("ch_1"), counted)
        self.assertEqual(self.order.refunded_of("ch_2"), 1000)
        self.assertEqual(self.order.refunded_of("ch_3"), 0)

    def test_a_line_is_refunded_unless_its_refund_failed(self):
        line = self.order.lines.get()
        self.refund(RefundStatus.FAILED, 3900, lines=[line])
        self.assertEqual(self.order.refunded_line_ids(), set())

        self.refund(RefundStatus.REQUESTED, 3900, lines=[line])

        self.assertEqual(self.order.refunded_line_ids(), {line.pk})


class ConstraintTests(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")

    def assert_refused(self, make):
        with self.assertRaises(IntegrityError), transaction.atomic():
            make()

    def test_a_reader_has_one_open_order_for_a_product(self):
        for status in (OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.DISPUTED):
            with self.subTest(status):
                Order.objects.all().delete()
                make_order(self.ada, status=status)

                self.assert_refused(lambda: make_order(self.ada))

    def test_a_closed_order_leaves_room_for_another(self):
        for status in (OrderStatus.EXPIRED, OrderStatus.REFUNDED):
            make_order(self.ada, status=status)

        make_order(self.ada)

        self.assertEqual(Order.objects.count(), 3)

    def test_another_reader_may_order_the_same(self):
        make_order(self.ada)

        make_order(make_reader("bob"))

        self.assertEqual(Order.objects.count(), 2)

    def test_in_two_orders_of_several_things_a_product_is_open_once(self):
        ferry, tram = make_book("Ferry"), make_book("Tram")
        first, second = (make_order(self.ada, product=book) for book in (ferry, tram))
        add_line(first, make_book("Pier"))

        self.assert_refused(lambda: add_line(second, ferry))

        first.move_to(OrderStatus.EXPIRED)
        self.assertEqual(set(first.lines.values_list("is_open", flat=True)), {False})
        add_line(second, ferry)
        self.assert_refused(lambda: first.open_lines({first.lines.first().pk}))

    def test_an_open_line_names_its_reader_and_product(self):
        line = make_order(self.ada).lines.get()

        for change in ({"item": ""}, {"reader": None}):
            self.assert_refused(lambda change=change: OrderLine.objects.filter(pk=line.pk).update(**change))

    def test_no_more_is_refunded_than_was_paid(self):
        self.assert_refused(
            lambda: make_order(self.ada, status=OrderStatus.PAID, amount=3900, refunded_amount=3901)
        )

    def test_a_paid_order_names_its_charge_and_its_moment(self):
        self.assert_refused(lambda: make_order(self.ada, status=OrderStatus.PAID, stripe_charge_id=""))
        self.assert_refused(lambda: make_order(self.ada, status=OrderStatus.PAID, paid_at=None))
        self.assert_refused(lambda: make_order(self.ada, status=OrderStatus.PENDING, paid_at=timezone.now()))

    def test_an_order_has_one_attempt_of_unknown_outcome(self):
        order = make_order(self.ada)
        Attempt.objects.create(order=order, number=1, api="charges")

        self.assert_refused(lambda: Attempt.objects.create(order=order, number=2, api="charges"))

    def test_an_attempt_ends_once(self):
        attempt = Attempt.objects.create(order=make_order(self.ada), number=1, api="charges")

        ended = [attempt.end(AttemptOutcome.FAILED), attempt.end(AttemptOutcome.DECLINED)]

        self.assertEqual(ended, [True, False])
        self.assertEqual(Attempt.objects.get().outcome, AttemptOutcome.FAILED)

    def test_the_idempotency_key_holds_the_order_and_the_attempt(self):
        order = make_order(self.ada)

        key = Attempt(order=order, number=3).idempotency_key

        self.assertEqual(key, f"order-{order.pk}-3")
