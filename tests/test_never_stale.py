"""What is answered is what would be rendered now, whatever has changed and whoever asks."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client, TransactionTestCase
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from books import access
from books.models import Book, Bundle, Position, Review
from books.rendering import memory
from books.tests.builders import make_book, make_bundle, make_reader, make_review, make_staff
from orders.models import Order, OrderStatus
from orders.tests.builders import make_order
from users.models import CustomUser

# Each page has another, and other masks of it.
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value|data-token)="\w+"')
NUMBERS = st.integers(min_value=0, max_value=10**6)


def read(client, path):
    """Return the status and the page, without what differs from one rendering to the next."""
    response = client.get(path)
    return response.status_code, TOKEN.sub(r'\1=""', response.text)


def rendered_now(client, path):
    """Return the same without anything that was kept."""
    memory.forget()
    return read(client, path)


class Shop:
    """Two books, a bundle, a visitor, Ada, Bob and Grace, and everything that may happen to them."""

    def __init__(self):
        self.books = [make_book("The Ferry", subjects=["Fiction"], chapters=3), make_book("Night Bus")]
        self.bundle = make_bundle("Two Journeys", *self.books)
        self.readers = [make_reader("ada"), make_reader("bob")]
        self.grace = make_staff()
        self.clients = [Client() for _ in range(4)]
        for client, person in zip(self.clients[1:], [*self.readers, self.grace], strict=True):
            client.force_login(person)
        self.pages = ["/", "/about/", "/books/", self.bundle.get_absolute_url()]
        for book in self.books:
            chapters = [reverse("book_read", args=[book.pk, number]) for number in (1, 2)]
            self.pages += [book.get_absolute_url(), *chapters]

    def change(self, kind, number):
        """Let something happen; the number says to what, and what it is afterwards."""
        book = Book.objects.get(pk=self.books[number % 2].pk)
        reader = CustomUser.objects.get(pk=self.readers[number % 3 % 2].pk)
        CHANGES[kind](self, book, reader, number)


def reprice(shop, book, reader, number):
    Book.objects.filter(pk=book.pk).update(price=50 + number % 5000 if number % 7 else None)


def retitle(shop, book, reader, number):
    book.title = f"Title {number}"
    book.save()


def publish_or_not(shop, book, reader, number):
    (book.unpublish if book.is_published else book.publish)()


def rewrite(shop, book, reader, number):
    book.chapters.filter(number=1 + number % 2).update(html=f"<p>{number}</p>")


def lengthen_the_sample(shop, book, reader, number):
    Book.objects.filter(pk=book.pk).update(sample_chapters=number % 3)


def review(shop, book, reader, number):
    Review.objects.update_or_create(book=book, author=reader, defaults={"rating": 1 + number % 5})


def hide_or_show(shop, book, reader, number):
    for each in Review.objects.filter(book=book):
        each.hide("" if each.hidden_at else f"Reason {number}")


def rename(shop, book, reader, number):
    CustomUser.objects.filter(pk=reader.pk).update(username=f"Reader {number}")


def report(shop, book, reader, number):
    for each in Review.objects.filter(book=book):
        each.reports.get_or_create(reporter=reader)


def rebundle(shop, book, reader, number):
    Bundle.objects.filter(everything=bool(number % 2)).update(price=500 + number % 500)
    shop.bundle.books.set(shop.books[: 1 + number % 2])


def give(shop, book, reader, number):
    access.give(reader, [book, shop.bundle][number % 2], by=shop.grace, note="A gift.")


def take(shop, book, reader, number):
    access.suspend(reader.grants.all(), by=shop.grace)


def give_everything(shop, book, reader, number):
    (access.remove_permission if access.holds_permission(reader) else access.give_permission)(reader, by=None)


def buy(shop, book, reader, number):
    if book.price and not Order.objects.filter(user=reader, item=book.reference).exists():
        make_order(reader, product=book, status=OrderStatus.PAID)


def read_on(shop, book, reader, number):
    Position.objects.keep(reader, book.chapters.get(number=1 + number % 3 % 2), number % 5 / 4)


def mark(shop, book, reader, number):
    reader.marks.get_or_create(book=book, chapter=1, fraction=number % 5 / 4)


def prefer(shop, book, reader, number):
    client = shop.clients[number % 3]
    client.post(reverse("reading_preferences"), {"colours": ["auto", "dark", "sepia"][number % 5 % 3]})


CHANGES = {
    change.__name__: change
    for change in (
        *(reprice, retitle, publish_or_not, rewrite, lengthen_the_sample, review, hide_or_show, rename),
        *(report, rebundle, give, take, give_everything, buy, read_on, mark, prefer),
    )
}


class NeverStaleTests(TestCase):
    # Shrinking would take minutes; the history that failed is short enough to read.
    @settings(
        max_examples=5,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            st.tuples(st.sampled_from(sorted(CHANGES)), NUMBERS, st.lists(NUMBERS, min_size=2, max_size=5)),
            min_size=3,
            max_size=8,
        )
    )
    def test_what_is_answered_is_what_would_be_rendered_now(self, history):
        shop = Shop()
        memory.forget()
        for kind, number, looks in history:
            shop.change(kind, number)
            for look in looks:
                client, path = shop.clients[look % 4], shop.pages[look // 4 % len(shop.pages)]
                self.assertEqual(read(client, path), read(client, path), path)
        asked = [(client, path) for client in shop.clients for path in shop.pages]
        answered = [read(client, path) for client, path in asked]

        for (client, path), answer in zip(asked, answered, strict=True):
            self.assertEqual(answer, rendered_now(client, path), path)


class NobodyElsesTests(TestCase):
    def setUp(self):
        self.shop = Shop()
        ferry, bus = self.shop.books
        ada, bob = self.shop.readers
        give(self.shop, ferry, ada, 0)
        make_order(bob, product=bus, status=OrderStatus.PAID)
        Position.objects.keep(ada, ferry.chapters.get(number=2), 0.5)
        Position.objects.keep(bob, bus.chapters.get(number=1), 0.5)
        for reader in (ada, bob):
            make_review(ferry, reader, text=f"By {reader.username}.")
            reader.marks.create(book=ferry, chapter=1, note=f"Note of {reader.username}")
            prefer(self.shop, None, None, 1 if reader == ada else 2)
        make_review(ferry)

    def test_every_page_is_of_who_asks_in_any_order(self):
        expected = {
            (number, path): rendered_now(client, path)
            for number, client in enumerate(self.shop.clients)
            for path in self.shop.pages
        }
        # Whose pages are rendered first must not matter.
        for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1), (1, 3, 0, 2)):
            memory.forget()
            for path in self.shop.pages * 2:
                for number in order:
                    with self.subTest(path=path, order=order):
                        self.assertEqual(read(self.shop.clients[number], path), expected[number, path])
        # They do differ.
        for path in self.shop.pages:
            self.assertEqual(len({expected[number, path] for number in range(4)}), 4, path)

    def test_a_note_is_read_by_its_reader_alone(self):
        page = reverse("book_read", args=[self.shop.books[0].pk, 1])

        visitor, ada, bob, _ = (read(client, page)[1] for client in self.shop.clients)

        self.assertEqual([("Note of Ada" in each) for each in (visitor, ada, bob)], [False, True, False])
        self.assertEqual([("Note of Bob" in each) for each in (visitor, ada, bob)], [False, False, True])


@pytest.mark.postgresql
class AtOnceTests(TransactionTestCase):
    serialized_rollback = True

    def test_threads_that_ask_at_once_get_their_own_pages(self):
        shop = Shop()
        give(shop, shop.books[0], shop.readers[0], 0)
        cookies = [{name: each.value for name, each in client.cookies.items()} for client in shop.clients]
        expected = {
            (number, path): rendered_now(client, path)
            for number, client in enumerate(shop.clients)
            for path in shop.pages
        }
        memory.forget()

        def ask(number, path):
            client = Client()
            client.cookies.load(cookies[number])
            try:
                return read(client, path)
            finally:
                connection.close()

        asked = list(expected) * 3
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda each: ask(*each), asked))

        for each, answer in zip(asked, answers, strict=True):
            self.assertEqual(answer, expected[each], each)
