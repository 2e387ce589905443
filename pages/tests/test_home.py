from django.test import TestCase
from django.urls import reverse

from books.models import Book, Bundle
from books.tests.builders import make_book, make_books, make_reader


class HomeTests(TestCase):
    url = reverse("home")

    def test_it_says_what_all_books_cost_and_where_to_buy_them(self):
        make_books(2)

        response = self.client.get(self.url)

        self.assertContains(
            response,
            f'<a class="btn btn-primary" href="{reverse("orders")}">Purchase All Books — $39.00</a>',
            html=True,
        )
        self.assertContains(response, "All 2 books")

    def test_an_owner_is_led_to_the_books_and_offered_nothing(self):
        make_book()
        self.client.force_login(make_reader("ada", all_books=True))

        response = self.client.get(self.url)

        self.assertContains(response, "Browse your books")
        self.assertNotContains(response, "Purchase")
        self.assertNotContains(response, "$")

    def test_without_all_books_on_sale_it_leads_to_the_shelf(self):
        Bundle.objects.all().delete()

        response = self.client.get(self.url)

        self.assertContains(response, "Browse the books")
        self.assertNotContains(response, "Purchase")

    def test_it_shows_twelve_books_at_most_the_newest_first(self):
        make_books(12)
        make_book("Newest", published=None)

        books = self.client.get(self.url).context["books"]

        self.assertEqual(len(books), 12)
        self.assertEqual(books[0].title, "Newest")

    def test_it_says_how_many_books_there_are_up_to_a_thousand(self):
        Book.objects.bulk_create(Book(title=f"Book {number}") for number in range(1000))
        self.assertContains(self.client.get(self.url), "All 1000 books, now and in future")

        make_book()

        self.assertContains(self.client.get(self.url), "More than 1,000 books, now and in future")

    def test_an_empty_shop_opens(self):
        response = self.client.get(self.url)

        self.assertContains(response, "Every book")
        self.assertNotContains(response, "New on the shelf")

    def test_one_book_costs_as_many_queries_as_25(self):
        make_book("First")
        with self.assertNumQueries(6):
            self.client.get(self.url)
        make_books(24)
        with self.assertNumQueries(6):
            self.client.get(self.url)
        with self.assertNumQueries(1):
            self.client.get(self.url)
