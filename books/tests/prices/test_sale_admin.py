"""Sales in the admin: what is refused, what is shown before they begin, and what cannot be changed later."""

from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import Permission
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.admin.pricing.pointless import pointless_prices, pointless_sales
from books.models import Book, Bundle, Moment, PriceList, Sale
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from books.tests.catalogue.test_catalogue_admin import form_of
from books.tests.prices.test_sales import DAYS, make_sale
from tests.shop import shop

ADD = reverse("admin:books_sale_add")
LIST = reverse("admin:books_sale_changelist")


class SaleAdminTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        long_ago = timezone.now() - 400 * DAYS
        cls.ferry = make_book("The Ferry", first_published_at=long_ago)
        cls.tram = make_book("The Tram", price=1200, first_published_at=long_ago)
        cls.grace = make_staff()

    def setUp(self):
        self.client.force_login(self.grace)
        self.begins = (timezone.now() + 2 * DAYS).replace(microsecond=0)

    def save(self, address=ADD, **fields):
        given = {"name": "Spring", "percent": "25", "amount": "", "amounts": "", "books": [self.ferry.pk]}
        times = {"begins": self.begins, "ends": self.begins + 7 * DAYS}
        for name, value in times.items():
            given |= {f"{name}_0": value.strftime("%Y-%m-%d"), f"{name}_1": value.strftime("%H:%M:%S")}
        return self.client.post(address, given | fields, follow=True)

    def address(self, sale):
        return reverse("admin:books_sale_change", args=[sale.pk])

    def test_a_sale_is_saved_with_its_moments_and_shows_what_things_will_cost(self):
        PriceList.objects.create(currency="eur", rate=Decimal("0.92"))

        self.save(percent="", amount="5.00", amounts="EUR 3.99", books=[self.ferry.pk, self.tram.pk])

        sale = Sale.objects.get()
        self.assertEqual((sale.percent, sale.amount, sale.amounts), (None, 500, {"eur": 399}))
        self.assertEqual((sale.begins, sale.ends), (self.begins, self.begins + 7 * DAYS))
        self.assertEqual(
            list(Moment.objects.order_by("at").values_list("at", flat=True)), [sale.begins, sale.ends]
        )
        page = self.client.get(self.address(sale))
        for cells in (
            "<td>The Ferry</td><td>$9.00</td><td>$5.00</td><td>$9.00</td>",
            "<td>The Tram</td><td>$12.00</td><td>$5.00</td><td>$12.00</td>",
            "<td>The Ferry</td><td>€7.99</td><td>€3.99</td><td>€7.99</td>",
        ):
            self.assertContains(page, f"<tr>{cells}</tr>", html=True)
        self.assertContains(page, "EUR 3.99")

    def test_prices_in_other_currencies_are_asked_for_only_if_the_shop_has_any(self):
        self.assertNotContains(self.client.get(ADD), "Price in other currencies")
        self.save()
        self.assertEqual(Sale.objects.get().amounts, {})

        PriceList.objects.create(currency="eur", rate=Decimal("0.92"))

        self.assertContains(self.client.get(ADD), "Price in other currencies")

    def test_what_staff_type_is_in_the_time_zone_of_the_shop(self):
        with self.settings(SHOP=shop(time_zone="Europe/Vienna")):
            self.save(begins_0="2027-03-28", begins_1="03:30", ends_0="2027-04-01", ends_1="00:00")

        sale = Sale.objects.get()
        self.assertEqual(f"{sale.begins:%d %H:%M}, {sale.ends:%d %H:%M}", "28 01:30, 31 22:00")

    def test_what_is_no_sale_is_refused_with_a_reason(self):
        PriceList.objects.create(currency="eur", rate=Decimal("0.92"))
        chapter = make_book("Only Together", price=None)
        for fields, reason in (
            ({"books": []}, "Choose what is on sale."),
            ({"everything": "on"}, "Choose everything, or some products, not both."),
            ({"percent": ""}, "Type either a percentage or a price."),
            ({"amount": "5"}, "Type either a percentage or a price."),
            ({"percent": "", "amount": "5", "everything": "on", "books": []}, "is by a percentage."),
            ({"percent": "0"}, "greater than or equal to 1"),
            ({"percent": "", "amount": "9.00"}, "“The Ferry” costs $9.00 anyway: this is no reduction."),
            (
                {"percent": "", "amount": "5", "amounts": "EUR 7.99"},
                "“The Ferry” costs €7.99 anyway: this is no reduction.",
            ),
            ({"books": [chapter.pk]}, "“Only Together” is not sold on its own."),
            ({"amounts": "GBP 3"}, "The shop has no price list in GBP."),
            ({"amounts": "EUR three"}, "Enter a number."),
            ({"ends_0": "2020-01-01"}, "This is in the past."),
            ({"ends_0": f"{self.begins:%Y-%m-%d}", "ends_1": f"{self.begins:%H:%M:%S}"}, "A sale ends after"),
        ):
            with self.subTest(fields):
                self.assertContains(self.save(**fields), reason)
        self.assertEqual((Sale.objects.count(), Moment.objects.count()), (0, 0))

    def test_one_that_was_to_begin_earlier_begins_now(self):
        self.save(begins_0="2020-01-01")

        self.assertLess(timezone.now() - Sale.objects.get().begins, timedelta(minutes=1))

    def test_once_it_has_begun_only_its_name_and_its_end_can_be_changed_and_it_stays(self):
        sale = make_sale(self.ferry, begins=timezone.now() - DAYS, ends=timezone.now() + DAYS)

        self.save(self.address(sale), name="Summer", percent="90", books=[self.tram.pk])

        sale.refresh_from_db()
        self.assertEqual((sale.name, sale.percent, list(sale.books.all())), ("Summer", 25, [self.ferry]))
        self.assertEqual(sale.ends, self.begins + 7 * DAYS)
        address = reverse("admin:books_sale_delete", args=[sale.pk])
        self.assertEqual(self.client.post(address, {"post": "yes"}).status_code, 403)
        self.client.post(LIST, {"action": "delete_selected", "_selected_action": [sale.pk], "post": "yes"})
        self.assertTrue(Sale.objects.exists())

    def test_one_that_has_ended_keeps_its_end_and_one_to_come_can_be_deleted(self):
        ended = make_sale(self.ferry, begins=timezone.now() - 2 * DAYS, ends=timezone.now() - DAYS)
        to_come = make_sale(self.ferry, begins=self.begins, ends=self.begins + DAYS)

        self.save(self.address(ended), name="Winter")
        self.client.post(reverse("admin:books_sale_delete", args=[to_come.pk]), {"post": "yes"})

        kept = Sale.objects.get()
        self.assertEqual((kept.pk, kept.name, kept.ends), (ended.pk, "Winter", ended.ends))

    def test_a_sale_that_runs_is_ended_from_the_list(self):
        running = make_sale(self.ferry, begins=timezone.now() - DAYS, ends=timezone.now() + DAYS)
        to_come = make_sale(self.ferry, begins=self.begins, ends=self.begins + DAYS)
        page = self.client.get(LIST)
        for word in ("Running", "To come", "25% off"):
            self.assertContains(page, word)

        answer = self.client.post(
            LIST, {"action": "end", "_selected_action": [running.pk, to_come.pk]}, follow=True
        )

        self.assertContains(answer, "1 sale ended.")
        running.refresh_from_db()
        to_come.refresh_from_db()
        self.assertLessEqual(running.ends, timezone.now())
        self.assertEqual(to_come.ends, self.begins + DAYS)

    def test_whoever_may_only_look_changes_nothing(self):
        clerk = make_reader("clerk")
        clerk.is_staff = True
        clerk.save()
        clerk.user_permissions.add(Permission.objects.get(codename="view_sale"))
        sale = make_sale(self.ferry, begins=self.begins, ends=self.begins + DAYS)
        self.client.force_login(clerk)

        self.assertEqual(self.client.get(self.address(sale)).status_code, 200)
        self.assertEqual(self.save(self.address(sale), name="Mine").status_code, 403)
        self.assertEqual(self.save().status_code, 403)
        self.assertEqual(Sale.objects.get().name, "Spring")


