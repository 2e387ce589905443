"""What a buyer agrees to is kept with the order, in the version that the purchase page showed."""

import re

from django.conf import settings
from django.core import mail, signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.tests.builders import make_book, make_reader
from orders.models import Order
from orders.tests.cases import TillTestCase
from pages.tests.builders import make_page, publish
from tests.shop import shop
from users.formats import day as written

ALL_BOOKS = reverse("orders")


class AgreementTests(TillTestCase):
    def setUp(self):
        super().setUp()
        self.terms = make_page("Terms", "Read and enjoy.", is_agreed_to=True)
        self.enterContext(self.settings(SHOP=shop(self.terms, make_page("Imprint", "Salt Ltd."))))

    def fields(self, address=ALL_BOOKS):
        """Return the hidden fields of the purchase page's form."""
        text = self.client.get(address).text
        return {name: re.search(rf'name="{name}" value="([^"]+)"', text)[1] for name in ("item", "agreed")}

    def agreed_to(self):
        return [(each.title, each.version, each.address) for each in Order.objects.get().agreements]

    def test_the_purchase_page_says_what_a_buyer_agrees_to_and_links_that_version(self):
        day = timezone.localdate()

        response = self.client.get(reverse("orders"))

        self.assertContains(response, "By paying you agree to")
        self.assertContains(response, f'<a href="/pages/terms/1/">Terms</a> (version of {written(day)})')
        self.assertNotContains(response, "/pages/imprint/1/")

    def test_it_is_stored_with_the_order_with_what_proves_its_text(self):
        self.pay(**self.fields())

        self.assertEqual(self.agreed_to(), [("Terms", 1, "/pages/terms/1/")])
        self.assertEqual(Order.objects.get().agreements[0].digest, self.terms.current.digest)

    def test_a_version_published_after_the_page_was_shown_is_not_what_was_agreed_to(self):
        fields = self.fields()
        publish(self.terms, "Read and pay again.")

        self.pay(**fields)

        self.assertEqual(self.agreed_to(), [("Terms", 1, "/pages/terms/1/")])

    def test_whoever_tries_again_has_agreed_to_what_was_shown_last(self):
        self.pay("tok_chargeDeclined", **self.fields())
        publish(self.terms, "Read and enjoy more.")

        self.pay(**self.fields())

        self.assertEqual(self.agreed_to(), [("Terms", 2, "/pages/terms/2/")])

    def test_so_it_is_in_a_checkout_session(self):
        self.client.post(reverse("checkout_session"), self.fields())

        self.assertEqual(self.agreed_to(), [("Terms", 1, "/pages/terms/1/")])

    def test_a_form_with_something_that_we_did_not_sign_buys_nothing(self):
        forged = signing.dumps([("Terms", 1, "2026-05-03", "/evil/", "0")], salt="elsewhere")
        for agreed in (forged, "x", self.fields()["item"]):
            response = self.pay(**self.fields() | {"agreed": agreed})

            self.assertEqual(response.status_code, 400)
        self.assertEqual(Order.objects.count(), 0)
        self.assert_nothing_bought()

    def test_the_order_and_the_letter_link_what_was_agreed_to(self):
        self.pay(**self.fields())

        self.assertContains(
            self.client.get(Order.objects.get().get_absolute_url()), '<a href="/pages/terms/1/">Terms</a>'
        )
        [letter] = mail.outbox
        self.assertIn(f"{settings.SITE_URL}/pages/terms/1/", letter.body)

    def test_a_shop_whose_buyers_agree_to_nothing_says_and_stores_nothing(self):
        with self.settings(SHOP=shop()):
            response = self.client.get(reverse("orders"))
            self.pay(item=response.context["offer"].signed())

        self.assertNotContains(response, "you agree to")
        self.assertEqual(Order.objects.get().agreed_to, [])
        self.assertNotContains(self.client.get(Order.objects.get().get_absolute_url()), "You agreed to")

    def test_a_purchase_takes_as_many_statements_with_many_pages_to_agree_to(self):
        counted = []
        for number in (1, 9):
            self.client.force_login(make_reader(f"reader{number}"))
            pages = [make_page(f"Page{number}-{each}", "x", is_agreed_to=True) for each in range(number)]
            address = reverse("orders", query={"book": make_book(f"Book {number}", price=900).pk})
            with self.settings(SHOP=shop(*pages)), CaptureQueriesContext(connection) as captured:
                self.client.post(reverse("checkout_session"), self.fields(address))
            counted.append(len(captured))

        self.assertEqual(counted[0], counted[1])
        self.assertEqual(len(Order.objects.latest("created_at").agreements), 9)
