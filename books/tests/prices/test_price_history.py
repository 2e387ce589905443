"""The page on which staff see what a product has cost, costs and will cost, and what a sale may announce."""

from datetime import timedelta

from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from books.models import PastPrice, Prices, begun_sales
from books.tests.builders import make_book, make_staff
from books.tests.prices.test_sales import BEGINS, DAYS, ENDS, MINUTE, SalesTestCase, make_sale
from users.models import CustomUser


class PriceHistoryTests(SalesTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.grace = make_staff()

    def page(self, product):
        # Not before the clock stands still: a session of later would not have begun.
        self.client.force_login(self.grace)
        address = reverse(f"admin:books_{product.kind}_prices", args=[product.pk])
        return html.fromstring(self.client.get(address).content)

    def rows(self, product, currency="USD"):
        found = self.page(product).xpath(f"//section[h2='In {currency}']//tbody/tr")
        return [tuple(" ".join(cell.text_content().split()) for cell in row.xpath("td")) for row in found]

    def said(self, product, currency="USD"):
        [summary] = self.page(product).xpath(f"//section[h2='In {currency}']/p[2]")
        return " ".join(summary.text_content().split())

    def past(self, product, amount, until, currency=""):
        PastPrice.objects.create(**{product.kind: product}, amount=amount, until=until, currency=currency)

    def test_it_lists_what_was_what_is_and_what_will_be_and_why(self):
        self.past(self.ferry, 800, BEGINS - 100 * DAYS)
        make_sale(self.ferry, begins=BEGINS - 50 * DAYS, ends=BEGINS - 45 * DAYS, amount=500)
        make_sale(self.ferry, begins=BEGINS + DAYS, ends=ENDS, percent=50)
        make_sale(self.tram, begins=BEGINS + DAYS, ends=ENDS, percent=10)

        self.assertEqual(
            self.rows(self.ferry),
            [
                ("April 5, 2026, 2:00 AM UTC (to come)", "you change it", "$9.00", "Regular price"),
                (
                    "March 30, 2026, 2:00 AM UTC (to come)",
                    "April 5, 2026, 2:00 AM UTC",
                    "$4.50",
                    "Sale “Spring”",
                ),
                ("February 12, 2026, 2:00 AM UTC", "March 30, 2026, 2:00 AM UTC", "$9.00", "Regular price"),
                ("February 7, 2026, 2:00 AM UTC", "February 12, 2026, 2:00 AM UTC", "$5.00", "Sale “Spring”"),
                ("December 19, 2025, 2:00 AM UTC", "February 7, 2026, 2:00 AM UTC", "$9.00", "Regular price"),
                (
                    "February 22, 2025, 2:00 AM UTC",
                    "December 19, 2025, 2:00 AM UTC",
                    "$8.00",
                    "Regular price",
                ),
            ],
        )
        self.assertEqual(len(self.rows(self.pair)), 1)

    def test_each_currency_has_its_own(self):
        self.past(self.ferry, 650, BEGINS - 5 * DAYS, "eur")
        self.euros.prices.create(book=self.ferry, amount=1000)

        rows = self.rows(self.ferry, "EUR")

        self.assertEqual(rows[0][2], "€10.00")
        self.assertIn("€6.50", [price for _, _, price, _ in rows])

    def test_what_is_taken_out_of_the_shop_is_not_for_sale_from_then_on(self):
        self.ferry.unpublish()

        [latest, before] = self.rows(self.ferry)

        self.assertEqual((latest[2:], before[2:]), (("not for sale", ""), ("$9.00", "Regular price")))

    def test_a_draft_has_never_been_for_sale(self):
        draft = make_book("Draft", first_published_at=None, is_published=False)

        self.assertEqual(self.rows(draft), [("It has never been for sale.",)])

    def test_the_lowest_price_that_may_be_announced_is_named_with_its_reason(self):
        make_sale(self.ferry, begins=BEGINS - 10 * DAYS, ends=BEGINS - 5 * DAYS, amount=500)
        self.assertEqual(
            self.said(self.ferry),
            "A sale that began now would be announced beside $5.00, the lowest price of the last 30 days "
            "(from February 27, 2026, 2:00 AM UTC). "
            "It cost that from March 19, 2026, 2:00 AM UTC, in the sale “Spring”.",
        )
        make_sale(self.ferry, amount=400)
        self.assertIn("Readers see $5.00 struck through", self.said(self.ferry))
        make_sale(self.ferry, begins=BEGINS - DAYS, amount=350)
        self.assertIn("before the sale (from February 26", self.said(self.ferry))

    def test_without_a_reduction_it_says_why(self):
        make_sale(self.ferry, begins=BEGINS - 10 * DAYS, ends=BEGINS - 5 * DAYS, amount=500)
        make_sale(self.ferry, self.tram, amount=600)
        self.tram.first_published_at = BEGINS
        self.tram.save()

        self.assertIn("no price struck through: the sale isn’t below $5.00", self.said(self.ferry))
        self.assertEqual(
            self.said(self.tram),
            "No reduction can be announced: it wasn’t for sale in USD in the 30 days before.",
        )

    def test_of_what_is_younger_than_30_days_the_time_since_then_counts(self):
        self.past(self.pair, None, BEGINS - 3 * DAYS)
        self.tram.first_published_at = BEGINS - 2 * DAYS
        self.tram.save()

        self.assertIn("since it first went on sale (from March 26, 2026", self.said(self.pair))
        self.assertIn("since it first went on sale (from March 27, 2026", self.said(self.tram))
        self.assertEqual(len(self.rows(self.pair)), 1)

    def test_it_says_what_the_shop_announces(self):
        self.past(self.ferry, 800, BEGINS - 20 * DAYS)
        self.past(self.ferry, 700, BEGINS - 25 * DAYS, "eur")
        make_sale(self.ferry, self.pair, percent=40)
        make_sale(begins=BEGINS - 12 * DAYS, ends=BEGINS - 11 * DAYS, percent=15, everything=True)
        for price_list, currency in ((None, "USD"), (self.euros, "EUR")):
            for product in (self.ferry, self.pair):
                with self.subTest(currency, product=product):
                    price = Prices(price_list, begun_sales(BEGINS)).price_of(product)
                    struck_through = Prices(price_list).price_of(product)._replace(amount=price.was)
                    self.assertIn(
                        f"Readers see {struck_through} struck through", self.said(product, currency)
                    )

    def test_who_may_see_a_book_may_see_its_prices_and_nobody_else(self):
        address = reverse("admin:books_book_prices", args=[self.ferry.pk])
        bob = CustomUser.objects.create_user("bob@example.com", is_staff=True)
        self.client.force_login(bob)
        self.assertEqual(self.client.get(address).status_code, 403)

        bob.user_permissions.add(Permission.objects.get(codename="view_book"))
        self.assertEqual(self.client.get(address).status_code, 200)

        bundle = reverse("admin:books_bundle_prices", args=[self.pair.pk])
        self.assertEqual(self.client.get(bundle).status_code, 403)

    def test_what_is_not_there_is_not_found(self):
        self.client.force_login(self.grace)

        self.assertEqual(self.client.get("/admin/books/bundle/0/prices/").status_code, 404)
        self.assertEqual(self.client.get("/admin/books/book/x/prices/").status_code, 404)

    def test_the_page_of_a_product_leads_there(self):
        self.client.force_login(self.grace)
        for product in (self.ferry, self.pair, self.all_books):
            page = self.client.get(reverse(f"admin:books_{product.kind}_change", args=[product.pk]))
            self.assertContains(page, reverse(f"admin:books_{product.kind}_prices", args=[product.pk]))

    def test_a_long_history_takes_no_more_queries(self):
        make_sale(self.ferry, begins=BEGINS - DAYS, ends=BEGINS - MINUTE)
        # The first page of a process asks for content types.
        self.page(self.ferry)
        with CaptureQueriesContext(connection) as few:
            self.page(self.ferry)
        for number in range(25):
            begins = BEGINS - (2 + 3 * number) * DAYS
            self.past(self.ferry, 500 + number, begins)
            make_sale(self.ferry, begins=begins, ends=begins + timedelta(hours=5))

        with CaptureQueriesContext(connection) as many:
            self.page(self.ferry)

        self.assertEqual(len(many), len(few))
        self.assertGreater(len(self.rows(self.ferry)), 50)
