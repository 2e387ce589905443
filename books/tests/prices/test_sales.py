"""Sales: what a product costs while one runs, and what may be announced about it."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

from django.db import IntegrityError, connection, transaction
from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from books.models import (
    Book,
    Bundle,
    Moment,
    PastFormula,
    PastPrice,
    Price,
    PriceList,
    Prices,
    Sale,
    begun_sales,
)
from books.models.prices.sales import Terms
from books.tests.builders import make_book, make_bundle
from tests.shop import shop

# A sale that begins just after the clocks went forward in Europe; 30 days before, it was still winter.
BEGINS = datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=7)
MINUTE = timedelta(minutes=1)
DAYS = timedelta(days=1)


def make_sale(*products, begins=BEGINS, ends=ENDS, **fields):
    """Save a sale of these products: 25 per cent off unless told otherwise."""
    terms = {"percent": 25} if fields.keys().isdisjoint({"percent", "amount"}) else {}
    sale = Sale.objects.create(name="Spring", begins=begins, ends=ends, **terms | fields)
    sale.books.set([product for product in products if product.kind == "book"])
    sale.bundles.set([product for product in products if product.kind == "bundle"])
    return sale


class SalesTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        long_ago = BEGINS - 400 * DAYS
        cls.ferry = make_book("The Ferry", price=900, first_published_at=long_ago)
        cls.tram = make_book("The Tram", price=1200, first_published_at=long_ago)
        cls.pair = make_bundle("Two Journeys", cls.ferry, cls.tram, price=1500)
        cls.all_books = Bundle.objects.get(everything=True)
        cls.euros = PriceList.objects.create(currency="eur", rate=Decimal("0.92"))
        # What was made today was not on sale before today.
        PastPrice.objects.all().delete()
        PastFormula.objects.all().delete()

    def setUp(self):
        self.clock = self.enterContext(patch("django.utils.timezone.now", return_value=BEGINS))

    def price(self, product, price_list=None, *, at=BEGINS):
        return Prices(price_list, begun_sales(at)).price_of(product)

    def cost(self, product, price_list=None, *, at=BEGINS):
        return self.price(product, price_list, at=at).amount


class PriceTests(SalesTestCase):
    def test_a_sale_counts_from_its_first_instant_until_its_last(self):
        make_sale(self.ferry)
        instant = timedelta(microseconds=1)

        costs = [self.cost(self.ferry, at=at) for at in (BEGINS - instant, BEGINS, ENDS - instant, ENDS)]

        self.assertEqual(costs, [900, 675, 675, 900])

    def test_it_is_of_its_products_and_of_no_other(self):
        make_sale(self.ferry, self.pair)

        products = (self.ferry, self.tram, self.pair, self.all_books)

        self.assertEqual([self.cost(each) for each in products], [675, 1200, 1125, 3900])

    def test_a_sale_of_everything_is_of_every_product(self):
        make_sale(percent=10, everything=True)

        products = (self.ferry, self.tram, self.pair, self.all_books)

        self.assertEqual([self.cost(each) for each in products], [810, 1080, 1350, 3510])

    def test_the_lowest_of_several_counts(self):
        make_sale(percent=10, everything=True)
        make_sale(self.ferry, amount=500)
        make_sale(self.ferry, self.tram, percent=5)

        self.assertEqual([self.cost(each) for each in (self.ferry, self.tram)], [500, 1080])

    def test_one_that_is_no_reduction_changes_nothing(self):
        make_sale(self.ferry, amount=900)

        self.assertEqual(self.price(self.ferry), Price(900, "usd"))

    def test_a_price_that_is_typed_for_a_currency_counts_there_and_is_in_proportion_elsewhere(self):
        pounds = PriceList.objects.create(currency="gbp", rate=Decimal("0.8"), ending="")
        make_sale(self.ferry, amount=450, amounts={"eur": 399})

        costs = [self.price(self.ferry, each)[:2] for each in (None, self.euros, pounds)]

        self.assertEqual(costs, [(450, "usd"), (399, "eur"), (360, "gbp")])

    def test_a_percentage_is_of_the_price_in_each_currency_rounded_down_to_what_stripe_takes(self):
        dinars = PriceList.objects.create(currency="kwd", rate=Decimal("0.307"), ending="")
        make_sale(self.ferry, percent=33)

        costs = [self.cost(self.ferry, each) for each in (None, self.euros, dinars)]

        self.assertEqual(costs, [603, 535, 1840])

    def test_it_never_costs_less_than_a_card_is_charged(self):
        leaflet = make_book("Leaflet", price=60)
        make_sale(leaflet, percent=99)

        self.assertEqual(self.cost(leaflet), 50)

    def test_what_is_not_sold_by_itself_is_not_in_a_sale_either(self):
        chapter = make_book("Only Together", price=None)
        make_sale(chapter)

        self.assertIsNone(self.price(chapter))

    def test_what_is_not_sold_in_a_currency_is_on_sale_in_the_base_currency(self):
        yen = PriceList.objects.create(currency="jpy", rate=None)
        make_sale(self.ferry)

        self.assertEqual(self.price(self.ferry, yen)[:2], (675, "usd"))

    def test_without_a_sale_nothing_is_asked_about_products_and_with_one_the_same_for_many(self):
        books = [make_book(f"Book {number}") for number in range(25)]
        sales = begun_sales()
        with self.assertNumQueries(0):
            Prices(None, sales).look_up(book.pk for book in books)
        make_sale(*books, self.pair)
        make_sale(everything=True)
        for some in (books[:1], [*books, self.pair]):
            with self.subTest(len(some)), self.assertNumQueries(2):
                prices = Prices(None, begun_sales())
                prices.look_up(each.pk for each in some)
                self.assertEqual({prices.price_of(each).regular for each in some[:1]}, {900})


class ConstraintTests(SalesTestCase):
    def test_what_no_sale_can_be_is_refused_by_the_database(self):
        for wrong in (
            {"ends": BEGINS},
            {"ends": BEGINS - MINUTE},
            {"percent": None},
            {"percent": 0},
            {"percent": 100},
            {"percent": 10, "amount": 500},
            {"percent": None, "amount": 0},
            {"percent": None, "amount": 500, "everything": True},
        ):
            with self.subTest(wrong), self.assertRaises(IntegrityError), transaction.atomic():
                make_sale(**wrong)

    def test_its_beginning_and_its_end_are_moments_however_it_is_saved(self):
        sale = make_sale()
        Sale.objects.filter(pk=sale.pk).update(ends=ENDS + MINUTE)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE books_sale SET begins = '2026-03-28 00:00:00+00:00'")

        moments = list(Moment.objects.order_by("at").values_list("at", flat=True))

        self.assertEqual(moments, [datetime(2026, 3, 28, tzinfo=UTC), BEGINS, ENDS, ENDS + MINUTE])

    def test_one_that_has_begun_can_be_ended(self):
        sale = make_sale()
        self.clock.return_value = BEGINS + DAYS

        sale.end()

        self.assertEqual(Sale.objects.get().ends, BEGINS + DAYS)
        self.assertEqual(begun_sales().running, ())


class AnnouncedTests(SalesTestCase):
    """The 30 days before the sale begin on 27 February at 02:00 UTC, 720 hours before it."""

    def was(self, product, price_list=None, *, at=BEGINS):
        return self.price(product, price_list, at=at).was

    def past(self, product, amount, until, currency=""):
        PastPrice.objects.create(**{product.kind: product}, amount=amount, until=until, currency=currency)

    def test_a_price_that_has_never_changed_is_what_it_was(self):
        make_sale(self.ferry, self.pair)

        self.assertEqual([self.was(self.ferry), self.was(self.pair)], [900, 1500])
        self.assertIsNone(self.price(self.tram).reduction)

    def test_the_lowest_of_the_30_days_counts_to_the_minute(self):
        since = BEGINS - timedelta(hours=720)
        make_sale(self.ferry)
        for until, expected in ((since - MINUTE, 900), (since, 900), (since + MINUTE, 800)):
            PastPrice.objects.all().delete()
            self.past(self.ferry, 800, until)
            with self.subTest(until):
                self.assertEqual(self.was(self.ferry), expected)

    def test_a_price_that_was_raised_just_before_counts_as_it_was(self):
        make_sale(self.ferry, amount=600)
        self.past(self.ferry, 700, BEGINS - MINUTE)

        self.assertEqual(self.was(self.ferry), 700)

    def test_what_the_price_has_been_since_the_sale_began_does_not_count(self):
        make_sale(self.ferry, amount=500)
        self.past(self.ferry, 900, BEGINS + DAYS)
        self.ferry.price = 650

        self.assertEqual(self.price(self.ferry, at=BEGINS + 2 * DAYS).was, 900)

    def test_days_on_which_it_was_not_sold_do_not_count(self):
        make_sale(self.ferry)
        self.past(self.ferry, 800, BEGINS - 31 * DAYS)
        self.past(self.ferry, None, BEGINS - MINUTE)

        self.assertEqual(self.was(self.ferry), 900)

    def test_having_been_free_counts_as_a_price(self):
        make_sale(self.ferry)
        self.past(self.ferry, 900, BEGINS - 20 * DAYS)
        self.past(self.ferry, 0, BEGINS - 19 * DAYS)

        self.assertEqual([self.was(self.ferry, each) for each in (None, self.euros)], [None, None])

    def test_of_a_younger_product_the_lowest_since_it_was_first_on_sale_counts(self):
        make_sale(self.ferry)
        self.past(self.ferry, 300, BEGINS - 10 * DAYS)
        self.past(self.ferry, 800, BEGINS - 5 * DAYS)
        self.ferry.first_published_at = BEGINS - 10 * DAYS

        self.assertEqual(self.was(self.ferry), 800)

    def test_of_one_that_was_never_sold_at_another_price_no_reduction_is_announced(self):
        make_sale(self.ferry, self.pair)
        self.ferry.first_published_at = BEGINS
        self.past(self.pair, None, BEGINS)

        for product in (self.ferry, self.pair):
            with self.subTest(product):
                self.assertIsNone(self.was(product))
                self.assertLess(self.cost(product), product.price)

    def test_a_sale_that_is_not_below_the_lowest_price_is_not_announced(self):
        make_sale(self.ferry, amount=700)
        for lowest, expected in ((701, 701), (700, None), (650, None)):
            PastPrice.objects.all().delete()
            self.past(self.ferry, lowest, BEGINS - 20 * DAYS)
            with self.subTest(lowest):
                self.assertEqual((self.cost(self.ferry), self.was(self.ferry)), (700, expected))

    def test_prices_of_earlier_sales_count_and_those_of_more_than_30_days_ago_do_not(self):
        make_sale(self.ferry, amount=600)
        begins = BEGINS - 30 * DAYS
        for ends, expected in ((begins, 900), (begins + MINUTE, 750)):
            with self.subTest(ends):
                earlier = make_sale(self.ferry, begins=begins - 3 * DAYS, ends=ends, amount=750)
                self.assertEqual(self.was(self.ferry), expected)
                earlier.delete()
        other = make_sale(self.tram, begins=begins - DAYS, ends=BEGINS, amount=100)
        self.assertEqual(self.was(self.ferry), 900)
        other.delete()
        make_sale(begins=begins - DAYS, ends=BEGINS, percent=10, everything=True)
        self.assertEqual(self.was(self.ferry), 810)

    def test_in_a_further_currency_its_own_prices_count(self):
        make_sale(self.ferry, percent=50)
        self.past(self.ferry, 500, BEGINS - 10 * DAYS)
        self.assertEqual(self.was(self.ferry, self.euros), 499)
        self.past(self.ferry, 650, BEGINS - 5 * DAYS, "eur")
        self.assertEqual(self.was(self.ferry, self.euros), 650)
        self.assertEqual(self.was(self.ferry), 500)
        self.euros.prices.create(book=self.ferry, amount=1000)
        self.assertEqual(self.was(self.ferry, self.euros), 650)

    def test_so_does_how_the_list_worked_prices_out(self):
        make_sale(self.ferry, percent=50)
        cheaper = {"currency": "eur", "ending": "", "rounding": "nearest"}
        PastFormula.objects.create(rate=Decimal("0.5"), until=BEGINS - 10 * DAYS, **cheaper)
        self.assertEqual(self.was(self.ferry, self.euros), 450)
        PastFormula.objects.all().delete()
        PastFormula.objects.create(rate=None, until=BEGINS - 10 * DAYS, **cheaper)
        self.assertEqual(self.was(self.ferry, self.euros), 799)

    def test_the_summer_time_of_nowhere_matters(self):
        """30 days are 720 hours, whether the clocks went forward or back in them."""
        autumn = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
        zones = ("Europe/Vienna", "America/New_York", "Australia/Lord_Howe")
        for begins, zone in itertools.product((BEGINS, autumn), zones):
            since = begins - timedelta(hours=720)
            Sale.objects.all().delete()
            make_sale(self.ferry, begins=begins, ends=begins + DAYS)
            for until, expected in ((since, 900), (since + MINUTE, 800)):
                PastPrice.objects.all().delete()
                self.past(self.ferry, 800, until)
                with (
                    self.subTest(zone, begins=begins, until=until),
                    timezone.override(zone),
                    self.settings(SHOP=shop(time_zone=zone)),
                ):
                    self.assertEqual(self.was(self.ferry, at=begins), expected)

    def test_of_a_younger_product_nothing_counts_that_was_before_it_to_the_minute(self):
        make_sale(self.ferry)
        self.ferry.first_published_at = first = BEGINS - timedelta(days=10)
        for until, expected in ((first - MINUTE, 900), (first, 900), (first + MINUTE, 800)):
            PastPrice.objects.all().delete()
            self.past(self.ferry, 800, until)
            with self.subTest(until):
                self.assertEqual(self.was(self.ferry), expected)


class PastPriceTests(SalesTestCase):
    def setUp(self):
        """Let the database's clock be Python's."""

    def kept(self):
        rows = PastPrice.objects.order_by("pk").values_list("book", "bundle", "currency", "amount")
        found = list(rows)
        PastPrice.objects.all().delete()
        return found

    def test_every_way_to_change_a_price_leaves_what_it_was(self):
        ferry, tram, pair = self.ferry, self.tram, self.pair
        ferry.price = 1000
        ferry.save()
        self.assertEqual(self.kept(), [(ferry.pk, None, "", 900)])
        Book.objects.filter(pk__in=[ferry.pk, tram.pk]).update(price=500)
        self.assertCountEqual(self.kept(), [(ferry.pk, None, "", 1000), (tram.pk, None, "", 1200)])
        with connection.cursor() as cursor:
            cursor.execute("UPDATE books_bundle SET price = 1400 WHERE price = 1500")
        self.assertEqual(self.kept(), [(None, pair.pk, "", 1500)])
        Book.objects.filter(pk=ferry.pk).update(price=None)
        self.assertEqual(self.kept(), [(ferry.pk, None, "", 500)])
        Book.objects.filter(pk=ferry.pk).update(price=800)
        self.assertEqual(self.kept(), [(ferry.pk, None, "", None)])
        tram.refresh_from_db()
        tram.unpublish()
        self.assertEqual(self.kept(), [(tram.pk, None, "", 500)])
        Book.objects.filter(pk=tram.pk).update(price=700)
        self.assertEqual(self.kept(), [])
        tram.refresh_from_db()
        tram.publish()
        self.assertEqual(self.kept(), [(tram.pk, None, "", None)])

    def test_so_does_a_typed_price_of_a_list(self):
        typed = self.euros.prices.create(book=self.ferry, amount=850)
        self.assertEqual(self.kept(), [(self.ferry.pk, None, "eur", None)])
        typed.amount = 750
        typed.save()
        self.assertEqual(self.kept(), [(self.ferry.pk, None, "eur", 850)])
        typed.delete()
        self.assertEqual(self.kept(), [(self.ferry.pk, None, "eur", 750)])

    def test_so_does_how_a_list_works_prices_out(self):
        def kept():
            found = list(PastFormula.objects.values_list("currency", "rate", "ending", "rounding"))
            PastFormula.objects.all().delete()
            return found

        self.euros.rate = Decimal("0.9")
        self.euros.save()
        self.assertEqual(kept(), [("eur", Decimal("0.92"), "99", "nearest")])
        PriceList.objects.update(rounding="up", ending="")
        self.assertEqual(kept(), [("eur", Decimal("0.9"), "99", "nearest")])
        PriceList.objects.update(countries=["DE"])
        self.assertEqual(kept(), [])
        self.euros.delete()
        self.assertEqual(kept(), [("eur", Decimal("0.9"), "", "up")])
        PriceList.objects.create(currency="eur", rate=1)
        self.assertEqual(kept(), [("eur", None, "", "nearest")])

    def test_what_changes_no_price_leaves_nothing(self):
        self.ferry.title = "The Ferry Again"
        self.ferry.save()
        Book.objects.update(word_count=5)
        Bundle.objects.update(description="Words.")
        make_book("Night Bus")

        self.assertEqual(self.kept(), [])

    def test_a_new_bundle_was_not_sold_before(self):
        bundle = make_bundle("New", self.ferry)

        self.assertEqual(self.kept(), [(None, bundle.pk, "", None)])

    def test_the_instant_is_that_of_the_change(self):
        before = timezone.now() - MINUTE
        Book.objects.update(price=1)

        instants = PastPrice.objects.values_list("until", flat=True)

        self.assertEqual([before < each < timezone.now() for each in instants], [True, True])

    def test_what_is_rolled_back_leaves_nothing(self):
        with transaction.atomic():
            Book.objects.update(price=1)
            transaction.set_rollback(True)

        self.assertEqual(self.kept(), [])

    def test_it_outlives_what_it_is_about(self):
        Book.objects.filter(pk=self.tram.pk).update(price=1)
        self.euros.prices.create(book=self.tram, amount=2)
        self.tram.delete()

        self.assertEqual([amount for *_, amount in self.kept()], [1200, None, 2])

    def test_no_migration_has_lost_a_trigger(self):
        expected = {
            *("books_book_update", "books_bundle_insert", "books_bundle_update"),
            *(
                f"books_{table}_{event}"
                for table in ("listprice", "pricelist")
                for event in ("insert", "update", "delete")
            ),
        }
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE '%_keeps_price'")
            else:
                cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE '%_keeps_price'")
            found = {name.removesuffix("_keeps_price") for (name,) in cursor.fetchall()}

        self.assertEqual(found, expected)


class RoundingTests(SimpleTestCase):
    def test_what_is_worked_out_ends_in_whole_units_where_nobody_has_small_change(self):
        sale = Terms(1, BEGINS, ENDS, percent=15, amount=None, amounts={}, everything=False)
        typed = sale._replace(percent=None, amount=500, amounts={"huf": 99950})

        self.assertEqual(sale.price(149900, "huf", base=999, least=17500), 127400)
        self.assertEqual(sale.price(999, "usd", base=999, least=50), 849)
        self.assertEqual(typed.price(149900, "huf", base=999, least=17500), 99950)
        self.assertEqual(typed.price(149900, "twd", base=999, least=1500), 75000)
