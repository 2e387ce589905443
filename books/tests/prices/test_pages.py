"""Pages in the currency that a visitor has chosen, or that their country has."""

import json
import re
from contextlib import contextmanager
from decimal import Decimal
from unittest import mock

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import Book, Bundle, ListPrice, Price, PriceList, Prices, begun_sales, offered_lists
from books.search.bounded_queries import TooMuch
from books.tests.builders import make_book, make_bundle, make_reader
from tests.shop import shop

FOR_ALL, FOR_ONE = "public, max-age=0, s-maxage=5", "private, max-age=0"


def visitor(currency="", **headers):
    """Return a browser in which this currency has been chosen."""
    client = Client(headers=headers)
    if currency:
        client.cookies["currency"] = currency
    return client


class PricesTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.euros = PriceList.objects.create(currency="eur", rate=Decimal("0.92"), countries=["AT", "DE"])
        cls.yen = PriceList.objects.create(currency="jpy", rate=None)
        cls.ferry = make_book("The Ferry", subjects=["Sea"])
        cls.tram = make_book("The Tram", subjects=["Sea"], price=1200)
        cls.pair = make_bundle("Two Journeys", cls.ferry, cls.tram, price=1500)
        cls.euros.prices.create(book=cls.tram, amount=1050)
        cls.euros.prices.create(bundle=cls.pair, amount=1400)
        cls.all_books = Bundle.objects.get(everything=True)


class PriceTests(PricesTestCase):
    def test_a_typed_price_counts_before_one_that_is_worked_out(self):
        prices = Prices(self.euros)

        self.assertEqual(prices.price_of(self.tram), Price(1050, "eur"))
        self.assertEqual(prices.price_of(self.ferry), Price(799, "eur"))

    def test_without_a_typed_price_and_a_rate_a_product_is_sold_in_the_base_currency(self):
        self.yen.prices.create(book=self.ferry, amount=1200)
        prices = Prices(self.yen)

        self.assertEqual(prices.price_of(self.ferry), Price(1200, "jpy"))
        self.assertEqual(prices.price_of(self.tram), Price(1200, "usd"))

    def test_a_price_that_no_card_can_be_charged_is_none(self):
        cheap = make_book("Leaflet", price=50)
        self.euros.rate, self.euros.ending = Decimal("0.9"), ""

        self.assertEqual(Prices(self.euros).price_of(cheap), Price(50, "usd"))
        Book.objects.filter(pk=cheap.pk).update(price=49)
        cheap.refresh_from_db()
        self.assertIsNone(Prices().price_of(cheap))

    def test_where_stripe_s_list_is_silent_the_least_is_worth_the_base_currency_s_least(self):
        won = PriceList(currency="krw", rate=Decimal("1400.5"))

        self.assertEqual(won.smallest_charge, 701)
        self.assertEqual(PriceList(currency="krw").smallest_charge, 50)
        self.assertEqual(PriceList(currency="jpy", rate=Decimal(150)).smallest_charge, 50)

    def test_what_is_sold_only_in_sets_has_no_price_in_any_currency(self):
        chapter = make_book("Only Together", price=None)
        self.euros.prices.create(book=chapter, amount=500)

        self.assertIsNone(Prices(self.euros).price_of(chapter))

    def test_many_products_are_looked_up_with_one_query(self):
        prices = Prices(self.euros, begun_sales())

        with self.assertNumQueries(1):
            prices.look_up([self.ferry.pk, self.tram.pk, self.pair.pk, self.all_books.pk])
            found = [
                prices.price_of(each).amount for each in (self.ferry, self.tram, self.pair, self.all_books)
            ]

        self.assertEqual(found, [799, 1050, 1400, 3599])
        in_dollars = Prices(None, begun_sales())
        with self.assertNumQueries(0):
            in_dollars.look_up([self.ferry.pk])

    def test_a_list_price_is_of_one_product_once_and_above_zero(self):
        for wrong in (
            {"amount": 100},
            {"book": self.ferry, "bundle": self.pair, "amount": 100},
            {"book": self.tram, "amount": 100},
            {"book": self.ferry, "amount": 0},
        ):
            with self.subTest(wrong), self.assertRaises(IntegrityError), transaction.atomic():
                self.euros.prices.create(**wrong)

    def test_a_currency_that_stripe_does_not_take_and_a_rate_beyond_all_measure_are_refused(self):
        for field, wrong in (
            ("currency", PriceList(currency="xyz")),
            ("rate", PriceList(currency="vnd", rate=Decimal("99999999.999999"))),
        ):
            with self.subTest(field), self.assertRaises(ValidationError) as raised:
                wrong.full_clean()
            self.assertEqual([*raised.exception.error_dict], [field])


