"""What tests of giving money back share: Ada has bought, Grace sits at the desk."""

import re
from io import StringIO

from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from books.tests.builders import make_staff
from orders.models import Order, OrderStatus, Refund
from orders.payments import refunds
from orders.tests.cases import TillTestCase


class DeskTestCase(TillTestCase):
    """Ada owns All Books by `self.order`; `self.desk` is Grace's browser. Nobody has been written to yet."""

    card = "4242424242424242"

    def setUp(self):
        super().setUp()
        self.grace = make_staff()
        self.desk = Client()
        self.desk.force_login(self.grace)
        self.order = self.buy(self.card)
        mail.outbox.clear()

    def buy(self, card="4242424242424242"):
        """Have Ada buy All Books; return the order."""
        self.pay(self.stripe.make_token(card))
        return Order.objects.get(user=self.ada, status=OrderStatus.PAID)

    def refund(self, order=None, **what):
        """Have Grace refund an order, Ada's if not told which; return the refund."""
        return refunds.refund(order or self.order, **({"by": self.grace, "reason": "Asked for."} | what))

    def hear(self):
        """Have the shop ask Stripe about everything that it may have missed."""
        call_command("reconcile_orders", minutes=0, stdout=StringIO())

    def page_of(self, *orders):
        """Return the address of the page that refunds these orders."""
        return reverse("admin:orders_order_refund", query=[("order", order.pk) for order in orders])

    def fill_in(self, *orders, reason="Asked for.", **changes):
        """Return what Grace's browser would send of that page; the changes are to the first order's form."""
        page = self.desk.get(self.page_of(*orders)).content.decode()
        sent = {"reason": reason}
        for order in orders:
            [refund_id] = re.findall(rf'name="{order.pk}-refund_id" value="([^"]+)"', page)
            sent[f"{order.pk}-refund_id"] = refund_id
            sent[f"{order.pk}-lines"] = [line.pk for line in order.lines.all()]
            sent[f"{order.pk}-amount"] = ""
        return sent | {f"{orders[0].pk}-{name}": value for name, value in changes.items()}

    def letters(self, person):
        """Return the subjects of what somebody was written, oldest first."""
        return [letter.subject for letter in mail.outbox if letter.to == [person.email]]

    def refunds_at_stripe(self):
        return self.stripe.ledger("refunds")["refunds"]

    def unrefunded_charges(self):
        """Return the charges of which Stripe still has all the money."""
        return [charge for charge in self.succeeded_charges() if not charge["amount_refunded"]]

    def assert_order(self, status, refunded_amount, order=None):
        """Compare how far an order has come with what is expected."""
        found = Order.objects.get(pk=(order or self.order).pk)
        self.assertEqual((found.status, found.refunded_amount), (status, refunded_amount))

    def assert_nothing_refunded(self):
        """Nothing recorded, requested or reported, and no access ended."""
        self.assertEqual(Refund.objects.count(), 0)
        self.assertEqual(self.refunds_at_stripe(), [])
        self.assertEqual(self.letters(self.ada) + self.letters(self.grace), [])
        self.assert_order(OrderStatus.PAID, 0)
        self.assert_owns(self.ada, True)
