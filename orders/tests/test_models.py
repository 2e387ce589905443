"""What the database refuses, and which moves an order may make."""

from django.db import IntegrityError, transaction
from django.test import TestCase
from django.utils import timezone

from books.tests.builders import make_reader
from orders.models import TRANSITIONS, Attempt, AttemptOutcome, InvalidTransition, Order, OrderStatus
from orders.tests.builders import make_order


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
