"""What staff say about the shop, where visitors see it: frame, home, About and the purchase page."""

from datetime import UTC, datetime

from django.test import TestCase, override_settings
from django.urls import reverse

from books.tests.builders import make_book, make_reader
from orders.models import OrderStatus
from orders.tests.builders import make_order
from tests.shop import shop

HOME, ABOUT = reverse("home"), reverse("about")


class FrameTests(TestCase):
    @override_settings(
        SHOP=shop(
            name="Salt & Paper",
            tagline="Books about the sea",
            contact="hello@salt.example",
            seller_name="Salt & Paper Ltd",
            postal_address="1 Quay Street\nHull",
            register_numbers="VAT ID: GB123\nCompany no. 99",
            social_addresses="https://www.mastodon.example/@salt\nhttps://bsky.example/salt",
        )
    )
    def test_the_foot_of_every_page_says_who_sells_and_where_else_they_are(self):
        response = self.client.get(reverse("book_list"))

        for text in (
            "Salt &amp; Paper Ltd",
            "Books about the sea",
            "1 Quay Street<br>Hull",
            "VAT ID: GB123<br>Company no. 99",
            '<a href="https://www.mastodon.example/@salt" rel="me">mastodon.example</a>',
            '<a href="mailto:hello@salt.example">hello@salt.example</a>',
        ):
            self.assertContains(response, text)

    def test_a_shop_that_has_said_nothing_shows_nothing_empty(self):
        response = self.client.get(ABOUT)

        self.assertNotContains(response, "<address")
        self.assertNotContains(response, "elsewhere")
        self.assertNotContains(response, "<img")

    @override_settings(
        SHOP=shop(name="Salt", logo="shop/a.png", icon="shop/i.png", logo_width=300, logo_height=80)
    )
    def test_a_logo_stands_for_the_name_and_its_icon_for_the_page(self):
        response = self.client.get(ABOUT)

        self.assertContains(
            response,
            '<img class="shop-logo" src="/media/shop/a.png" alt="Salt" width="150" height="40">',
            html=True,
        )
        self.assertContains(response, '<link rel="apple-touch-icon" href="/media/shop/i.png">')
        self.assertRedirects(
            self.client.get("/favicon.ico"), "/media/shop/i.png", fetch_redirect_response=False
        )


class HomeTests(TestCase):
    def headings(self, **chosen):
        with override_settings(SHOP=shop(**chosen)):
            text = self.client.get(HOME).text
        found = {name: text.find(part) for name, part in self.PARTS.items()}
        return [name for name in sorted(found, key=found.get) if found[name] >= 0]

    PARTS = {"text": "<p>Welcome aboard.</p>", "how": 'id="how"', "newest": 'id="newest"'}

    @classmethod
    def setUpTestData(cls):
        make_book()

    def test_it_shows_the_chosen_sections_in_their_order(self):
        text = "Welcome aboard."

        self.assertEqual(self.headings(home_text=text), ["text", "how", "newest"])
        self.assertEqual(self.headings(home_text=text, home_sections=["newest", "text"]), ["newest", "text"])
        self.assertEqual(self.headings(home_text=text, home_sections=[]), [])

    def test_its_title_is_the_tagline(self):
        with override_settings(SHOP=shop(tagline="Books about the sea")):
            self.assertContains(self.client.get(HOME), "<h1>Books about the sea</h1>")


class AboutTests(TestCase):
    @override_settings(SHOP=shop(about_text="We are *two*.", seller_name="Salt Ltd"))
    def test_the_shops_own_text_replaces_ours_and_keeps_refunds_and_contact(self):
        response = self.client.get(ABOUT)

        self.assertContains(response, "<p>We are <em>two</em>.</p>")
        self.assertContains(response, 'id="refunds"')
        self.assertContains(response, "You buy from Salt Ltd.")
        self.assertNotContains(response, "How reading works")


class RefundTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = make_book(price=900)
        cls.ada = make_reader("ada")

    def pages(self, days):
        self.client.force_login(self.ada)
        with override_settings(SHOP=shop(refund_days=days)):
            return [
                self.client.get(path) for path in (ABOUT, reverse("orders", query={"book": self.book.pk}))
            ]

    def test_every_promise_of_a_refund_names_the_days(self):
        for days, words in ((1, "within 1 day"), (30, "within 30 days")):
            for response in self.pages(days):
                self.assertContains(response, words)
                self.assertNotContains(response, "We don’t refund")

    def test_a_shop_without_refunds_says_so_and_promises_none(self):
        for response in self.pages(0):
            self.assertContains(response, "We don’t refund books you have paid for, except where the law")
            self.assertNotContains(response, "we’ll refund you")
            self.assertNotContains(response, "We’ll refund")


class TimeZoneTests(TestCase):
    def test_dates_are_those_of_the_shops_time_zone(self):
        ada = make_reader("ada")
        order = make_order(ada, product=make_book(), status=OrderStatus.PAID)
        order.__class__.objects.filter(pk=order.pk).update(
            created_at=datetime(2026, 5, 3, 22, 30, tzinfo=UTC)
        )
        self.client.force_login(ada)

        for zone, day in (("UTC", "May 3, 2026"), ("Europe/Berlin", "May 4, 2026")):
            with override_settings(SHOP=shop(time_zone=zone)):
                self.assertContains(self.client.get(reverse("order_list")), day)
