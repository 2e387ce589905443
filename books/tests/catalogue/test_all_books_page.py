"""All Books has a page like a bundle's, and a bundle's says what it saves."""

from django.test import TestCase
from django.urls import reverse

from books import access
from books.models import Book, Bundle
from books.tests.builders import make_book, make_books, make_bundle, make_reader

PAGE = "/books/bundles/all-books/"


class AllBooksPageTests(TestCase):
    def setUp(self):
        self.all_books = Bundle.objects.get(everything=True)

    def look(self):
        return self.client.get(PAGE)

    def test_it_says_what_is_in_it_what_it_costs_and_what_it_saves(self):
        make_book("The Ferry", price=3000)
        make_book("The Tram", price=1600)

        page = self.look()

        self.assertContains(page, "<h1>All Books</h1>", html=True)
        self.assertContains(page, "Every book, now and in future:")
        self.assertContains(page, "Separately: $46.00. You save $7.00.")
        self.assertContains(page, "Buy for $39.00")
        self.assertContains(page, "The Ferry")
        self.assertContains(page, '"priceCurrency": "USD"')

    def test_it_claims_no_saving_that_is_none(self):
        make_book("The Ferry", price=3900)
        self.assertNotContains(self.look(), "You save")

        Book.objects.update(price=9900)
        make_book("In the bundle only", price=None)
        self.assertNotContains(self.look(), "You save")

    def test_whatever_its_slug_it_has_this_address(self):
        Bundle.objects.filter(everything=True).update(slug="the-lot")
        self.all_books.refresh_from_db()

        self.assertEqual(self.all_books.get_absolute_url(), PAGE)
        self.assertEqual(self.look().status_code, 200)
        self.assertEqual(self.client.get(reverse("bundle_detail", args=["the-lot"])).status_code, 404)

    def test_without_books_and_without_all_books(self):
        self.assertContains(self.look(), "No books yet.")

        self.all_books.delete()
        self.assertEqual(self.look().status_code, 404)

    def test_who_owns_everything_is_not_sold_anything(self):
        make_book()
        self.client.force_login(make_reader(all_books=True))

        page = self.look()

        self.assertContains(page, "You own every book in the shop.")
        self.assertNotContains(page, "$39")

    def test_30_books_cost_as_many_queries_as_two_and_24_are_shown(self):
        make_books(2)
        with self.assertNumQueries(6):
            self.look()
        make_books(28)
        with self.assertNumQueries(6):
            page = self.look()
        self.assertContains(page, 'class="book-card"', count=24)
        self.assertContains(page, f'href="{reverse("book_list")}">Browse all books</a>')
        with self.assertNumQueries(1):
            self.look()

    def test_the_catalogue_the_home_page_and_the_sitemap_lead_to_it(self):
        make_book()
        for page in (reverse("book_list"), reverse("home"), reverse("sitemap")):
            with self.subTest(page):
                self.assertContains(self.client.get(page), PAGE)


class BundlePageTests(TestCase):
    def test_of_a_large_bundle_24_books_are_on_a_page(self):
        bundle = make_bundle("Thirty", *make_books(30), price=2000)

        page = self.client.get(bundle.get_absolute_url())

        self.assertContains(page, 'class="book-card"', count=24)
        self.assertContains(page, "Separately: $270.00. You save $250.00.")
        last = self.client.get(f"{bundle.get_absolute_url()}?page=2")
        self.assertContains(last, 'class="book-card"', count=6)
        self.assertEqual(self.client.get(f"{bundle.get_absolute_url()}?page=3").status_code, 404)

    def test_to_who_has_paid_for_a_part_it_says_what_is_left_to_pay(self):
        ferry, tram = make_book("The Ferry"), make_book("The Tram")
        bundle = make_bundle("Both", ferry, tram, price=1500)
        reader = make_reader()
        access.give(reader, ferry, by=reader, note="A gift.")
        self.client.force_login(reader)

        self.assertContains(self.client.get(bundle.get_absolute_url()), "Buy for $15.00")
