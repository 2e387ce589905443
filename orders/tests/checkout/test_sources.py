"""Where buyers come from: what is kept of it, what is never kept, and what staff see of it."""

import re
from html import unescape
from urllib.parse import parse_qsl, unquote, urlencode

from django.test import Client, RequestFactory
from django.urls import reverse

from books.tests.builders import make_book, make_staff
from orders.models import Order, OrderSource, OrderStatus
from orders.sources import source_of
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase
from users.personal_data.erasure import erase
from users.personal_data.export import export

NEWSLETTER = {
    "utm_source": "Newsletter",
    "utm_medium": "email",
    "utm_campaign": "Spring  List",
    "utm_id": "7",
}


class SourceTestCase(TillTestCase):
    def setUp(self):
        super().setUp()
        self.ferry = make_book("The Ferry", price=900)
        self.address = self.ferry.get_absolute_url()
        self.page = f"{reverse('orders')}?book={self.ferry.pk}"

    def shown(self, address=None, *, browser=None, **headers):
        """Return the purchase page that a link leads to, and what its form says of a source."""
        response = (browser or self.client).get(address or self.page, headers=headers)
        said = dict(parse_qsl(source.query)) if (source := response.context["source"]) else None
        return response, said and {name.removeprefix("utm_"): value for name, value in said.items()}

    def source_on(self, address=None, **headers):
        return self.shown(address, **headers)[1]

    def buy(self, response, *, browser=None, token="tok_visa", **fields):  # noqa: S107 (a test token)
        """Post the form of the purchase page as it is."""
        hidden = dict(re.findall(r'name="(item|source)" value="([^"]*)"', response.text))
        return (browser or self.client).post(
            reverse("charge"),
            {name: unescape(value) for name, value in hidden.items()} | {"stripeToken": token} | fields,
        )

    def stored(self):
        return tuple(OrderSource.objects.values_list("source", "medium", "campaign", "referrer").get())


