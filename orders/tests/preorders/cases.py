"""What tests of pre-orders share: Ada at the till the day before a book opens."""

from datetime import timedelta

from django.core import mail
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Book
from books.tests.builders import make_book, make_bundle
from orders.models import Order
from orders.tests.cases import TillTestCase

DAY = timedelta(days=1)


class PreorderTestCase(TillTestCase):
    """“Night Bus” for $9.00 opens tomorrow; “The Ferry” is open."""

    def setUp(self):
        super().setUp()
        opens_at = timezone.now() + DAY
        self.book = make_book("Night Bus", opens_at=opens_at, epub="epubs/night-bus.epub")
        self.ferry = make_book("The Ferry", price=700)

    def item_of(self, product):
        kind = "book" if product.kind == "book" else "bundle"
        name = product.pk if kind == "book" else product.slug
        return self.client.get(reverse("orders"), {kind: name}).context["offer"].signed()

    def buy(self, product):
        """Have the browser's reader buy this; return the order."""
        self.pay(self.stripe.make_token("4242424242424242"), item=self.item_of(product))
        return Order.objects.filter(item=product.reference).latest("created_at")

    def bundle_of(self, *books):
        return make_bundle("Two by Water", *books)

    def open_book(self, *, hours_ago=0):
        Book.objects.filter(pk=self.book.pk).update(opens_at=timezone.now() - timedelta(hours=hours_ago))

    def take_back(self, order, line=None, client=None):
        line = line or order.lines.get()
        address = reverse("order_take_back", args=[order.pk])
        return (client or self.client).post(address, {"line": line.pk}, follow=True)

    def kept_charges(self):
        """Return what Stripe still has of each charge."""
        return [each["amount"] - each["amount_refunded"] for each in self.succeeded_charges()]

    def has_book(self, reader=None):
        return access.has_book(reader or self.ada, self.book)


def mail_to(address):
    """Return the letters to this address, oldest first."""
    return [letter for letter in mail.outbox if letter.to == [address]]
