"""No page of a large shop reads more rows than it shows or counts: PostgreSQL says how many it read."""

import json
from collections.abc import Iterator
from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from books.models import Book, Grant, Position, Sale
from books.shelves.shelf import Shelf
from books.tests.builders import make_book, make_bundle, make_reader, make_review, make_staff
from orders.models import OrderStatus
from orders.tests.builders import make_order
from pages import sitemaps

ROWS = 20_000
# What is counted, listed or looked through at most: a page of the sitemap has the most rows. Two plans of
# several queries each may read them twice.
MOST_READ = 2 * sitemaps.SIZE


def rows_read(node) -> Iterator[int]:
    """Yield how many rows each step of a plan read from a table or an index, those it left out included."""
    if "Relation Name" in node:
        removed = sum(value for key, value in node.items() if key.startswith("Rows Removed by"))
        yield (node["Actual Rows"] + removed) * node["Actual Loops"]
    for child in node.get("Plans", []):
        yield from rows_read(child)


# The ids of the nth book and the nth reader.
BOOK, READER = "md5('book' || n)::uuid", "100000 + n"


def multiply(row, **columns):
    """Save ROWS more like this one, with these expressions for columns of the nth; return the last."""
    table, key = row._meta.db_table, row._meta.pk.column
    written = [field.column for field in row._meta.concrete_fields if not field.generated]
    copied = [column for column in written if column != key or key in columns]
    values = [columns.get(column, column) for column in copied]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(copied)}) SELECT {', '.join(values)}"  # noqa: S608
            f" FROM {table}, generate_series(1, {ROWS}) AS n WHERE {key} = %s",
            [row.pk],
        )
    return type(row).objects.order_by(key).last()


@pytest.mark.postgresql
class LargeShopTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada = make_reader("ada")
        cls.book = make_book(subjects=["Fiction"])
        order = make_order(make_reader("carol"), status=OrderStatus.PAID)
        multiply(
            cls.book,
            id=BOOK,
            title="'Book ' || n",
            is_published="n %% 50 > 0",
            language="CASE WHEN n %% 7 = 0 THEN 'de' ELSE 'en' END",
            first_published_at="first_published_at - n * interval '1 minute'",
        )
        multiply(cls.ada, id=READER, email="'reader' || n || '@example.com'")
        multiply(cls.book.authorships.get(), book_id=BOOK)
        multiply(Book.subjects.through.objects.get(), book_id=BOOK)
        multiply(make_review(cls.book), book_id=BOOK, author_id=READER)
        multiply(Grant.objects.create(user=cls.ada, book=cls.book), book_id=BOOK, user_id=READER)
        cls.order = multiply(
            order, id="md5('order' || n)::uuid", user_id=READER, stripe_charge_id="'ch_' || n"
        )
        some = list(Book.objects.published()[:100])
        cls.bundle = make_bundle("Some", *some[:5])
        Grant.objects.bulk_create(Grant(user=cls.ada, book=book) for book in some)
        Position.objects.bulk_create(
            Position(user=cls.ada, book=book, chapter=1, progress=0.5) for book in some[:30]
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def assert_reads_little(self, client, address, **query):
        client.get(address, query)
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(client.get(address, query).status_code, 200)
        self.assert_read_little(queries, f"{address} {query}")

    def assert_read_little(self, queries, what):
        for asked in filter(lambda each: each["sql"].startswith("SELECT"), queries.captured_queries):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {asked['sql']}")
                [[plan]] = cursor.fetchone()
            read = sum(rows_read(plan["Plan"]))
            self.assertLess(read, MOST_READ, f"{what}\n{asked['sql']}\n{json.dumps(plan, indent=1)}")

    def client_of(self, person):
        client = Client()
        client.force_login(person)
        return client

    def test_pages_of_visitors(self):
        for address in [
            reverse("home"),
            reverse("book_list"),
            self.book.get_absolute_url(),
            self.book.authors.get().get_absolute_url(),
            self.book.subjects.get().get_absolute_url(),
            self.bundle.get_absolute_url(),
            reverse("sitemap"),
            reverse("sitemap_file", args=["books", sitemaps.SECTIONS["books"].files()[-1]]),
        ]:
            with self.subTest(address):
                self.assert_reads_little(Client(), address)

    def test_the_list_by_price_while_some_books_are_in_a_sale(self):
        now = timezone.now()
        sale = Sale.objects.create(name="Spring", begins=now, ends=now + timedelta(days=1), percent=50)
        sale.books.set(Book.objects.published()[:20])
        place = {}
        for _ in range(3):
            with CaptureQueriesContext(connection) as queries:
                page = Shelf(MultiValueDict({"sort": ["price"]} | place), AnonymousUser()).page
                self.assertEqual((len(page), page.previous != ""), (24, bool(place)))
                place = {"after": [page.next]}
            self.assert_read_little(queries, place)

    def test_pages_of_a_reader_of_some_books(self):
        client = self.client_of(self.ada)
        for address, query in [
            (reverse("home"), {}),
            (reverse("library"), {}),
            (reverse("library"), {"page": 4}),
            (reverse("library"), {"show": "reading"}),
            (self.book.get_absolute_url(), {}),
        ]:
            with self.subTest(address, **query):
                self.assert_reads_little(client, address, **query)

    def test_pages_of_a_reader_of_all_books(self):
        client = self.client_of(make_reader("bob", all_books=True))
        self.enterContext(patch("books.reading.library.LONGEST_LIST", 100))
        for address, query in [
            (reverse("home"), {}),
            (reverse("library"), {}),
            (reverse("library"), {"show": "unread", "page": 4}),
        ]:
            with self.subTest(address, **query):
                self.assert_reads_little(client, address, **query)

    def test_lists_of_the_admin(self):
        client = self.client_of(make_staff())
        for name in ["books_book", "books_author", "books_review", "books_grant", "users_customuser"]:
            with self.subTest(name):
                self.assert_reads_little(client, reverse(f"admin:{name}_changelist"))

    def test_searches_for_an_order(self):
        client = self.client_of(make_staff())
        order = self.order
        for words in [order.number, str(order.pk), order.user.email, order.stripe_charge_id]:
            with self.subTest(words):
                self.assert_reads_little(client, reverse("admin:orders_order_changelist"), q=words)
