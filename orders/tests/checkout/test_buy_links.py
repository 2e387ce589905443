"""Links and buttons on other sites: where they lead, what their frame never does, how staff make them."""

import re
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from books.models import PriceList
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from orders.models import BuyLink, Order
from orders.models.buying.sources import OrderSource
from orders.tests.cases import TillTestCase


class BuyLinkTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ferry = make_book("The Ferry", price=900)
        cls.pair = make_bundle("Two Journeys", cls.ferry, make_book("The Tram"), price=1500)
        BuyLink.objects.create(slug="ferry", book=cls.ferry)
        BuyLink.objects.create(slug="pair", bundle=cls.pair)

    def frame(self, slug="ferry", **headers):
        return Client().get(reverse("buy", args=[slug]), {"embed": ""}, headers=headers)

    def test_a_link_leads_anybody_to_the_purchase_page(self):
        for slug, query in (("ferry", f"?book={self.ferry.pk}"), ("pair", "?bundle=two-journeys")):
            with self.subTest(slug):
                answer = self.client.get(f"/buy/{slug}/")

                self.assertRedirects(answer, f"/orders/{query}&utm_medium=buy+link&utm_campaign={slug}")

    def test_no_link_and_nothing_for_sale_is_not_found(self):
        self.assertEqual(self.client.get("/buy/tram/").status_code, 404)
        self.ferry.unpublish()
        for address in ("/buy/ferry/", "/buy/ferry/?embed"):
            self.assertEqual(self.client.get(address).status_code, 404)

    def test_the_frame_shows_what_it_is_and_what_it_costs(self):
        for slug, words in (
            ("ferry", ["The Ferry", "Buy for $9.00"]),
            ("pair", ["Two Journeys", "Buy for $15.00"]),
        ):
            for said in words:
                self.assertContains(self.frame(slug), said)

    def test_other_sites_may_frame_the_frame_and_nothing_else(self):
        frame, link = self.frame(), self.client.get("/buy/ferry/")
        page = self.client.get(link.url)

        self.assertIn("frame-ancestors *", frame["Content-Security-Policy"])
        self.assertNotIn("X-Frame-Options", frame)
        for answer in (link, page, self.client.get("/buy/button.js"), self.client.get("/buy/tram/?embed")):
            self.assertEqual(answer["X-Frame-Options"], "DENY")
            self.assertIn("frame-ancestors 'none'", answer["Content-Security-Policy"])

    def test_otherwise_its_policy_is_that_of_the_site(self):
        site, frame = (
            answer["Content-Security-Policy"].split("; ")
            for answer in (self.client.get(reverse("about")), self.frame())
        )

        self.assertEqual(
            [each for each in frame if "frame-ancestors" not in each],
            [each for each in site if "frame-ancestors" not in each],
        )

    def test_one_click_in_the_frame_does_nothing_but_open_a_window(self):
        text = self.frame().content.decode()

        self.assertEqual(re.findall("<(?:form|script|button|input)", text), [])
        [link] = re.findall(r"<a\b[^>]*>", text)
        for said in ('href="/buy/ferry/"', 'target="_blank"', 'rel="noopener"'):
            self.assertIn(said, link)

    def test_the_frame_knows_nobody_and_keeps_nothing(self):
        self.client.force_login(make_reader("ada", all_books=True))

        mine = self.client.get(
            "/buy/ferry/", {"embed": "", "utm_source": "x"}, headers={"referer": "https://a.example/"}
        )

        self.assertEqual(mine.content, self.frame().content)
        self.assertEqual(dict(mine.cookies), {})
        self.assertEqual(mine["Cache-Control"], "public, max-age=60")

    def test_the_frame_shows_the_currency_that_its_address_asks_for_and_so_does_the_purchase_page(self):
        PriceList.objects.create(currency="eur", rate=Decimal("0.9"), ending="")

        frame = self.client.get("/buy/ferry/?embed&currency=eur")
        self.assertContains(frame, "Buy for €8.10")
        self.assertEqual(frame["Cache-Control"], "public, max-age=60")
        [address] = re.findall(r'href="(/buy/[^"]*)"', frame.text)
        page = self.client.get(address, follow=True)

        self.assertEqual(page.context["offer"].price, "€8.10")
        self.assertEqual(self.client.cookies["currency"]["max-age"], "", "until the browser is closed")

    def test_it_asks_in_vain_for_what_the_shop_does_not_sell_in(self):
        for currency in ("eur", "EUR", "xxx", "", "usd"):
            with self.subTest(currency):
                address = f"/buy/ferry/?currency={currency}"

                self.assertContains(self.client.get(f"{address}&embed"), "Buy for $9.00")
                self.assertEqual(dict(self.client.get(address).cookies), {})

    @override_settings(BEHIND_PROXY=True)
    def test_else_the_frame_shows_the_currency_of_the_country_and_no_cache_shares_it(self):
        PriceList.objects.create(currency="eur", rate=Decimal("0.9"), ending="", countries=["DE"])

        there, elsewhere = (self.frame(**{"cf-ipcountry": country}) for country in ("DE", "US"))

        self.assertContains(there, "Buy for €8.10")
        self.assertContains(elsewhere, "Buy for $9.00")
        self.assertEqual({each["Cache-Control"] for each in (there, elsewhere)}, {"private, max-age=60"})

    def test_what_is_not_sold_in_a_currency_has_its_usual_price_there(self):
        PriceList.objects.create(currency="eur", rate=None)

        self.assertContains(self.client.get("/buy/ferry/?embed&currency=eur"), "Buy for $9.00")

    def test_the_script_is_the_same_for_everybody_and_keeps_nothing(self):
        answer = self.client.get("/buy/button.js")

        self.assertEqual(answer["Content-Type"], "text/javascript; charset=utf-8")
        self.assertEqual(answer["Cache-Control"], "public, max-age=3600")
        self.assertEqual(dict(answer.cookies), {})
        for word in ("cookie", "localStorage", "innerHTML", "fetch"):
            self.assertNotContains(answer, word)

    def test_a_link_is_to_one_thing(self):
        for fields in ({}, {"book": self.ferry, "bundle": self.pair}):
            with self.subTest(fields), self.assertRaises(IntegrityError), transaction.atomic():
                BuyLink.objects.create(slug="other", **fields)


