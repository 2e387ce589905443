"""Free books: taken with an account or an address, without a card."""

from decimal import Decimal

from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from books import access
from books.models import PriceList
from books.tests.builders import make_book
from orders.models import Order, OrderStatus
from orders.tests.cases import TillTestCase
from users.models import CustomUser


class FreeTests(TillTestCase):
    def setUp(self):
        super().setUp()
        self.book = make_book("Tides", price=0, chapters=3)
        self.last_chapter = reverse("book_read", args=[self.book.pk, 3])

    def take(self, client=None, **fields):
        client = client or self.client
        page = client.get(reverse("orders"), {"book": self.book.pk})
        self.assertContains(page, "Get it free")
        return client.post(reverse("checkout_session"), {"item": page.context["offer"].signed(), **fields})

    def test_a_reader_takes_it_and_gets_a_receipt(self):
        response = self.take()

        order = Order.objects.get()
        self.assertRedirects(response, order.get_absolute_url())
        self.assertEqual((order.status, order.amount), (OrderStatus.PAID, 0))
        self.assertIs(access.owns(self.ada, self.book), True)
        self.assertContains(self.client.get(reverse("library")), "Tides")
        self.assertIn("$0.00", mail.outbox[0].body)
        self.assertEqual(self.stripe.charges, [])

    def test_a_guest_takes_it_with_an_address_and_not_without(self):
        guest = Client()
        self.assertIn(reverse("account_login"), self.take(guest).url)
        self.assertEqual((Order.objects.count(), CustomUser.objects.filter(is_guest=True).count()), (0, 0))

        self.take(guest, email="carol@example.com")

        self.assertContains(guest.get(self.last_chapter), "Chapter 3")
        self.assertEqual(mail.outbox[0].to, ["carol@example.com"])
        self.assertEqual(Client().get(self.last_chapter).status_code, 403)

    def test_once(self):
        self.take()
        response = self.client.get(reverse("orders"), {"book": self.book.pk})

        self.assertRedirects(response, self.book.get_absolute_url())

    @override_settings(ACCOUNT_RATE_LIMITS={"take_free": "2/m/ip"})
    def test_a_program_is_stopped_and_leaves_nothing_more(self):
        answers = [self.take(Client(), email=f"{name}@example.com").status_code for name in "abc"]

        self.assertEqual(answers, [302, 302, 429])
        self.assertEqual((Order.objects.count(), len(mail.outbox)), (2, 2))

    def test_its_page_its_card_and_search_engines_know_that_it_is_free(self):
        for client in (self.client, Client()):
            page = client.get(self.book.get_absolute_url())
            self.assertContains(page, "Get it free")
            self.assertContains(page, '"price": "0.00"')
            self.assertNotContains(page, "Add to cart")
            self.assertContains(client.get(reverse("book_list")), "Get<span")

    def test_it_is_free_in_every_currency_and_found_as_such(self):
        make_book("The Ferry", price=900)
        PriceList.objects.create(currency="eur", rate=Decimal("0.92"))
        for currency in ("usd", "eur"):
            with self.subTest(currency):
                self.client.cookies["currency"] = currency
                offer = self.client.get(reverse("orders"), {"book": self.book.pk}).context["offer"]
                self.assertEqual((offer.amount, offer.currency), (0, currency))
                for price, there, absent in (("free", "Tides", "The Ferry"), ("5-10", "The Ferry", "Tides")):
                    page = self.client.get(reverse("book_list"), {"price": price})
                    self.assertContains(page, there)
                    self.assertNotContains(page, absent)
                page = self.client.get(reverse("book_list"), {"price": "0-5"})
                self.assertNotContains(page, "Tides")

    def test_a_book_that_is_only_in_bundles_is_not_free(self):
        hidden = make_book("Only Together", price=None)

        self.assertEqual(self.client.get(reverse("orders"), {"book": hidden.pk}).status_code, 404)
        self.assertNotContains(self.client.get(reverse("book_list"), {"price": "free"}), "Only Together")
