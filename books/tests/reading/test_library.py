"""The library, and the books to go on with on the home page."""

from unittest.mock import patch
from uuid import uuid4

from django.test import Client, TestCase
from django.urls import reverse

from books import access
from books.models import Position
from books.tests.builders import make_book, make_books, make_bundle, make_reader


def read(reader, book, chapter=1, fraction=0.0):
    Position.objects.keep(reader, book.chapters.get(number=chapter), fraction)


class LibraryTests(TestCase):
    url = reverse("library")

    @classmethod
    def setUpTestData(cls):
        cls.ada = make_reader("ada", all_books=True)
        cls.bob = make_reader("bob")

    def setUp(self):
        self.client.force_login(self.ada)

    def titles(self, **query):
        return [book.title for book in self.client.get(self.url, query).context["page"]]

    def test_a_visitor_is_asked_to_log_in(self):
        self.assertRedirects(
            Client().get(self.url), "/accounts/login/?next=/library/", fetch_redirect_response=False
        )

    def test_what_was_read_last_comes_first_and_then_the_titles(self):
        books = {title: make_book(title) for title in "DBCA"}
        read(self.ada, books["C"])
        read(self.ada, books["D"])
        # Somebody else's reading moves nothing.
        read(self.bob, books["B"])

        self.assertEqual(self.titles(), ["D", "C", "A", "B"])

    def test_each_book_says_what_one_can_do(self):
        begun, finished, new = (make_book(title, chapters=4) for title in ("Begun", "Finished", "New"))
        read(self.ada, begun, 3, 0.5)
        read(self.ada, finished, 4, 1)

        response = self.client.get(self.url)

        self.assertContains(response, "62% read")
        self.assertContains(response, "Continue at chapter 3")
        self.assertContains(response, f'href="/books/{begun.pk}/read/"')
        self.assertContains(response, "Read again")
        self.assertContains(response, f'href="/books/{finished.pk}/read/1/"')
        self.assertContains(response, f'href="/books/{new.pk}/read/"')
        self.assertNotContains(response, "$")

    def test_it_can_be_narrowed(self):
        begun, finished, _ = (make_book(title) for title in ("Begun", "Finished", "New"))
        read(self.ada, begun)
        read(self.ada, finished, 2, 1)

        self.assertEqual(self.titles(show="reading"), ["Begun"])
        self.assertEqual(self.titles(show="unread"), ["New"])
        self.assertEqual(self.titles(show="finished"), ["Finished"])
        self.assertEqual(len(self.titles(show="all")), 3)
        self.assertEqual(len(self.titles(show="nonsense")), 3)

    def test_it_can_be_searched(self):
        make_book("The Ferry", authors=["Ada Quill"])
        begun = make_book("The Tram", authors=["Ada Quill"])
        make_book("Rain", authors=["Bob Ink"])
        read(self.ada, begun)

        self.assertEqual(self.titles(q="ferry"), ["The Ferry"])
        self.assertEqual(self.titles(q="quill"), ["The Tram", "The Ferry"])
        self.assertEqual(self.titles(q="quill", show="unread"), ["The Ferry"])

    def test_a_new_edition_that_is_shorter_continues_at_its_last_chapter(self):
        book = make_book(chapters=4)
        read(self.ada, book, 3)
        book.chapters.filter(number__gt=2).delete()

        self.assertContains(self.client.get(self.url), "Continue at chapter 2")

    def test_what_is_empty_says_what_to_do(self):
        for query, words in [
            ({"q": "nothing"}, "No books match “nothing”."),
            ({"show": "reading"}, "You’re not in the middle of a book."),
            ({"show": "finished"}, "Books you finish appear here."),
            ({"show": "unread"}, "You’ve started every book you own."),
        ]:
            with self.subTest(query):
                self.assertContains(self.client.get(self.url, query), words)

    def test_whoever_owns_nothing_is_shown_the_shop(self):
        make_book("The Ferry")
        self.client.force_login(self.bob)

        response = self.client.get(self.url)

        self.assertNotContains(response, "The Ferry")
        self.assertContains(response, "Browse the books")

    def test_it_has_pages(self):
        make_books(25)

        self.assertEqual(len(self.titles()), 24)
        self.assertEqual(len(self.titles(page=2)), 1)
        self.assertEqual(self.client.get(self.url, {"page": 3}).status_code, 404)

    def test_of_a_whole_shop_it_lists_what_was_begun_and_the_first_by_title(self):
        books = {title: make_book(title) for title in "DCBA"}
        read(self.ada, books["D"])

        with patch("books.reading.library.LONGEST_LIST", 2):
            self.assertEqual(self.titles(), ["D", "A", "B"])
            self.assertEqual(self.titles(show="unread"), ["A", "B"])
            self.assertEqual(self.titles(q="c"), ["C"])

    def test_of_what_a_reader_bought_it_lists_everything(self):
        for title in "DCBA":
            access.grant(self.bob, make_book(title), order_id=uuid4())
        self.client.force_login(self.bob)

        with patch("books.reading.library.LONGEST_LIST", 2):
            self.assertEqual(self.titles(), ["A", "B", "C", "D"])

    def test_one_book_costs_as_many_queries_as_25(self):
        read(self.ada, make_book("First"))
        with self.assertNumQueries(6):
            self.client.get(self.url)
        for book in make_books(24):
            read(self.ada, book)
        with self.assertNumQueries(6):
            self.client.get(self.url)

    def test_every_page_leads_there_once_one_is_logged_in(self):
        link = f'<a href="{self.url}">Library</a>'

        self.assertContains(self.client.get("/about/"), link, html=True)
        self.assertNotContains(Client().get("/about/"), link, html=True)


