"""Whether a reader owns a product, asked alone or together with the product."""

from uuid import uuid4

from django.contrib.auth.models import AnonymousUser, Group
from django.test import TestCase

from books import access
from books.models import Book, Bundle
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from users.models import CustomUser


class OwnershipTests(TestCase):
    """The pair has the ferry and the tram; the pier was never published, the weir no longer is."""

    @classmethod
    def setUpTestData(cls):
        cls.ferry, cls.tram = make_book("Ferry"), make_book("Tram")
        cls.pier = make_book("Pier", is_published=False, first_published_at=None)
        cls.weir = make_book("Weir", is_published=False)
        cls.pair = make_bundle("Pair", cls.ferry, cls.tram)
        cls.of_unpublished = make_bundle("Unpublished", cls.pier, cls.weir)
        cls.all_books = Bundle.objects.get(everything=True)
        cls.products = [cls.ferry, cls.tram, cls.pier, cls.weir, cls.pair, cls.all_books]

    def setUp(self):
        self.ada = make_reader("ada")

    def assert_owns(self, reader, *owned):
        """Ask in both ways, with a fresh look at the reader's permissions."""
        for product in self.products:
            with self.subTest(product):
                reader = CustomUser.objects.get(pk=reader.pk)
                expected = product in owned
                self.assertIs(access.owns(reader, product), expected)
                found = access.find_product(product.reference, reader)
                self.assertEqual((found.product, found.is_owned), (product, expected))

    def buy(self, product):
        order_id = uuid4()
        access.unlock(self.ada, product, order_id=order_id)
        return order_id

    def test_whoever_has_bought_nothing_owns_nothing(self):
        self.assert_owns(self.ada)
        for product in self.products:
            with self.subTest(product):
                self.assertIs(access.owns(AnonymousUser(), product), False)
                found = access.find_product(product.reference, AnonymousUser())
                self.assertEqual((found.product, found.is_owned), (product, False))

    def test_a_book_that_was_bought(self):
        self.buy(self.ferry)

        self.assert_owns(self.ada, self.ferry)
        self.assert_owns(make_reader("bob"))

    def test_a_bundle_that_was_bought_with_its_books(self):
        self.buy(self.pair)

        self.assert_owns(self.ada, self.ferry, self.tram, self.pair)

    def test_every_book_of_a_bundle_bought_one_by_one(self):
        self.buy(self.ferry)
        self.buy(self.tram)

        self.assert_owns(self.ada, self.ferry, self.tram, self.pair)

    def test_a_book_that_joined_a_bundle_after_it_was_bought(self):
        self.buy(self.pair)
        self.pair.books.add(self.weir)

        self.assert_owns(self.ada, self.ferry, self.tram, self.weir, self.pair)

    def test_a_book_never_published_is_not_owned_through_a_bundle_but_if_it_was_given(self):
        self.buy(self.of_unpublished)
        self.assert_owns(self.ada, self.weir)

        access.give(self.ada, self.pier, by=make_staff(), note="A friend.")

        self.assert_owns(self.ada, self.weir, self.pier)

    def test_what_was_refunded_is_owned_no_more(self):
        for product in (self.ferry, self.pair, self.all_books):
            order_id = self.buy(product)
            access.revoke(self.ada, product, order_id=order_id, reason=access.REFUNDED)

        self.assert_owns(self.ada)

    def test_the_permission_to_read_all_books_owns_all_that_was_ever_published(self):
        published = (self.ferry, self.tram, self.weir, self.pair, self.all_books)
        group = Group.objects.create(name="Reviewers")
        group.permissions.add(access.special_status())
        bob, carol = make_reader("bob"), make_reader("carol")
        access.give_permission(bob, by=None)
        carol.groups.add(group)
        self.buy(self.all_books)

        for reader in (self.ada, bob, carol, make_staff()):
            self.assert_owns(reader, *published)

    def test_all_books_is_not_owned_without_the_permission_that_staff_removed(self):
        self.buy(self.all_books)
        access.permission.remove_permission(self.ada, by=None)

        self.assert_owns(self.ada)

    def test_a_word_that_names_no_product_finds_none(self):
        for word in ("book:abc", f"book:{uuid4()}", "bundle:none", "author:pair", ""):
            with self.subTest(word):
                self.assertEqual(access.find_product(word, self.ada), (None, False, None))

    def test_product_and_ownership_are_one_query(self):
        for reference in (self.ferry.reference, self.pair.reference, self.all_books.reference):
            with self.subTest(reference), self.assertNumQueries(1):
                access.find_product(reference, self.ada)
        self.assertEqual(Book.objects.count(), 4)