class CurrencyTests(PricesTestCase):
    def pages(self):
        return [
            "/",
            "/about/",
            reverse("book_list"),
            reverse("bundle_list"),
            self.ferry.get_absolute_url(),
            self.pair.get_absolute_url(),
            self.ferry.subjects.get().get_absolute_url(),
            f"{reverse('search_results')}?q=tram",
        ]

    def test_two_visitors_see_their_own_currency_whoever_comes_first(self):
        for path in self.pages():
            for _ in range(2):
                with self.subTest(path):
                    dollars, euros = visitor().get(path), visitor("eur").get(path)

                    self.assertNotIn("€", dollars.text)
                    self.assertNotRegex(euros.text, r"\$\d")
                    self.assertNotEqual(dollars.headers["ETag"], euros.headers["ETag"])

    def test_a_page_in_a_chosen_currency_is_for_its_visitor_alone(self):
        for path in self.pages():
            with self.subTest(path):
                for currency, kept in (
                    ("", FOR_ALL),
                    ("eur", FOR_ONE),
                    ("usd", FOR_ONE),
                    ("made up", FOR_ONE),
                ):
                    response = visitor(currency).get(path)
                    known = visitor(currency).get(path, headers={"if-none-match": response.headers["ETag"]})

                    self.assertEqual(response.headers["Cache-Control"], kept, currency)
                    self.assertEqual((known.status_code, known.headers["Cache-Control"]), (304, kept))
                    self.assertIn("Cookie", response.headers["Vary"])

    def test_a_page_of_the_other_currency_is_not_confirmed(self):
        known = {"if-none-match": visitor().get("/").headers["ETag"]}

        self.assertContains(visitor("eur").get("/", headers=known), "€35.99")

    def test_every_kind_of_price_is_in_that_currency(self):
        client = visitor("eur")

        book = client.get(self.tram.get_absolute_url()).text
        data = json.loads(re.search(r"ld\+json\">(.*?)</script>", book, re.DOTALL)[1])

        self.assertIn("Buy for €10.50", book)
        self.assertIn("€14.00", book)
        self.assertEqual([data["offers"][name] for name in ("price", "priceCurrency")], ["10.50", "EUR"])
        self.assertContains(client.get(reverse("book_list")), "for €7.99")
        self.assertContains(client.get(self.pair.get_absolute_url()), "Separately: €18.49")
        self.assertContains(client.get("/about/"), "costs €35.99, once")

    def test_a_currency_without_decimals_has_none_for_machines_either(self):
        self.yen.prices.create(book=self.ferry, amount=1200)

        page = visitor("jpy").get(self.ferry.get_absolute_url())

        self.assertContains(page, '"price": "1200", "priceCurrency": "JPY"')

    def test_what_is_not_sold_in_a_currency_says_so(self):
        page = visitor("jpy").get(self.ferry.get_absolute_url())

        self.assertContains(page, "Buy for $9.00")
        self.assertContains(page, "not sold in JPY")
        self.assertNotContains(visitor().get(self.ferry.get_absolute_url()), "not sold in")

    def test_a_book_s_separate_prices_are_not_added_across_currencies(self):
        self.yen.prices.create(book=self.ferry, amount=1200)
        self.yen.prices.create(bundle=self.pair, amount=900)

        self.assertNotContains(visitor("jpy").get(self.pair.get_absolute_url()), "Separately")

    def test_a_changed_list_is_seen_at_the_next_request(self):
        client, url = visitor("eur"), self.ferry.get_absolute_url()
        self.assertContains(client.get(url), "Buy for €7.99")

        PriceList.objects.filter(pk=self.euros.pk).update(rate=2)
        self.assertContains(client.get(url), "Buy for €17.99")
        ListPrice.objects.create(price_list=self.euros, book=self.ferry, amount=777)
        self.assertContains(client.get(url), "Buy for €7.77")
        PriceList.objects.all().delete()
        self.assertContains(client.get(url), "Buy for $9.00")

    def test_a_page_takes_as_many_queries_for_25_lists_as_for_one(self):
        def look(currency):
            memory_is_cold = f"{self.ferry.get_absolute_url()}?page=1"
            return visitor(currency).get(memory_is_cold)

        PriceList.objects.exclude(pk=self.euros.pk).delete()
        with self.assertNumQueries(11):
            look("")
        with self.assertNumQueries(11):
            look("eur")
        for (
            currency
        ) in "aud brl cad chf czk dkk gbp hkd huf inr mxn myr nok nzd pln ron sek sgd thb krw".split():
            PriceList.objects.create(currency=currency, rate=1).prices.create(book=self.ferry, amount=20000)
        with self.assertNumQueries(11):
            look("")
        with self.assertNumQueries(11):
            look("eur")
        with self.assertNumQueries(1):
            look("eur")

    def test_a_reader_takes_no_more_queries_in_another_currency(self):
        reader, url = make_reader("ada"), self.pair.get_absolute_url()
        for currency in ("usd", "eur"):
            client = visitor(currency)
            client.force_login(reader)
            client.get(url)
            with self.subTest(currency), self.assertNumQueries(8):
                client.get(url)

    def test_five_price_lists_cost_no_more_queries_than_one(self):
        ada = make_reader("ada")
        pages = ("/", "/books/?sort=price", self.ferry.get_absolute_url(), self.pair.get_absolute_url())

        def counted():
            counts = []
            for client in (visitor("eur"), visitor()):
                client.force_login(ada)
                for address in pages:
                    client.get(address)
                    with CaptureQueriesContext(connection) as queries:
                        client.get(address)
                    counts.append(len(queries))
            return counts

        PriceList.objects.exclude(currency="eur").delete()
        with_one = counted()
        for currency in ("gbp", "jpy", "huf", "kwd"):
            PriceList.objects.create(currency=currency, rate=2)

        self.assertEqual(counted(), with_one)


