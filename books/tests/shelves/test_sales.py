"""Lists of books while sales run: filters and the order by price know what each book costs today."""

from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test import TestCase as PlainTestCase
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from books.models import PriceList, Prices, Sale, begun_sales
from books.shelves.price_bands import bands_of
from books.shelves.shelf import Shelf
from books.tests.builders import make_book

COSTS = st.one_of(st.none(), st.integers(50, 3000), st.sampled_from([499, 500, 999, 1000]))
SALES = st.lists(
    st.tuples(
        st.one_of(st.none(), st.sets(st.integers(0, 7), min_size=1)),
        st.integers(1, 99),
        st.one_of(st.none(), st.integers(50, 2500)),
    ),
    max_size=3,
)
LISTS = st.one_of(
    st.none(),
    st.tuples(
        st.sampled_from(["eur", "jpy", "kwd"]),
        st.one_of(st.none(), st.decimals("0.2", 160, places=3)),
        st.sampled_from(["", "99", "00"]),
        st.dictionaries(st.integers(0, 7), st.sampled_from([1000, 1500, 2990, 4000]), max_size=3),
    ),
)


def shelf(prices, **query):
    query = QueryDict("&".join(f"{name}={value}" for name, value in query.items()))
    return Shelf(query, AnonymousUser(), prices=prices)


def walk(prices, **query):
    """Return the books of a list, page by page."""
    found, place = [], {}
    while True:
        page = shelf(prices, size="12", **query, **place).page
        found += [card.pk for card in page]
        if not page.next:
            return found
        place = {"after": page.next}


class SaleListTests(TestCase):
    # Shrinking would take minutes; eight books are few enough to read.
    @settings(
        max_examples=10,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(COSTS, min_size=8, max_size=8), SALES, LISTS)
    def test_filters_and_order_go_by_what_books_cost_today(self, costs, sales, price_list):
        books = [make_book(f"Book {number % 3}", authors=(), price=cost) for number, cost in enumerate(costs)]
        now = timezone.now()
        for chosen, percent, amount in sales:
            is_by_amount = amount is not None and chosen is not None
            terms = {"amount": amount} if is_by_amount else {"percent": percent}
            sale = Sale.objects.create(
                name="Sale", begins=now, ends=now + timedelta(days=1), everything=chosen is None, **terms
            )
            sale.books.set([books[number] for number in chosen or ()])
        offered = _offered(price_list, books)
        prices = Prices(offered, begun_sales())
        today = {
            book.pk: None if book.price is None else prices.listed_today(book.pk, book.price)
            for book in books
        }

        for name, band in bands_of(prices).items():
            expected = {
                key
                for key, price in today.items()
                if price is not None and price >= band.at_least and (band.below is None or price < band.below)
            }
            self.assertEqual(set(walk(prices, price=name)), expected, name)
            counts = Shelf(QueryDict(), AnonymousUser(), prices=prices).sample.tally.counts()["price"]
            self.assertEqual(counts[name], len(expected))
        listed = walk(prices, sort="price")
        self.assertCountEqual(listed, today)
        if offered is None or offered.formula or offered.has_book_prices:
            known = [today[key] for key in listed if today[key] is not None]
        else:
            in_base = Prices(sales=begun_sales())
            known = [in_base.listed_today(key, costs[key]) for key in listed if key in costs]
        self.assertEqual(known, sorted(known))


def _offered(price_list, books):
    if price_list is None:
        return None
    currency, rate, ending, typed = price_list
    made = PriceList.objects.create(currency=currency, rate=rate and Decimal(rate), ending=ending)
    for number, amount in typed.items():
        made.prices.create(book=books[number], amount=amount)
    made.has_book_prices = bool(typed)
    return made


class PagesOfSalesTests(PlainTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.books = [make_book(f"Book {number:02}", price=500 + 20 * number) for number in range(30)]
        now = timezone.now()
        cls.sale = Sale.objects.create(name="Spring", begins=now, ends=now + timedelta(days=1), percent=50)
        cls.sale.books.set(cls.books[::3])

    def in_order(self):
        def cost(book):
            return book.price // 2 if book in self.books[::3] else book.price

        return [book.pk for book in sorted(self.books, key=lambda each: (cost(each), each.title))]

    def test_every_book_is_on_one_page_forwards_and_backwards(self):
        expected = self.in_order()

        self.assertEqual(walk(None, sort="price"), expected)
        last = shelf(None, sort="price", size="12", after=shelf(None, sort="price", size="12").page.next).page
        before = shelf(None, sort="price", size="12", before=last.previous).page
        self.assertEqual([card.pk for card in before], expected[:12])

    def test_a_jump_leads_to_the_first_book_at_that_price_today(self):
        everything = Sale.objects.create(
            name="All", begins=self.sale.begins, ends=self.sale.ends, percent=20, everything=True
        )
        self.sale.delete()
        prices = Prices(None, begun_sales())
        places = {words: place for place, words in shelf(prices, sort="price").start["choices"]}

        page = shelf(prices, sort="price", **{"from": places["$5.00"]}).page

        self.assertEqual(everything.terms.price(page._found[0][0].price, "usd", base=1, least=50), 512)

    def test_the_page_says_today_s_prices_and_the_filter_finds_them(self):
        page = self.client.get("/books/?price=0-5&sort=price")

        self.assertContains(page, "for $2.50")
        self.assertEqual(page.text.count('class="book-card-buy"'), 9)

    def test_a_list_costs_as_many_queries_for_one_book_on_sale_as_for_ten(self):
        def count(path):
            with self.assertNumQueries(QUERIES):
                self.client.get(path)

        count("/books/?sort=price")
        self.sale.books.set(self.books[:1])
        count("/books/?sort=price&view=list")


# One for the books in no sale, by the index. PostgreSQL is told how long the list may take, and told again
# that it may take its time.
QUERIES = {"sqlite": 13, "postgresql": 17}[connection.vendor]