class FindingTests(SourceTestCase):
    """What the purchase page knows of the way to it."""

    def test_it_is_the_tags_of_its_own_address_and_the_host_of_the_page_with_the_link(self):
        said = self.source_on(
            f"{self.page}&{urlencode(NEWSLETTER)}",
            referer="https://www.Example.com/private/letter?reader=ada",
        )

        self.assertEqual(
            said,
            {"source": "newsletter", "medium": "email", "campaign": "spring list", "referrer": "example.com"},
        )

    def test_it_is_in_the_address_of_the_shop_s_own_page_with_the_link(self):
        landing = f"http://testserver{self.address}?{urlencode(NEWSLETTER)}&utm_referrer=example.com"

        self.assertEqual(self.source_on(referer=landing)["campaign"], "spring list")
        self.assertEqual(self.source_on(referer=landing)["referrer"], "example.com")

    def test_the_tags_of_the_page_itself_come_first(self):
        landing = f"http://testserver{self.address}?utm_source=first&utm_medium=email"

        self.assertEqual(
            self.source_on(f"{self.page}&utm_source=later", referer=landing), {"source": "later"}
        )

    def test_nothing_is_known_where_nothing_is_said(self):
        for headers in (
            {},
            {"referer": "http://testserver/books/?source=x&utm=7"},
            {"referer": "https://checkout.stripe.com/c/pay?utm_source=stripe"},
            {"referer": "android-app://com.example/"},
            {"referer": "https://[broken"},
            {"referer": "https:///nowhere"},
        ):
            with self.subTest(headers):
                self.assertIsNone(self.source_on(f"{self.page}&source=x", **headers))

    def test_what_only_sounds_like_stripe_is_known(self):
        self.assertEqual(self.source_on(referer="https://notstripe.com/"), {"referrer": "notstripe.com"})

    def test_another_site_s_page_cannot_say_more_than_its_host(self):
        self.assertEqual(
            self.source_on(referer="https://example.com/?utm_source=x"), {"referrer": "example.com"}
        )

    def test_nothing_is_known_of_whoever_asks_not_to_be_tracked(self):
        for headers in ({"sec-gpc": "1"}, {"dnt": "1"}):
            with self.subTest(headers):
                response, said = self.shown(f"{self.page}&utm_source=x", **headers)

                self.assertIsNone(said)
                self.assertNotContains(response, 'name="source"')

    def test_it_is_cleaned_and_bounded(self):
        tags = {"utm_source": " a\x07\n\u202e b" + "c" * 500, "utm_campaign": "\u65e5" * 500}

        self.assertEqual(
            self.source_on(f"{self.page}&{urlencode(tags)}"),
            {"source": "a b" + "c" * 57, "campaign": "\u65e5" * 60},
        )

    def test_no_page_keeps_anything_in_the_browser_for_it_and_caches_share_those_of_visitors(self):
        for address in (self.address, reverse("home"), reverse("book_list"), reverse("cart")):
            for query in ({}, NEWSLETTER):
                with self.subTest(address, query=query):
                    answer = Client().get(address, query, headers={"referer": "https://example.com/"})

                    self.assertEqual(answer.status_code, 200)
                    self.assertEqual(dict(answer.cookies), {})
        self.assertIn("public", Client().get(self.address, NEWSLETTER)["Cache-Control"])

    def test_whoever_logs_in_before_they_pay_comes_back_with_it(self):
        browser = Client()
        landing = f"http://testserver{self.address}?utm_source=newsletter"

        response, _ = self.shown(browser=browser, referer=landing)
        [way] = re.findall(r'href="/accounts/login/\?next=([^"]*)"', response.text)

        self.assertEqual(unquote(unescape(way)), f"{self.page}&utm_source=newsletter")

    def test_a_cart_takes_it_along(self):
        landing = f"http://testserver{self.address}?utm_source=newsletter&utm_referrer=example.com"
        added = self.client.post(
            reverse("cart_add"),
            {"product": self.ferry.reference},
            headers={"referer": landing, "origin": "http://testserver"},
        )
        self.assertEqual(added.url, f"{reverse('cart')}?utm_source=newsletter&utm_referrer=example.com")

        said = self.source_on(f"{reverse('orders')}?cart", referer=f"http://testserver{added.url}")

        self.assertEqual(said, {"source": "newsletter", "referrer": "example.com"})

    def test_a_cart_of_which_nothing_is_known_has_its_plain_address(self):
        form = {"product": self.ferry.reference}
        for headers in ({}, {"referer": "http://testserver/?utm_source=x", "dnt": "1"}):
            added = self.client.post(
                reverse("cart_add"), form, headers={"origin": "http://testserver"} | headers
            )

            self.assertEqual(added.url, reverse("cart"))


class BuyingTests(SourceTestCase):
    NEWSLETTER = ("newsletter", "email", "spring list", "example.com")

    def arrive(self, **options):
        return self.shown(f"{self.page}&{urlencode(NEWSLETTER)}", referer="https://example.com/a", **options)[
            0
        ]

    def test_it_is_stored_with_the_order(self):
        self.buy(self.arrive())

        self.assertEqual(self.stored(), self.NEWSLETTER)
        self.assertEqual(OrderSource.objects.get().order, Order.objects.get(status=OrderStatus.PAID))

    def test_so_it_is_in_a_session(self):
        response = self.arrive()

        self.client.post(
            reverse("checkout_session"),
            {"item": response.context["offer"].signed(), "source": response.context["source"].query},
        )

        self.assertEqual(self.stored(), self.NEWSLETTER)

    def test_so_it_is_with_a_guests(self):
        browser = Client()

        self.buy(self.arrive(browser=browser), browser=browser, email="dan@example.com")

        self.assertEqual(OrderSource.objects.get().order.email, "dan@example.com")

    def test_an_order_without_one_has_no_row(self):
        self.buy(self.shown()[0])

        self.assertEqual((Order.objects.count(), OrderSource.objects.count()), (1, 0))

    def test_a_form_may_say_anything(self):
        for value, said in (
            ("%00=%FF&utm_source=%00&=&x=y", None),
            ("source=x", None),
            ("&" * 5000, None),
            ("utm_source=%ED%A0%80", "\ufffd" * 3),
            ("utm_source=%00A%0A" + "b" * 3000 + "&utm_referrer=", "a " + "b" * 58),
        ):
            with self.subTest(value[:20]):
                source = source_of(RequestFactory().post("/", {"source": value}))

                self.assertEqual(source and source.source, said)
        self.pay(source="utm_source=%00A%0A" + "b" * 3000)
        self.assertEqual(OrderSource.objects.get().source, "a " + "b" * 58)

    def test_whoever_asks_not_to_be_tracked_afterwards_is_not(self):
        response = self.arrive()

        self.client.post(
            reverse("charge"),
            {
                "stripeToken": "tok_visa",
                "item": response.context["offer"].signed(),
                "source": response.context["source"].query,
            },
            headers={"sec-gpc": "1"},
        )

        self.assertEqual((Order.objects.count(), OrderSource.objects.count()), (1, 0))

    def test_the_next_try_is_the_same_order_with_the_same_source(self):
        self.buy(self.arrive(), token="tok_chargeDeclined")

        self.buy(self.shown(f"{self.page}&utm_source=later")[0])

        self.assertEqual(self.stored(), self.NEWSLETTER)

    def test_it_is_exported_and_forgotten_with_the_account(self):
        self.buy(self.arrive())

        self.assertEqual([row["source__source"] for row in export(self.ada)["orders"]], ["newsletter"])
        erase(self.ada)
        self.assertEqual((Order.objects.count(), OrderSource.objects.count()), (1, 0))


