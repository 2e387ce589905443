"""Orders from before there were allocations get the rows that settling them would have written."""

from datetime import timedelta
from importlib import import_module

from django.apps import apps
from django.utils import timezone

from books import access
from books.models import Grant
from books.tests.builders import make_book, make_bundle, make_reader
from orders.models import Allocation, Order, OrderLine, OrderStatus, SetCredit
from orders.pricing import discounts
from orders.tests.builders import make_order
from orders.tests.pricing.test_allocations import LedgerTestCase

migration = import_module("orders.migrations.0006_allocations_of_earlier_orders")


class EarlierOrdersTests(LedgerTestCase):
    def setUp(self):
        super().setUp()
        self.day = timezone.now() - timedelta(days=30)
        self.a, self.b, self.c = (make_book(title, price=2000) for title in "ABC")
        self.ab = make_bundle("AB", self.a, self.b, price=3000)
        self.ac = make_bundle("AC", self.a, self.c, price=3000)

    def buy(self, product, **fields):
        """Buy a product for Ada a day after the last one; return the order."""
        order = super().buy(product, **fields)
        Order.objects.filter(pk=order.pk).update(created_at=self.day, paid_at=self.day)
        later = self.day + timedelta(minutes=1)
        Grant.objects.filter(order_id=order.pk).update(granted_at=later)
        Allocation.objects.filter(line__order=order).update(created_at=later)
        self.day += timedelta(days=1)
        return order

    def rows(self):
        """Return what is booked: by line, book and cause."""
        return sorted(Allocation.objects.values_list("line", "book__title", "cause", "amount"))

    def migrate(self):
        migration.take_away(apps, None)
        self.assertEqual((Allocation.objects.count(), SetCredit.objects.count()), (0, 0))
        migration.allocate(apps, None)

    def assert_same_after_migration(self):
        expected = self.rows()

        self.migrate()

        self.assertEqual(self.rows(), expected)
        self.assert_conserved()

    def test_in_order_of_payment_each_line_is_booked_on_what_it_newly_opened(self):
        self.buy(self.a)
        self.buy(self.ab)
        self.buy(self.ac)
        self.buy(self.all_books)

        self.assert_same_after_migration()

    def test_what_staff_had_given_before_gets_nothing(self):
        access.give(self.ada, self.a, by=self.ada, note="A gift.")
        Grant.objects.update(granted_at=self.day - timedelta(days=1))
        self.buy(self.ab)

        self.assert_same_after_migration()

    def test_refunds_and_disputes_have_taken_back_what_they_took(self):
        first, second, third = self.buy(self.ab), self.buy(self.c), self.buy(self.all_books)
        self.refund(first, 1001)
        self.move(second, OrderStatus.DISPUTED)
        self.move(third, OrderStatus.REFUNDED, refunded_amount=third.amount)

        self.assert_same_after_migration()

    def test_a_book_whose_access_had_ended_was_opened_newly_by_the_next_order(self):
        first = self.buy(self.a)
        self.move(first, OrderStatus.REFUNDED, refunded_amount=2000)
        Grant.objects.filter(order_id=first.pk).update(ended_at=self.day - timedelta(hours=1))
        self.buy(self.ab)

        self.assert_same_after_migration()

    def test_orders_that_were_never_paid_and_free_ones_have_no_rows(self):
        make_order(self.ada, product=self.a)
        make_order(make_reader("bob"), product=self.ab, status=OrderStatus.PAID, amount=0)

        self.migrate()

        self.assertEqual(self.rows(), [])

    def test_a_second_run_writes_nothing_twice(self):
        self.buy(self.ab)
        before = self.rows()

        migration.allocate(apps, None)

        self.assertEqual(self.rows(), before)

    def test_a_discount_is_known_to_rest_on_what_had_been_paid_by_then(self):
        first, second = self.buy(self.a), self.buy(self.ab)
        OrderLine.objects.filter(order=second).update(credit=2000)
        self.buy(self.c)

        self.migrate()

        credit = SetCredit.objects.get()
        self.assertEqual((credit.line.order, credit.source.order, credit.amount), (second, first, 2000))
        self.assertEqual(discounts.find_shortfalls([second]), {})
        self.move(first, OrderStatus.REFUNDED, refunded_amount=2000)
        self.assertEqual(discounts.find_shortfalls([second])[second.pk][0].missing, 2000)
