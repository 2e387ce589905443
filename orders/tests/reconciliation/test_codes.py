"""The doctor knows orders with codes, tips and free books."""

from datetime import timedelta

from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from books.models import Book
from books.tests.builders import make_book, make_bundle, make_reader
from orders.models import DiscountCode, Order, OrderLine, OrderStatus
from orders.tests.builders import make_code, make_order
from orders.tests.reconciliation.test_money_doctor import DoctorTestCase


class CodesTests(DoctorTestCase):
    def buy(self, book, **query):
        page = self.client.get(reverse("orders"), {"book": book.pk, **query})
        item = page.context["offer"].signed()
        if page.context["offer"].amount:
            self.pay(item=item)
        else:
            self.client.post(reverse("checkout_session"), {"item": item})

    def test_what_codes_tips_and_free_books_leave_is_no_difference(self):
        make_code()
        make_code("ALL", percent=100)
        self.buy(make_book("The Ferry"), code="SPRING")
        self.buy(make_book("The Tram"), code="ALL")
        self.client.get(reverse("orders"), {"code": ""})
        self.buy(make_book("Tides", minimum_price=300), amount="12")
        self.buy(make_book("The Pier", price=0))

        report, code = self.examine()

        self.assertEqual((report["differences"], code, len(report["orders"])), ([], 0, 4))

    def test_a_line_that_is_not_what_was_charged_is_found(self):
        self.buy(make_book("The Ferry"))
        OrderLine.objects.update(amount=F("amount") - 1)

        report, code = self.examine()

        self.assertIn("lines_mismatch", {each["kind"] for each in report["differences"]})
        self.assertEqual(code, 1)

    def test_a_discount_without_a_code_is_found(self):
        make_code()
        self.buy(make_book("The Ferry"), code="SPRING")
        Order.objects.update(discount_code=None)

        self.assert_finds("lines_mismatch")

    def test_an_order_of_nothing_that_nothing_explains_is_found(self):
        make_order(self.ada, product=make_book("The Ferry"), status=OrderStatus.PAID, amount=0)

        self.assert_finds("lines_mismatch")

    def test_a_set_that_cost_nothing_for_what_nobody_had_paid_is_found(self):
        pair = make_bundle("Two Journeys", make_book("The Ferry"), make_book("The Tram"))
        make_order(self.ada, product=pair, status=OrderStatus.PAID, amount=0)
        OrderLine.objects.update(credit=pair.price)

        self.assert_finds("lines_mismatch")

    def test_a_set_that_cost_nothing_for_what_was_paid_is_no_difference(self):
        ferry, tram = make_book("The Ferry"), make_book("The Tram")
        self.buy(ferry)
        self.buy(tram)
        three = make_bundle("Three Journeys", ferry, tram, make_book("The Pier"), price=1840)
        item = self.client.get(reverse("orders"), {"bundle": three.slug}).context["offer"].signed()
        self.client.post(reverse("checkout_session"), {"item": item})

        report, _ = self.examine()

        self.assertEqual([order["amount"] for order in report["orders"]], [900, 900, 0])
        self.assertEqual(report["differences"], [])

    def test_what_was_free_or_chosen_stays_explained_when_it_costs_something_later(self):
        self.buy(make_book("The Pier", price=0))
        self.buy(make_book("Tides", minimum_price=0), amount="0")
        Book.objects.update(price=900, minimum_price=None)

        self.assert_finds()

    def test_what_cost_something_when_it_was_taken_is_found_though_it_is_free_later(self):
        ferry = make_book("The Ferry")
        make_order(self.ada, product=ferry, status=OrderStatus.PAID, amount=0)
        Order.objects.update(created_at=timezone.now() - timedelta(days=1))
        Book.objects.filter(pk=ferry.pk).update(price=0)

        self.assert_finds("lines_mismatch")

    def test_a_code_that_was_used_too_often_is_a_note(self):
        code = make_code(most_uses=1)
        ferry = make_book("The Ferry", price=0)
        for name in ("bob", "carol"):
            make_order(make_reader(name), product=ferry, status=OrderStatus.PAID, discount_code=code)
        DiscountCode.objects.exclude(pk=code.pk).delete()

        report, exit_code = self.examine()

        self.assertEqual([each["kind"] for each in report["differences"]], ["code_overused"])
        self.assertEqual(exit_code, 0)
        self.assertIn("SPRING", report["differences"][0]["detail"])

    def test_expired_orders_use_no_code_up(self):
        code = make_code(most_uses=1)
        for name in ("bob", "carol"):
            make_order(make_reader(name), status=OrderStatus.EXPIRED, discount_code=code)

        self.assert_finds()