class AdminTests(SourceTestCase):
    def setUp(self):
        super().setUp()
        self.client.force_login(make_staff())

    def sell(self, source, *, status=OrderStatus.PAID, **fields):
        order = make_order(
            self.ada, product=make_book(price=fields.get("amount", 900)), status=status, **fields
        )
        OrderSource.objects.create(order=order, **source)
        return order

    def sums(self, **query):
        page = self.client.get(reverse("admin:orders_ordersource_sums"), query)
        return [
            (row["source"] or row["referrer"], row["count"], row["sum_shown"]) for row in page.context["rows"]
        ]

    def test_each_source_is_added_up_less_refunds_without_what_was_not_paid(self):
        self.sell({"source": "newsletter"}, amount=900)
        self.sell({"source": "newsletter"}, amount=1200, refunded_amount=200)
        self.sell({"referrer": "example.com"}, amount=500)
        self.sell({"source": "newsletter"}, status=OrderStatus.PENDING)

        self.assertEqual(self.sums(), [("newsletter", 2, "$19.00"), ("example.com", 1, "$5.00")])

    def test_only_of_the_period(self):
        order = self.sell({"source": "newsletter"})
        OrderSource.objects.update(created_at="2020-01-01T00:00:00Z")

        self.assertEqual(self.sums(days="365"), [])
        OrderSource.objects.update(created_at=order.created_at)
        self.assertEqual(self.sums(days="nonsense"), [("newsletter", 1, "$9.00")])

    def test_a_row_leads_to_its_orders(self):
        order, _ = self.sell({"source": "newsletter"}), self.sell({"referrer": "example.com"})
        page = self.client.get(reverse("admin:orders_ordersource_sums"))
        self.assertContains(page, "?source=newsletter&amp;campaign=&amp;referrer=&amp;medium=")

        listed = self.client.get(
            reverse("admin:orders_ordersource_changelist"),
            {"source": "newsletter", "campaign": "", "referrer": "", "medium": ""},
        )

        self.assertEqual([row.order_id for row in listed.context["cl"].queryset], [order.pk])

    def test_the_page_of_an_order_names_it(self):
        order = self.sell({"source": "newsletter", "campaign": "spring"})

        self.assertContains(
            self.client.get(reverse("admin:orders_order_change", args=[order.pk])), "newsletter spring"
        )

    def test_the_sums_are_for_staff_with_the_right(self):
        self.client.force_login(self.ada)
        self.assertEqual(self.client.get(reverse("admin:orders_ordersource_sums")).status_code, 302)

        self.ada.is_staff = True
        self.ada.save()
        self.client.force_login(self.ada)
        self.assertEqual(self.client.get(reverse("admin:orders_ordersource_sums")).status_code, 403)
