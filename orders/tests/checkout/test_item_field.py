"""Only a form without the field `item` buys All Books: whoever names something is sold that or nothing."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from books.tests.builders import make_book
from orders import pricing
from orders.models import Attempt, Order
from orders.tests.cases import TillTestCase


class ItemFieldTests(TillTestCase):
    def setUp(self):
        super().setUp()
        self.item = pricing.offer_of(make_book(), self.ada).signed()

    def wrong_fields(self):
        """Yield fields of forms that name nothing, several products, or something in another way."""
        for empty in ("", " ", "\t\n", "\u00a0", "\u200b"):
            yield {"item": empty}
        yield {"item": [self.item, self.item]}
        yield {"item": [self.item, ""]}
        yield {"item": ["", ""]}
        yield {"item[]": self.item}
        yield {"item[]": ["", ""]}
        yield {"item[0]": self.item}
        yield {"item": self.item, "item[]": self.item}
        yield {"item": SimpleUploadedFile("item.txt", self.item.encode())}

    def test_what_names_nothing_or_several_products_is_a_400_page_and_leaves_nothing(self):
        for name in ("charge", "checkout_session"):
            for fields in self.wrong_fields():
                with self.subTest(name, fields=fields):
                    response = self.client.post(reverse(name), {"stripeToken": "tok_visa", **fields})

                    self.assertContains(response, "<main", status_code=400)
        self.assertEqual((Order.objects.count(), Attempt.objects.count()), (0, 0))
        self.assertEqual(self.stripe.ledger()["requests"], [])
        self.assert_nothing_bought()

    def test_what_names_one_product_buys_it(self):
        self.pay(item=self.item)

        self.assertEqual(Order.objects.get().item, pricing.SignedOffer.read(self.item).reference)
