from datetime import UTC, datetime

from django.db import connection
from django.test import TestCase
from django.urls import reverse

from books import access
from books.models import Book, Bundle, Position
from books.models.catalogue.orders import BOOK_ORDERS
from books.shelves.places import written
from books.tests.builders import make_book, make_books, make_bundle, make_reader, make_review

# The revision, a list and its authors, what one can choose from (2), All Books and the bundles (4). Once the
# page has been rendered, the revision alone; for a reader also the session, the account, its rights, what
# they own and what they have paid.
QUERIES = 10
QUERIES_WHEN_RENDERED = 1
QUERIES_OF_A_READER = 6
BUTTON = "Purchase All Books</a>"


class BookListTests(TestCase):
    url = reverse("book_list")

    def titles(self, **query):
        return [book.title for book in self.client.get(self.url, query).context["page"]]

    def test_books_come_in_the_order_asked_for_and_newest_first_otherwise(self):
        for day, title, price, words in [(2, "B", 900, 30), (3, "C", None, 20), (1, "A", 1900, 10)]:
            shelved = datetime(2026, 5, day, tzinfo=UTC)
            make_book(title, price=price, word_count=words, first_published_at=shelved)
        make_review(Book.objects.get(title="B"), rating=3)

        orders = {sort: self.titles(sort=sort) for sort in [*BOOK_ORDERS, "nonsense"]}

        newest = ["C", "B", "A"]
        self.assertEqual(
            orders,
            {
                "newest": newest,
                "title": ["A", "B", "C"],
                "price": ["B", "A", "C"],
                "rating": ["B", *orders["rating"][1:]],
                "length": ["A", "C", "B"],
                "nonsense": newest,
            },
        )

    def test_a_book_without_a_date_of_its_own_is_new_when_it_comes_on_the_shelf(self):
        make_book("Dated", published="2030-01-01")
        undated = make_book("Undated", published=None, is_published=False, first_published_at=None)
        self.assertEqual(self.titles(), ["Dated"])

        undated.publish()

        self.assertEqual(self.titles(), ["Undated", "Dated"])
        self.assertEqual([book.title for book in self.client.get("/").context["books"]], ["Undated", "Dated"])

    def test_a_page_in_any_order_is_found_by_an_index(self):
        place = BOOK_ORDERS["price"].row_of(make_book())
        for name, order in BOOK_ORDERS.items():
            books = Book.objects.published().order_by(*order).only("pk")[:12]
            if name == "price":
                books = Book.objects.published().filter(order.after(place)).order_by(*order).only("pk")[:12]

            with connection.cursor() as cursor:
                # A table of a few rows is read whole where that may be chosen.
                if connection.vendor == "postgresql":
                    cursor.execute("SET LOCAL enable_seqscan = off")
                    cursor.execute("SET LOCAL enable_sort = off")

                self.assertIn(f"shelf_by_{name}", books.explain())

    def test_changing_the_order_begins_at_the_first_page(self):
        books = make_books(25)
        place = written(BOOK_ORDERS["newest"], BOOK_ORDERS["newest"].row_of(books[5]))

        response = self.client.get(self.url, {"after": place})

        self.assertContains(response, '<a href="?sort=price">Price</a>')

    def test_all_books_are_for_sale_to_whoever_has_not_bought_them(self):
        make_book()

        for reader in [None, make_reader()]:
            with self.subTest(reader=reader):
                if reader:
                    self.client.force_login(reader)
                response = self.client.get(self.url)

                self.assertContains(response, BUTTON)
                self.assertContains(response, "$39.00")
                self.assertContains(response, "$9.00")

    def test_whoever_reads_all_books_is_offered_nothing_but_reading(self):
        book = make_book()
        self.client.force_login(make_reader("ada", all_books=True))

        response = self.client.get(self.url)

        self.assertNotContains(response, BUTTON)
        self.assertNotContains(response, "$")
        self.assertContains(response, reverse("book_read_start", args=[book.pk]))

    def test_nothing_is_offered_when_all_books_are_off_the_shelf(self):
        make_book()
        Bundle.objects.all().delete()

        self.assertNotContains(self.client.get(self.url), BUTTON)

    def test_a_book_without_a_price_of_its_own_says_how_it_is_sold(self):
        make_book(price=None)

        self.assertContains(self.client.get(self.url), "In All Books")

    def test_a_title_is_in_the_language_of_its_book(self):
        make_book("雨の日だけ開く本屋", language="ja")

        response = self.client.get(reverse("book_list"))

        title = '<span class="book-card-title" lang="ja">雨の日だけ開く本屋</span>'
        self.assertContains(response, title, html=True)

    def test_an_empty_shelf_says_so(self):
        self.assertContains(self.client.get(self.url), "No books yet.")

    def test_one_book_costs_as_many_queries_as_25(self):
        make_bundle("Bundle", make_book("First"))
        with self.assertNumQueries(QUERIES):
            self.client.get(self.url)
        with self.assertNumQueries(QUERIES_WHEN_RENDERED):
            self.client.get(self.url)
        make_books(24)
        for number in range(5):
            make_bundle(f"Bundle {number}", *Book.objects.all()[:6])
        with self.assertNumQueries(QUERIES):
            self.client.get(self.url)
        with self.assertNumQueries(QUERIES_WHEN_RENDERED):
            self.client.get(self.url)

    def test_a_reader_costs_as_many_for_any_number_of_books_and_bundles(self):
        bob = make_reader()
        self.client.force_login(bob)
        make_bundle("Bundle", make_book("First"))
        with self.assertNumQueries(QUERIES + QUERIES_OF_A_READER):
            self.client.get(self.url)
        for book in make_books(24):
            Position.objects.keep(bob, book.chapters.get(number=1), 0.5)
        for number in range(5):
            make_bundle(f"Bundle {number}", *Book.objects.all()[:6])
        with self.assertNumQueries(QUERIES + QUERIES_OF_A_READER):
            self.client.get(self.url)


