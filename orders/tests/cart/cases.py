"""What tests of the cart share: a small shelf, and a reader who gathers things from it."""

from django.urls import reverse

from books.models import Bundle
from books.tests.builders import make_book, make_bundle
from orders import pricing
from orders.models import CartItem
from orders.tests.cases import TillTestCase

FROM_HERE = {"Origin": "http://testserver"}


class CartTestCase(TillTestCase):
    def setUp(self):
        super().setUp()
        self.ferry = make_book("The Ferry", price=900)
        self.tram = make_book("The Tram", price=1200)
        self.pier = make_book("The Pier", price=700)
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram, price=1800)
        self.all_books = Bundle.objects.get(everything=True)

    def add(self, *products, client=None, headers=FROM_HERE):
        """Put products into the cart, as the buttons on their pages do."""
        fields = {"product": [product.reference for product in products]}
        return (client or self.client).post(reverse("cart_add"), fields, headers=headers)

    def remove(self, product):
        return self.client.post(reverse("cart_remove"), {"product": product.reference})

    def look(self, client=None):
        return (client or self.client).get(reverse("cart"))

    def titles(self, client=None):
        """Return the titles of what the cart's page lists."""
        return [part.title for part, _ in self.look(client).context["things"]]

    def kept(self):
        """Return what is in Ada's rows."""
        return list(CartItem.objects.filter(reader=self.ada).values_list("item", flat=True))

    def offer(self, *products):
        return pricing.price_cart([product.reference for product in products], self.ada).offer

    def buy(self, *products, token="tok_visa"):  # noqa: S107 (one of Stripe's test tokens)
        """Pay for these products in one order."""
        return self.pay(token, item=self.offer(*products).signed())