class SwitchTests(PricesTestCase):
    def shop(self):
        return shop(price_lists=tuple(offered_lists()))

    def test_the_choice_is_offered_where_there_is_one(self):
        self.assertContains(visitor().get("/"), '<option value="eur">Euro (EUR)</option>', html=True)
        self.assertContains(
            visitor("eur").get("/"), '<option value="eur" selected>Euro (EUR)</option>', html=True
        )
        PriceList.objects.all().delete()
        self.assertNotContains(visitor().get("/"), "Prices in")

    def test_it_is_offered_on_pages_that_nobody_shares_too(self):
        ada = make_reader("ada")
        for address in (
            "/orders/cart/",
            "/books/search/?q=ferry",
            "/library/wishes/",
            "/library/",
            "/books/",
        ):
            for currency, said in (("eur", "eur"), ("jpy", "jpy"), ("", "usd")):
                with self.subTest(address, currency=currency), self.settings(SHOP=self.shop()):
                    client = visitor(currency)
                    client.force_login(ada)

                    [switch] = re.findall(
                        r'<select[^>]* id="currency".*?</select>', client.get(address).text, re.S
                    )

                    self.assertEqual(
                        re.findall(r'value="(\w+)"( selected)?', switch),
                        [(each, " selected" if each == said else "") for each in ("usd", "eur", "jpy")],
                    )

    def test_it_takes_no_query_of_its_own(self):
        for address in ("/orders/cart/", "/library/wishes/", "/accounts/login/", "/about/"):
            counts = []
            for chosen in (self.shop(), shop()):
                with self.settings(SHOP=chosen), CaptureQueriesContext(connection) as queries:
                    visitor().get(address)
                counts.append(len(queries))
            self.assertEqual(*counts, address)

    def test_a_choice_is_remembered_without_a_session_and_leads_back(self):
        client, page = visitor(), f"http://testserver{self.ferry.get_absolute_url()}?page=1"

        response = client.post(reverse("choose_currency"), {"currency": "eur"}, headers={"referer": page})

        self.assertRedirects(response, f"{self.ferry.get_absolute_url()}?page=1")
        self.assertEqual([*response.cookies], ["currency"])
        self.assertEqual(response.cookies["currency"]["max-age"], 365 * 24 * 60 * 60)
        self.assertContains(client.get("/"), "€35.99")

    def test_it_leads_nowhere_else(self):
        for page in (
            "https://elsewhere.example/",
            "//elsewhere.example",
            "",
            "javascript:alert(1)",
            "http://[",
        ):
            response = visitor(origin="http://testserver").post(
                reverse("choose_currency"), {"currency": "eur"}, headers={"referer": page}
            )

            self.assertRedirects(response, "/", fetch_redirect_response=False)

    def test_a_form_elsewhere_chooses_nothing(self):
        strict = Client(enforce_csrf_checks=True)
        for headers, status in (
            ({"sec-fetch-site": "cross-site"}, 403),
            ({"sec-fetch-site": "same-site", "origin": "http://testserver"}, 403),
            ({"origin": "http://elsewhere.example"}, 403),
            ({"origin": "null"}, 403),
            ({"referer": "http://["}, 403),
            ({}, 403),
            ({"sec-fetch-site": "same-origin"}, 302),
            ({"origin": "http://testserver"}, 302),
            ({"referer": "http://testserver/books/"}, 302),
        ):
            with self.subTest(headers):
                response = strict.post(reverse("choose_currency"), {"currency": "eur"}, headers=headers)

                self.assertEqual(
                    (response.status_code, "currency" in response.cookies), (status, status == 302)
                )

    def test_there_are_no_other_currencies_and_no_other_methods(self):
        client = visitor(origin="http://testserver")
        for wrong in ("", "xyz", "EUR", "e" * 9999):
            response = client.post(reverse("choose_currency"), {"currency": wrong})
            self.assertEqual((response.status_code, response.cookies.get("currency")), (400, None))
        self.assertEqual(client.get(reverse("choose_currency")).status_code, 405)

    def test_one_in_which_nothing_is_sold_leaves_prices_as_they_are(self):
        self.assertContains(visitor("gbp").get("/"), "$39.00")


