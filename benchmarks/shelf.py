"""Runs inside a shop, through `manage.py shell`: adds rows, prints what the caller needs as JSON."""

import json
from io import StringIO
from pathlib import Path
from time import perf_counter

from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.models import Book, Grant, Position, Review
from orders import pricing
from orders.models import Attempt, AttemptApi, AttemptOutcome, Order, OrderLine, OrderStatus
from pages.made_up.books import WHOLE_TEXT
from users.models import CustomUser

LIBRARY = 1_000
ORDERS = 24
READING = 3
REVIEWS = 5


def load_demo_twice() -> None:
    """Load the demo shop twice; print how many seconds each took."""
    print(json.dumps([_seconds_to_load_demo() for _ in range(2)]))


def describe() -> None:
    """Add a reader with a library and orders, and staff; print addresses, words and sessions."""
    book = _reviewed_book()
    reader = _account("reader@bench.example")
    _give_library(reader, book)
    orders = _give_orders(reader)
    author = book.authors.first()
    charge = Order.objects.exclude(user=reader).values_list("stripe_charge_id", flat=True).first()
    staff = _account("staff@bench.example", is_staff=True, is_superuser=True)
    print(
        json.dumps(
            {
                "book": book.get_absolute_url(),
                "book_id": str(book.pk),
                "sample": reverse("book_read", args=[book.pk, 1]),
                "chapter": reverse("book_read", args=[book.pk, 2]),
                "author": author.get_absolute_url(),
                "surname": author.name.split()[1].lower(),
                "deep": reverse("book_list", query={"from": _date_deep_in_the_list()}),
                "order": orders[0].get_absolute_url(),
                "charge": charge,
                "reader": _session_of(reader),
                "staff": _session_of(staff),
            }
        )
    )


def add_buyers(number: int) -> None:
    """Add accounts that can buy one book; print their session keys and the form that buys it."""
    book = _sold_books().order_by("identifier").first()
    offer = pricing.find_offer(book.reference, AnonymousUser())
    first = CustomUser.objects.filter(email__startswith="buyer").count()
    buyers = [_account(f"buyer{first + each}@bench.example") for each in range(number)]
    form = {"item": offer.signed(), "stripeToken": "tok_visa"}
    print(json.dumps({"form": form, "sessions": [_session_of(buyer) for buyer in buyers]}))


def statements_of_purchase(form: dict, session: str) -> None:
    """Buy with this form and session; print how many statements that sends to the database.

    Buyers come from the purchase page, so the shop's settings have just been read (pages/shop.py).
    """
    client = Client(headers={"host": "books.example", "x-forwarded-proto": "https"})
    client.cookies["__Host-sessionid"] = session
    client.get(reverse("orders"))
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(reverse("charge"), form)
    if answer.status_code != 302:
        raise RuntimeError(f"{answer.status_code} instead of 302")
    print(json.dumps(len(queries)))


def add_many_reviews(number: int) -> None:
    """Give a book many reviews; print its address."""
    book = _sold_books().order_by("-identifier").first()
    book.reviews.all().delete()
    readers = CustomUser.objects.bulk_create(
        CustomUser(email=f"reviewer{each}@bench.example", username=f"Reader {each}") for each in range(number)
    )
    Review.objects.bulk_create(
        Review(book=book, author=reader, rating=4, text="Read it twice. " * 20) for reader in readers
    )
    print(json.dumps(book.get_absolute_url()))


def add_large_file(*, megabytes: int) -> None:
    """Give a demo book a file of this size; print its address and the session key of a reader who owns it."""
    book = Book.objects.exclude(epub="").first()
    with Path(book.epub.path).open("r+b") as file:
        file.truncate(megabytes * 1024**2)  # sparse: it takes no space on the disk
    reader = CustomUser.objects.get(email="reader@example.com")
    print(json.dumps({"address": reverse("book_download", args=[book.pk]), "session": _session_of(reader)}))


def _seconds_to_load_demo() -> float:
    began = perf_counter()
    call_command("load_demo", force=True, stdout=StringIO())
    return perf_counter() - began


def _sold_books():
    return Book.objects.published().filter(identifier__startswith="made-up:", price__isnull=False)


def _date_deep_in_the_list() -> str:
    """Return the day on which the last tenth of the catalogue begins."""
    books = Book.objects.published().order_by("first_published_at")
    return books[books.count() // 10].first_published_at.date().isoformat()


def _reviewed_book() -> Book:
    """Return a book with a whole text from the middle of the shop, after giving it five reviews."""
    numbers = range(Book.objects.count() // 2 // WHOLE_TEXT * WHOLE_TEXT, -1, -WHOLE_TEXT)
    book = next(
        book for number in numbers if (book := _sold_books().filter(identifier=f"made-up:{number}").first())
    )
    book.reviews.all().delete()
    readers = CustomUser.objects.filter(email__endswith="@made-up.example")[:REVIEWS]
    Review.objects.bulk_create(
        Review(book=book, author=reader, rating=4, text="Read it twice. " * 20) for reader in readers
    )
    return book


def _give_library(reader: CustomUser, book: Book) -> None:
    """Let the reader read this book and a thousand others, some of which they have begun."""
    others = Book.objects.published().exclude(pk=book.pk).order_by("identifier")[: LIBRARY - 1]
    books = [book, *others.only("pk")]
    Grant.objects.bulk_create(Grant(user=reader, book=each) for each in books)
    Position.objects.bulk_create(
        Position(user=reader, book=each, chapter=1, fraction=0.5, progress=0.5) for each in books[:READING]
    )


def _give_orders(reader: CustomUser) -> list[Order]:
    """Give the reader a history of paid orders; return them."""
    books = list(_sold_books().order_by("identifier")[:ORDERS])
    paid = {"status": OrderStatus.PAID, "currency": "usd", "paid_at": timezone.now()}
    orders = Order.objects.bulk_create(
        Order(user=reader, item=book.reference, amount=book.price, stripe_charge_id=f"ch_{book.pk}", **paid)
        for book in books
    )
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order,
            book=book,
            title=book.title,
            amount=book.price,
            item=book.reference,
            reader=reader,
            is_open=True,
        )
        for order, book in zip(orders, books, strict=True)
    )
    how = {"api": AttemptApi.PAYMENT_INTENTS, "outcome": AttemptOutcome.SUCCEEDED}
    Attempt.objects.bulk_create(Attempt(order=order, number=1, **how) for order in orders)
    return orders


def _account(email: str, **fields: bool) -> CustomUser:
    return CustomUser.objects.create_user(email, **fields)


def _session_of(reader: CustomUser) -> str:
    client = Client()
    client.force_login(reader)
    return client.session.session_key
