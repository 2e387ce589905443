"""Where buyers come from: what is kept of it, what is never kept, and what staff see of it."""

from urllib.parse import parse_qs

from django.conf import settings
from django.test import Client
from django.urls import reverse

from books.tests.builders import make_book, make_staff
from orders.models import Order, OrderSource, OrderStatus
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
WEEK = 7 * 24 * 60 * 60


class SourceTestCase(TillTestCase):
    def setUp(self):
        super().setUp()
        self.ferry = make_book("The Ferry", price=900)
        self.address = self.ferry.get_absolute_url()

    def visit(self, query=None, *, browser=None, address=None, **headers):
        return (browser or Client()).get(address or self.address, query or {}, headers=headers)

    def kept(self, response):
        """Return what the cookie that comes with this answer holds, or None if there is none."""
        cookie = response.cookies.get(settings.SOURCE_COOKIE_NAME)
        return cookie and {name: value for name, [value] in parse_qs(cookie.value).items()}


class KeepingTests(SourceTestCase):
    def test_the_tags_of_a_link_and_the_host_of_its_page_are_kept_for_a_week(self):
        answer = self.visit(NEWSLETTER, referer="https://www.Example.com/private/letter?reader=ada")

        self.assertEqual(
            self.kept(answer),
            {"source": "newsletter", "medium": "email", "campaign": "spring list", "referrer": "example.com"},
        )
        cookie = answer.cookies[settings.SOURCE_COOKIE_NAME]
        self.assertEqual((cookie["max-age"], cookie["samesite"]), (WEEK, "Lax"))
        self.assertIs(cookie["httponly"], True)
        self.assertIs(cookie["secure"], True)

    def test_nothing_is_kept_where_there_is_nothing_to_keep(self):
        for headers in (
            {},
            {"referer": "http://testserver/books/"},
            {"referer": "https://checkout.stripe.com/c/pay"},
            {"referer": "android-app://com.example/"},
            {"referer": "https://[broken"},
        ):
            with self.subTest(headers):
                answer = self.visit({"utm_id": "7", "source": "x"}, **headers)

                self.assertIsNone(self.kept(answer))
                self.assertIn("public", answer["Cache-Control"])

    def test_what_only_sounds_like_stripe_is_kept(self):
        answer = self.visit(referer="https://notstripe.com/")

        self.assertEqual(self.kept(answer), {"referrer": "notstripe.com"})

    def test_nothing_is_kept_of_whoever_asks_not_to_be_tracked(self):
        for headers in ({"sec-gpc": "1"}, {"dnt": "1"}):
            with self.subTest(headers):
                self.assertIsNone(self.kept(self.visit(NEWSLETTER, **headers)))

    def test_the_first_page_counts(self):
        browser = Client()
        self.visit(NEWSLETTER, browser=browser)

        answer = self.visit({"utm_source": "later"}, browser=browser)

        self.assertIsNone(self.kept(answer))

    def test_a_page_that_keeps_something_is_in_no_shared_cache_and_the_next_is(self):
        first, second = self.visit(NEWSLETTER), self.visit()

        self.assertIn("private", first["Cache-Control"])
        self.assertNotIn("public", first["Cache-Control"])
        self.assertIn("public", second["Cache-Control"])
        self.assertEqual(first.content, second.content)

    def test_only_pages_that_somebody_looks_at_count(self):
        self.assertIsNone(self.kept(self.visit(NEWSLETTER, **{"sec-fetch-dest": "iframe"})))
        self.assertIsNone(self.kept(self.visit(NEWSLETTER, address="/no-such-page/")))
        self.assertIsNone(self.kept(self.visit(NEWSLETTER, address=reverse("robots"))))
        self.assertIsNone(self.kept(Client().post(f"{self.address}?utm_source=x")))
        self.assertEqual(
            self.kept(self.visit({"utm_source": "x"}, **{"sec-fetch-dest": "document"})), {"source": "x"}
        )

    def test_a_redirect_counts_too(self):
        answer = self.visit({"utm_source": "x"}, address=self.address.removesuffix("/"))

        self.assertEqual((answer.status_code, self.kept(answer)), (301, {"source": "x"}))

    def test_it_is_cleaned_and_bounded(self):
        answer = self.visit({"utm_source": " a\x07\n\u202e b" + "c" * 500, "utm_campaign": "\u65e5" * 500})

        self.assertEqual(self.kept(answer), {"source": "a b" + "c" * 57, "campaign": "\u65e5" * 60})
        self.assertLess(len(answer.cookies[settings.SOURCE_COOKIE_NAME].value), 4000)

    def test_more_than_fits_into_a_cookie_is_not_kept(self):
        tags = {f"utm_{name}": "\u65e5" * 60 for name in ("source", "medium", "campaign", "term", "content")}

        self.assertIsNone(self.kept(self.visit(tags)))


class BuyingTests(SourceTestCase):
    def test_it_is_stored_with_the_order(self):
        self.visit(NEWSLETTER, browser=self.client, referer="https://example.com/a")

        self.pay()

        stored = OrderSource.objects.get(order=Order.objects.get(status=OrderStatus.PAID))
        self.assertEqual(
            (stored.source, stored.medium, stored.campaign, stored.term, stored.referrer),
            ("newsletter", "email", "spring list", "", "example.com"),
        )

    def test_so_it_is_in_a_session(self):
        self.visit(NEWSLETTER, browser=self.client)

        self.client.post(reverse("checkout_session"), {"item": self.shown_item()})

        self.assertEqual(OrderSource.objects.get().source, "newsletter")

    def test_so_it_is_with_a_guests(self):
        browser = Client()
        self.visit(NEWSLETTER, browser=browser)
        page = browser.get(reverse("orders"), {"book": self.ferry.pk})

        browser.post(
            reverse("charge"),
            {"stripeToken": "tok_visa", "item": page.context["offer"].signed(), "email": "dan@example.com"},
        )

        self.assertEqual(OrderSource.objects.get().order.email, "dan@example.com")

    def test_an_order_without_one_has_no_row(self):
        self.pay()

        self.assertEqual((Order.objects.count(), OrderSource.objects.count()), (1, 0))

    def test_a_cookie_may_say_anything(self):
        for value in ("%00=%FF&source=%00&=&x=y", "source=" + "a" * 3000, "source=%ED%A0%80", "source"):
            with self.subTest(value):
                Order.objects.all().delete()
                self.client.cookies[settings.SOURCE_COOKIE_NAME] = value

                self.assertEqual(self.client.get(reverse("orders")).status_code, 200)
        self.client.cookies[settings.SOURCE_COOKIE_NAME] = "source=%00A%0A" + "b" * 3000 + "&referrer="
        self.pay()
        self.assertEqual(OrderSource.objects.get().source, "a " + "b" * 58)

    def test_whoever_asks_not_to_be_tracked_afterwards_is_not(self):
        self.visit(NEWSLETTER, browser=self.client)

        self.client.post(reverse("charge"), {"stripeToken": "tok_visa"}, headers={"sec-gpc": "1"})

        self.assertEqual((Order.objects.count(), OrderSource.objects.count()), (1, 0))

    def test_the_next_try_is_the_same_order_with_the_same_source(self):
        self.visit(NEWSLETTER, browser=self.client)
        self.pay("tok_chargeDeclined")
        self.client.cookies[settings.SOURCE_COOKIE_NAME] = "source=later"

        self.pay()

        self.assertEqual(OrderSource.objects.get().source, "newsletter")

    def test_it_is_exported_and_forgotten_with_the_account(self):
        self.visit(NEWSLETTER, browser=self.client)
        self.pay()

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