class CountryTests(PricesTestCase):
    def test_a_country_that_the_proxy_names_decides_where_nothing_is_chosen(self):
        with override_settings(BEHIND_PROXY=True):
            for header in ("cf-ipcountry", "x-country"):
                self.assertContains(visitor(**{header: "de"}).get("/"), "€35.99")
                self.assertContains(visitor(**{header: "US"}).get("/"), "$39.00")
                self.assertContains(visitor("usd", **{header: "DE"}).get("/"), "$39.00")

    def test_without_a_proxy_nobody_s_word_counts(self):
        self.assertContains(visitor(**{"cf-ipcountry": "DE"}).get("/"), "$39.00")

    def test_no_cache_may_share_a_page_that_depends_on_the_country(self):
        for countries, behind_proxy, kept in (
            (["DE"], True, FOR_ONE),
            (["DE"], False, FOR_ALL),
            ([], True, FOR_ALL),
        ):
            PriceList.objects.filter(pk=self.euros.pk).update(countries=countries)
            with self.subTest(countries), override_settings(BEHIND_PROXY=behind_proxy):
                for client in (visitor(), visitor(**{"x-country": "FR"})):
                    self.assertEqual(client.get("/").headers["Cache-Control"], kept)


class ListTests(PricesTestCase):
    """Lists of books, narrowed and sorted by what they cost in the visitor's currency."""

    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        cls.night = make_book("Night Bus", price=500)

    def titles(self, currency="eur", **query):
        page = visitor(currency).get(reverse("book_list"), query)
        return [str(title) for title in re.findall(r'book-card-title" lang="en">([^<]+)<', page.text)]

    def test_the_bands_are_those_of_the_currency(self):
        self.euros.prices.create(book=self.ferry, amount=2150)
        page = visitor("eur").get(reverse("book_list"))

        self.assertContains(page, "€10.00 to €19.99")
        self.assertContains(page, "€20.00 and up")
        self.assertEqual(self.titles(price="20"), ["The Ferry"])
        self.assertEqual(self.titles(price="10-20"), ["The Tram"])
        self.assertEqual(self.titles(price="0-5"), ["Night Bus"])
        self.assertEqual(self.titles("", price="5-10"), ["Night Bus", "The Ferry"])

    def test_the_bands_are_round_amounts_in_every_currency(self):
        PriceList.objects.filter(pk=self.yen.pk).update(rate=150)

        page = visitor("jpy").get(reverse("book_list"))

        self.assertContains(page, "¥500 to ¥999")
        self.assertContains(page, "¥1,000 to ¥1,999")
        self.assertEqual(self.titles("jpy", price="10-20"), ["The Tram", "The Ferry"])

    def test_what_is_typed_and_what_is_worked_out_are_in_one_order(self):
        self.assertEqual(self.titles(sort="price"), ["Night Bus", "The Ferry", "The Tram"])
        self.euros.prices.create(book=self.night, amount=2150)

        self.assertEqual(self.titles(sort="price"), ["The Ferry", "The Tram", "Night Bus"])
        self.assertEqual(self.titles("", sort="price"), ["Night Bus", "The Ferry", "The Tram"])

    def test_an_order_that_no_index_has_is_given_a_limited_time(self):
        @contextmanager
        def stopped():
            yield
            raise TooMuch

        with mock.patch("books.shelves.shelf.bounded_queries", stopped):
            answers = {each: visitor(each).get("/books/?sort=price") for each in ("eur", "usd")}

        self.assertContains(
            answers["eur"],
            "We stopped sorting so many books by their prices in this currency.",
            status_code=503,
        )
        self.assertContains(answers["eur"], 'href="/books/">Show the newest first', status_code=503)
        self.assertEqual(answers["usd"].status_code, 200)

    def test_pages_of_that_order_have_every_book_once(self):
        for number in range(30):
            book = make_book(f"Book {number:02}", price=100 + 37 * number)
            if number % 3 == 0:
                self.euros.prices.create(book=book, amount=2000 - 50 * number)
        make_book("Only Together", price=None)
        seen, address = [], "?sort=price&size=12"
        while address:
            page = visitor("eur").get(reverse("book_list") + address).text
            seen += re.findall(r'book-card-title" lang="en">([^<]+)<', page)
            following = re.search(r'rel="next"\s+href="([^"]+)"', page)
            address = following and following[1].replace("&amp;", "&")

        prices = Prices(self.euros)
        books = {book.title: book for book in Book.objects.all()}
        amounts = [prices.listed(books[title].pk, books[title].price or 10**6) for title in seen]
        self.assertEqual(len(seen), len(set(seen)), "A book is on two pages.")
        self.assertEqual(set(seen), set(books))
        self.assertEqual(amounts, sorted(amounts))

    def test_one_jumps_to_a_price_of_the_currency(self):
        self.assertEqual(self.titles(sort="price", **{"from": "800"}), ["The Tram"])
        self.euros.prices.all().delete()
        page = visitor("eur").get(reverse("book_list"), {"sort": "price", "size": "12"})
        self.assertNotContains(page, "Go to price")  # there is one page
        with self.subTest("worked out"):
            self.assertEqual(
                self.titles(sort="price", **{"from": str(self.euros.formula.least_base(1000))}), ["The Tram"]
            )