class PointlessTests(TestCase):
    """Staff hear of prices that leave nobody a reason to buy something."""

    @classmethod
    def setUpTestData(cls):
        cls.ferry, cls.tram = make_book("The Ferry", price=900), make_book("The Tram", price=1200)
        cls.pair = make_bundle("Two Journeys", cls.ferry, cls.tram, price=1500)
        # So that All Books costs less than its books one by one.
        for number in range(3):
            make_book(f"Book {number}", price=1500)
        cls.grace = make_staff()

    def setUp(self):
        self.client.force_login(self.grace)

    def said(self, *products, **options):
        return pointless_prices(products, **options)

    def test_prices_that_make_sense_are_passed_over_in_silence(self):
        self.assertEqual(self.said(self.ferry, self.tram, self.pair), [])

    def test_a_book_cut_to_five_dollars_makes_a_bundle_of_two_pointless(self):
        self.ferry.price, self.tram.price = 500, 1000
        self.ferry.save()
        self.tram.save()

        for product in (self.ferry, self.pair):
            self.assertEqual(
                self.said(product),
                [
                    "“Two Journeys” costs $15.00, and its books one by one $15.00: "
                    "nobody has a reason to buy it."
                ],
            )

    def test_a_book_that_costs_as_much_as_a_bundle_with_it_is_pointless(self):
        self.tram.price = 1500
        self.tram.save()

        said = (
            "“The Tram” costs $15.00, and “Two Journeys”, which includes it, $15.00: nobody has a reason to "
            "buy it on its own."
        )
        self.assertEqual(self.said(self.tram), [said])
        self.assertEqual(self.said(self.pair), [said])

    def test_all_books_and_a_bundle_that_costs_as_much(self):
        self.pair.price = 3900
        self.pair.save()
        self.assertIn("“Two Journeys” costs $39.00, and its books one by one $21.00", self.said(self.pair)[0])
        self.assertIn("“Two Journeys” costs $39.00, and “All Books”", self.said(self.pair)[1])
        Bundle.objects.filter(everything=True).update(price=6600)
        self.assertIn("“All Books” costs $66.00, and its books one by one $66.00", self.said(self.ferry)[-1])

    def test_a_book_that_is_not_sold_by_itself_leaves_the_bundle_a_reason(self):
        self.ferry.price, self.tram.price = 100, None
        self.ferry.save()
        self.tram.save()

        self.assertEqual(self.said(self.pair), [])

    def test_where_buyers_choose_what_they_pay_the_least_counts(self):
        Book.objects.filter(pk=self.ferry.pk).update(minimum_price=300)

        self.assertEqual(
            self.said(self.pair),
            [
                "“Two Journeys” costs $15.00, and its books one by one from $15.00: "
                "nobody has a reason to buy it."
            ],
        )
        Book.objects.filter(pk=self.tram.pk).update(price=1600, minimum_price=1300)
        self.assertEqual(self.said(self.tram), [])

    def test_a_sale_that_lowers_only_what_is_suggested_is_pointless(self):
        now = timezone.now()
        Book.objects.filter(pk=self.ferry.pk).update(minimum_price=0)
        sale = make_sale(self.ferry, begins=now + DAYS, ends=now + 2 * DAYS)
        make_sale(self.ferry, begins=now - 2 * DAYS, ends=now - DAYS)
        make_sale(self.tram, begins=now - DAYS, ends=now + DAYS)
        said = (
            "Buyers may pay $0.00 for “The Ferry” with or without the sale “Spring”: it lowers only what is "
            "suggested."
        )
        self.ferry.refresh_from_db()

        self.assertEqual(pointless_sales([self.ferry, self.tram, self.pair]), [said])
        page = self.client.get(reverse("admin:books_book_change", args=[self.ferry.pk]))
        self.assertContains(page, said)

        for least, expected in ((50, [said.replace("$0.00", "$0.50")]), (200, [])):
            self.ferry.minimum_price = least
            with self.subTest(least):
                self.assertEqual(pointless_sales([self.ferry]), expected)
        sale.delete()
        self.ferry.minimum_price = 0
        self.assertEqual(pointless_sales([self.ferry]), [])

    def test_each_currency_is_looked_at(self):
        euros = PriceList.objects.create(currency="eur", rate=Decimal("0.92"))
        euros.prices.create(bundle=self.pair, amount=2000)

        [said] = self.said(self.pair)

        self.assertIn("“Two Journeys” costs €20.00, and its books one by one €18.98", said)

    def test_a_sale_counts_while_it_runs(self):
        now = timezone.now()
        make_sale(self.ferry, begins=now + DAYS, ends=now + 2 * DAYS, percent=80)

        self.assertEqual(self.said(self.pair), [])
        self.assertIn("one by one $13.80", self.said(self.pair, at=now + DAYS)[0])

    def test_saving_a_book_a_bundle_a_list_or_a_sale_says_so_and_so_do_their_pages(self):
        change = reverse("admin:books_book_change", args=[self.tram.pk])
        words = "“Two Journeys” costs $15.00, and its books one by one $14.00"

        answer = self.client.post(change, form_of(self.tram) | {"price": "5.00"}, follow=True)

        self.assertContains(answer, words)
        for page in (change, reverse("admin:books_bundle_change", args=[self.pair.pk])):
            self.assertContains(self.client.get(page), words)

    def test_many_bundles_cost_a_bounded_number_of_queries(self):
        with CaptureQueriesContext(connection) as few:
            self.said(self.ferry)
        for number in range(30):
            make_bundle(f"Bundle {number}", self.ferry, self.tram, price=1400)
        with CaptureQueriesContext(connection) as many:
            self.said(self.ferry)

        self.assertLess(len(many), len(few) + 24 * 3)
