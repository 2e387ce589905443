"""What the shop sells, and the words by which orders and forms name it."""

from uuid import uuid4

from django.test import TestCase

from books.models import ALL_BOOKS, Book, Bundle, find_product
from books.tests.builders import make_book


class ProductTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ferry, cls.tram = make_book("The Ferry"), make_book("The Tram")
        cls.pair = Bundle.objects.create(title="A pair", slug="pair", price=900)
        cls.pair.books.set([cls.ferry])
        cls.all_books = Bundle.objects.get(everything=True)

    def test_a_reference_finds_the_product_that_it_names(self):
        references = {
            f"book:{self.ferry.pk}": self.ferry,
            "bundle:pair": self.pair,
            ALL_BOOKS: self.all_books,
        }

        for reference, product in references.items():
            with self.subTest(reference):
                self.assertEqual(product.reference, reference)
                self.assertEqual(find_product(reference), product)

    def test_other_words_find_nothing(self):
        Bundle.objects.create(title="An empty one", slug="empty", price=900)

        everything = f"bundle:{self.all_books.slug}"
        for word in ["", "book", "book:pair", f"book:{uuid4()}", "bundle:empty", everything, "author:pair"]:
            with self.subTest(word):
                self.assertIsNone(find_product(word))

    def test_a_product_knows_the_books_that_a_buyer_gets(self):
        self.tram.unpublish()

        self.assertQuerySetEqual(self.ferry.included_books(), [self.ferry])
        self.assertQuerySetEqual(self.pair.included_books(), [self.ferry])
        self.assertQuerySetEqual(self.all_books.included_books(), Book.objects.all(), ordered=False)

    def test_a_book_is_offered_while_it_is_published_and_has_a_price(self):
        self.assertTrue(self.ferry.is_offered)

        Book.objects.filter(pk=self.ferry.pk).update(price=None)
        self.tram.unpublish()

        self.ferry.refresh_from_db()
        self.assertFalse(self.ferry.is_offered)
        self.assertFalse(self.tram.is_offered)
