"""Every way to ask who may read what gives the answer of one rule, written out here in plain Python."""

from random import Random
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, Group
from django.test import TestCase
from django.utils import timezone

from books import access
from books.access.permission import special_status
from books.models import Book, Bundle, Grant
from books.tests.builders import make_reader
from users.models import CustomUser

SHOPS = 6
ORDERS = [UUID(int=number) for number in range(1, 6)]


class Rule:
    """The rule: a live grant of the book, or of a bundle with it, or the permission to read all books."""

    def __init__(self):
        self.grants = list(Grant.objects.all())
        self.contents = {bundle.pk: set(bundle.books.all()) for bundle in Bundle.objects.all()}

    def holds(self, reader):
        groups = reader.groups.filter(permissions=special_status())
        held = reader.user_permissions.filter(pk=special_status().pk).exists() or groups.exists()
        return reader.is_active and (reader.is_superuser or held)

    def unlocks(self, grant, book):
        if grant.ended_at is not None:
            return False
        if grant.book_id is not None:
            return grant.book_id == book.pk
        return book in self.contents[grant.bundle_id] and book.first_published_at is not None

    def is_given(self, reader, book, *, leaving_out=()):
        return any(
            grant.user_id == reader.pk and grant not in leaving_out and self.unlocks(grant, book)
            for grant in self.grants
        )

    def reads(self, reader, book):
        by_permission = self.holds(reader) and book.first_published_at is not None
        return by_permission or self.is_given(reader, book)

    def bought(self, product, order_id):
        """Return the grants of this product that an order made."""
        of_order = [grant for grant in self.grants if grant.order_id == order_id]
        if isinstance(product, Bundle):
            return [grant for grant in of_order if grant.bundle_id == product.pk]
        return [grant for grant in of_order if grant.book_id == product.pk and grant.bundle_id is None]


def furnish(random):
    """Fill the shop with books, bundles, readers and grants in every state, as chance has it."""
    books = [
        Book.objects.create(title=f"Book {number}", is_published=is_published, first_published_at=first)
        for number in range(7)
        for is_published, first in [
            random.choice([(True, timezone.now()), (False, timezone.now()), (False, None)])
        ]
    ]
    bundles = [Bundle.objects.create(title=slug, slug=slug, price=900) for slug in ("one", "two", "three")]
    for bundle in bundles:
        bundle.books.set(random.sample(books, random.randint(0, 4)))
    readers = [make_reader(f"reader{number}") for number in range(5)]
    readers[1].user_permissions.add(special_status())
    group = Group.objects.create(name="Friends of the house")
    group.permissions.add(special_status())
    readers[2].groups.add(group)
    CustomUser.objects.filter(pk__in=random.sample([reader.pk for reader in readers], 1)).update(
        is_active=False
    )
    CustomUser.objects.filter(pk=readers[3].pk).update(is_superuser=random.random() < 0.5)
    # Those that would be a second grant of the same thing by the same order are left out.
    Grant.objects.bulk_create(
        [_any_grant(random, readers, books, bundles) for _ in range(25)], ignore_conflicts=True
    )


def _any_grant(random, readers, books, bundles):
    book, bundle = random.choice(
        [
            (random.choice(books), None),
            (None, random.choice(bundles)),
            (random.choice(books), random.choice(bundles)),
        ]
    )
    return Grant(
        user=random.choice(readers),
        book=book,
        bundle=bundle,
        order_id=random.choice([None, *ORDERS]),
        ended_at=random.choice([None, None, timezone.now()]),
        brought_permission=random.random() < 0.2,
    )


class AgreementTests(TestCase):
    def in_every_shop(self):
        """Yield the rule of one shop after the other, with its readers, asked afresh, and its books."""
        for number in range(SHOPS):
            for model in (Grant, Book, CustomUser, Group):
                model.objects.all().delete()
            Bundle.objects.filter(everything=False).delete()
            furnish(Random(number))
            yield Rule(), list(CustomUser.objects.order_by("pk")), list(Book.objects.all())

    def test_each_book_for_each_reader(self):
        for rule, readers, books in self.in_every_shop():
            for reader in readers:
                expected = {book for book in books if rule.reads(reader, book)}
                marked = access.mark_open(Book.objects.all(), reader)

                self.assertEqual({book for book in books if access.may_read(reader, book)}, expected)
                self.assertEqual(set(access.readable_books(reader)), expected)
                self.assertEqual(access.readable_books(reader).count(), len(expected))
                self.assertEqual({book for book in marked if book.is_open}, expected)
                self.assertEqual(access.open_among(reader, books), {book.pk for book in expected})

    def test_the_readers_of_each_book(self):
        for rule, readers, books in self.in_every_shop():
            for book in books:
                # Superusers read everything, but are told of nothing unless it was given to them.
                expected = [
                    reader
                    for reader in readers
                    if reader.is_active
                    and (
                        rule.is_given(reader, book) or (not reader.is_superuser and rule.reads(reader, book))
                    )
                ]
                self.assertEqual(list(access.readers_of(book)), expected)

    def test_what_is_left_to_buy(self):
        for rule, readers, _ in self.in_every_shop():
            for reader in readers:
                for bundle in Bundle.objects.filter(everything=False):
                    published = [book for book in rule.contents[bundle.pk] if book.is_published]
                    whole = any(
                        (grant.user_id, grant.bundle_id, grant.book_id, grant.ended_at)
                        == (reader.pk, bundle.pk, None, None)
                        for grant in rule.grants
                    )
                    each = bool(published) and all(rule.reads(reader, book) for book in published)

                    self.assertIs(access.owns(reader, bundle), rule.holds(reader) or whole or each)

    def test_what_only_one_order_unlocks(self):
        for rule, readers, books in self.in_every_shop():
            for reader in readers:
                for product in [*books, *Bundle.objects.filter(everything=False)]:
                    for order_id in ORDERS[:2]:
                        bought = rule.bought(product, order_id)
                        brought = any(grant.brought_permission for grant in bought)
                        expected = {
                            book
                            for book in books
                            if book.is_published and not rule.is_given(reader, book, leaving_out=bought)
                        }

                        found = set(access.not_open_otherwise(reader, product, order_id=order_id))

                        self.assertEqual(found, set() if rule.holds(reader) and not brought else expected)

    def test_a_visitor_reads_no_book_in_full(self):
        for _, _, books in self.in_every_shop():
            visitor = AnonymousUser()
            marked = access.mark_open(Book.objects.all(), visitor)

            self.assertFalse(any(access.may_read(visitor, book) for book in books))
            self.assertEqual(list(access.readable_books(visitor)), [])
            self.assertFalse(any(book.is_open for book in marked))