class CountingTests(TillTestCase):
    def test_what_is_bought_by_it_is_counted_under_its_campaign(self):
        ferry = make_book("The Ferry")
        for link in (BuyLink(slug="a", book=ferry), BuyLink(slug="b", book=ferry, campaign="Blog")):
            link.save()
        for address, expected in (
            ("/buy/a/", ("", "buy link", "a", "blog.example")),
            ("/buy/b/", ("", "buy link", "blog", "blog.example")),
            ("/buy/b/?utm_source=card&utm_campaign=fair", ("card", "buy link", "fair", "blog.example")),
        ):
            with self.subTest(address):
                browser = Client()
                page = browser.get(address, headers={"referer": "https://blog.example/x"}, follow=True)

                browser.post(
                    reverse("charge"),
                    {
                        "stripeToken": "tok_visa",
                        "item": page.context["offer"].signed(),
                        "source": page.context["source"].query,
                        "email": "dan@example.com",
                    },
                )

                stored = OrderSource.objects.latest("created_at")
                self.assertEqual((stored.source, stored.medium, stored.campaign, stored.referrer), expected)
        self.assertEqual(Order.objects.count(), 3)


@override_settings(SITE_URL="https://shop.example")
class BuyLinkAdminTests(TestCase):
    def setUp(self):
        self.ferry = make_book("The Ferry")
        self.client.force_login(make_staff())

    def add(self, **fields):
        return self.client.post(reverse("admin:orders_buylink_add"), {"slug": "ferry"} | fields)

    def test_staff_make_one_and_get_the_lines_to_paste(self):
        self.add(book=self.ferry.pk, campaign="blog")

        page = self.client.get(reverse("admin:orders_buylink_change", args=[BuyLink.objects.get().pk]))

        self.assertContains(
            page,
            "&lt;a href=&quot;https://shop.example/buy/ferry/&quot;&gt;Buy The Ferry&lt;/a&gt;",
        )
        self.assertContains(page, "&lt;script src=&quot;https://shop.example/buy/button.js&quot; async&gt;")

    def test_they_get_the_address_for_each_further_currency_if_there_are_any(self):
        self.add(book=self.ferry.pk)
        address = reverse("admin:orders_buylink_change", args=[BuyLink.objects.get().pk])
        self.assertNotContains(self.client.get(address), "currency=")

        PriceList.objects.create(currency="eur", rate=1)

        self.assertContains(self.client.get(address), "https://shop.example/buy/ferry/?currency=eur")

    def test_a_title_is_text_in_what_is_pasted(self):
        book = make_book('<img src=x onerror="alert(1)">')
        self.add(book=book.pk)

        page = self.client.get(reverse("admin:orders_buylink_change", args=[BuyLink.objects.get().pk]))

        self.assertContains(page, "&amp;lt;img src=x")
        self.assertNotContains(page, "Buy &lt;img")

    def test_both_and_neither_are_refused(self):
        pair = make_bundle("Two Journeys", self.ferry)
        for fields in ({}, {"book": self.ferry.pk, "bundle": pair.pk}):
            with self.subTest(fields):
                self.assertContains(self.add(**fields), "Choose a book or a bundle.")
        self.assertEqual(BuyLink.objects.count(), 0)