class CardTests(TestCase):
    def setUp(self):
        self.book = make_book("The Ferry", chapters=3)
        self.bob = make_reader()
        self.client.force_login(self.bob)

    def card(self):
        return self.client.get(reverse("book_list"))

    def test_what_one_has_not_bought_is_for_sale_even_after_the_sample(self):
        Position.objects.keep(self.bob, self.book.chapters.get(number=1), 0.5)

        self.assertContains(self.card(), f'href="{reverse("orders")}?book={self.book.pk}"')
        self.assertNotContains(self.card(), "Continue")

    def test_what_one_has_is_begun_gone_on_with_or_read_again(self):
        access.give(self.bob, self.book, by=self.bob, note="A gift.")
        start = reverse("book_read_start", args=[self.book.pk])
        self.assertContains(self.card(), start)
        self.assertNotContains(self.card(), "Continue")
        self.assertNotContains(self.card(), f"?book={self.book.pk}")

        Position.objects.keep(self.bob, self.book.chapters.get(number=2), 0.5)
        self.assertContains(self.card(), "Continue at chapter 2")
        self.assertContains(self.card(), start)

        Position.objects.keep(self.bob, self.book.chapters.get(number=3), 1.0)
        self.assertContains(self.card(), "Read again")

    def test_the_results_of_a_search_say_the_same(self):
        access.give(self.bob, self.book, by=self.bob, note="A gift.")
        Position.objects.keep(self.bob, self.book.chapters.get(number=2), 0.5)
        make_book("The Ferry Again")

        page = self.client.get(reverse("search_results"), {"q": "ferry"})

        self.assertContains(page, "Continue at chapter 2", count=1)
        self.assertContains(page, "?book=", count=1)


class AccessibilityFilterTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.make("Silent", {})
        cls.make("Text", {"accessMode": ["textual"]})
        cls.make("Sufficient", {"accessMode": ["textual", "visual"], "accessModeSufficient": ["textual"]})
        cls.make("Visual", {"accessModeSufficient": ["textual,visual", 'a "textual" thing']})
        cls.make("Described", {"accessibilityFeature": ["tableOfContents", "alternativeText"]})
        cls.make("At length", {"accessibilityFeature": ["longDescription"]})
        cls.make("Index", {"accessibilityFeature": ["tableOfContents", "noalternativeText"]})
        cls.make("Harmless", {"accessibilityHazard": ["none"], "accessMode": ["textual"]})
        cls.make("Steady", {"accessibilityHazard": ["noFlashingHazard", "sound"]})
        cls.make("Flashing", {"accessibilityHazard": ["flashing"]})
        cls.make("Unknown", {"accessibilityHazard": ["unknownFlashingHazard"]})

    @staticmethod
    def make(title, facts):
        make_book(title, accessibility=facts)

    def titles(self, *ways, **query):
        page = self.client.get(reverse("book_list"), {"access": ways, "sort": "title"} | query)
        return [book.title for book in page.context["page"]]

    def test_each_way_leaves_the_books_that_claim_it(self):
        left = {way: self.titles(way) for way in ("read-aloud", "described", "no-flashing")}

        self.assertEqual(
            left,
            {
                "read-aloud": ["Harmless", "Sufficient", "Text"],
                "described": ["At length", "Described"],
                "no-flashing": ["Harmless", "Steady"],
            },
        )

    def test_several_ways_leave_what_has_all_of_them(self):
        self.assertEqual(self.titles("read-aloud", "no-flashing"), ["Harmless"])

    def test_what_is_no_way_narrows_nothing(self):
        self.assertEqual(len(self.titles("nonsense", "")), 11)
        self.assertEqual(len(self.titles()), 11)

    def test_the_filter_says_what_it_does_and_how_to_be_rid_of_it(self):
        page = self.client.get(reverse("book_list"), {"access": "described", "sort": "price"})

        self.assertContains(page, "2 books")
        self.assertContains(
            page,
            '<input class="form-check-input" type="checkbox" name="access" value="described" checked>',
            html=True,
        )
        self.assertContains(page, '<a href="?sort=price">Clear all</a>', html=True)
        self.assertContains(page, '<input type="hidden" name="sort" value="price">', html=True)

    def test_no_such_book_is_no_empty_shelf(self):
        page = self.client.get(reverse("book_list"), {"access": ["described", "no-flashing"]})

        self.assertContains(page, "No books match these filters.")
        self.assertNotContains(page, "No books yet.")

    def test_turning_the_page_and_sorting_keep_the_filter(self):
        for number in range(25):
            self.make(f"More {number}", {"accessibilityHazard": ["none"]})

        page = self.client.get(reverse("book_list"), {"access": "no-flashing", "sort": "title"})

        self.assertContains(page, "27 books")
        self.assertContains(page, 'href="?access=no-flashing&amp;sort=title&amp;after=More+')
        self.assertContains(page, '<a href="?access=no-flashing&amp;sort=price">Price</a>', html=True)
