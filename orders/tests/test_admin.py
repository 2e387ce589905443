"""Orders in the admin: a window, with amounts as people read them."""

from django.test import TestCase
from django.urls import reverse

from books.tests.builders import make_reader, make_staff
from orders.models import Order, OrderStatus
from orders.tests.builders import make_order


class OrderAdminTests(TestCase):
    def setUp(self):
        self.order = make_order(make_reader("ada"), status=OrderStatus.PAID)
        self.client.force_login(make_staff())
        self.page = reverse("admin:orders_order_change", args=[self.order.pk])

    def test_amounts_are_shown_with_their_currency(self):
        response = self.client.get(self.page)

        self.assertContains(response, "$39.00", count=2)
        self.assertNotContains(response, "3900")

    def test_an_order_is_found_by_its_buyer_and_by_its_charge(self):
        for words in ("ada@example.com", "ch_made_up", str(self.order.pk)):
            with self.subTest(words):
                response = self.client.get(reverse("admin:orders_order_changelist"), {"q": words})

                self.assertContains(response, self.order.number)

    def test_nobody_types_orders_in_changes_or_deletes_them(self):
        before = Order.objects.values().get()

        answers = [
            self.client.post(self.page, {"status": "refunded", "amount": "1"}),
            self.client.post(reverse("admin:orders_order_delete", args=[self.order.pk]), {"post": "yes"}),
            self.client.get(reverse("admin:orders_order_add")),
        ]

        self.assertEqual([answer.status_code for answer in answers], [403, 403, 403])
        self.assertEqual(Order.objects.values().get(), before)

    def test_the_list_costs_the_same_for_one_order_and_25(self):
        address = reverse("admin:orders_order_changelist")
        self.client.get(address)
        with self.assertNumQueries(6):
            self.client.get(address)
        for number in range(24):
            make_order(make_reader(f"reader-{number}"))

        with self.assertNumQueries(6):
            self.client.get(address)