class CardTests(TestCase):
    def test_how_far_a_reader_is_stands_on_every_card_of_theirs(self):
        finished, other = make_book("The Ferry"), make_book("The Tram")
        bundle = make_bundle("Water and rails", finished, other)
        ada, bob = (make_reader(name, all_books=True) for name in ("ada", "bob"))
        read(ada, finished, 2, 1)

        for address in [
            reverse("home"),
            reverse("book_list"),
            f"{reverse('search_results')}?q=ferry",
            bundle.get_absolute_url(),
            other.get_absolute_url(),
        ]:
            with self.subTest(address):
                self.client.force_login(ada)
                self.assertContains(self.client.get(address), "Finished", count=1)
                self.client.force_login(bob)
                self.assertNotContains(self.client.get(address), "Finished")


class ContinueReadingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada = make_reader("ada", all_books=True)
        cls.bob = make_reader("bob")
        cls.books = make_books(6)

    def continued(self, reader):
        self.client.force_login(reader)
        return [book.title for book in self.client.get("/").context["reader"].continued]

    def test_the_last_four_books_wait_on_the_home_page(self):
        for book in self.books:
            read(self.ada, book)

        self.assertEqual(self.continued(self.ada), ["Book 6", "Book 5", "Book 4", "Book 3"])
        self.assertContains(self.client.get("/"), "Continue at chapter 1")

    def test_what_is_finished_does_not(self):
        read(self.ada, self.books[0], 2, 1)

        self.assertEqual(self.continued(self.ada), [])
        self.assertNotContains(self.client.get("/"), "Continue reading")

    def test_a_sample_does_and_what_is_closed_does_not(self):
        read(self.bob, self.books[0])
        # Read while it was open.
        read(self.bob, self.books[1], 2)

        self.assertEqual(self.continued(self.bob), ["Book 1"])

    def test_a_visitor_has_none(self):
        read(self.ada, self.books[0])

        self.assertNotContains(self.client.get("/"), "Continue reading")

    def test_it_costs_the_same_for_any_number_of_books(self):
        self.client.force_login(self.ada)
        read(self.ada, self.books[0])
        self.client.get("/")
        with self.assertNumQueries(7):
            self.client.get("/")
        # Not all those new on the shelf: how one stands to the books that one continues is asked with them.
        for book in self.books[:3]:
            read(self.ada, book)
        with self.assertNumQueries(7):
            self.client.get("/")
