"""Runs inside a shop, through `manage.py shell`: fills its database, prints what the caller needs as JSON."""

import json
from io import StringIO
from pathlib import Path
from random import Random
from time import perf_counter

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from books.models import Author, Authorship, Book, Chapter, Review, Subject
from books.search import index
from users.models import CustomUser

WORDS = """ferry harbour winter letter garden tram lantern bridge market window orchard kettle
    island museum signal baker river compass attic violin""".split()
SUBJECTS = 20
AT_ONCE = 1000


def load_demo_twice() -> None:
    """Load the demo shop twice; print how many seconds each took."""
    print(json.dumps([_seconds_to_load_demo() for _ in range(2)]))


def add_books(total: int) -> None:
    """Add books up to this total; print the address of one and the number of pages of the catalogue."""
    new = range(Book.objects.count(), total)
    for first in range(new.start, new.stop, AT_ONCE):
        _add(range(first, min(first + AT_ONCE, new.stop)))
    _analyze()
    middle = Book.objects.get(title__startswith=f"No. {new.start + len(new) // 2:05} ")
    print(json.dumps({"book": middle.get_absolute_url(), "last_page": -(-total // 24)}))


def add_people(*, reviewers: int, buyers: int) -> None:
    """Add two reviewed books, a chapter and buyers; print the addresses and the buyers' session keys."""
    readers = CustomUser.objects.bulk_create(
        CustomUser(email=f"reader{number}@example.com", username=f"Reader {number}")
        for number in range(reviewers)
    )
    quiet, busy = Book.objects.filter(title__startswith="No. ").order_by("title", "id")[:2]
    reviews = [Review(book=busy, author=reader, rating=4, text="Read it twice. " * 20) for reader in readers]
    Review.objects.bulk_create([*reviews, Review(book=quiet, author=readers[0], rating=4, text="Read it.")])
    _analyze()
    chapter = Chapter.objects.exclude(book__title__startswith="No. ").filter(number=1).first()
    print(
        json.dumps(
            {
                "one_review": quiet.get_absolute_url(),
                "many_reviews": busy.get_absolute_url(),
                "chapter": chapter.get_absolute_url(),
                "sessions": [_session_of(f"buyer{number}@example.com") for number in range(buyers)],
            }
        )
    )


def add_large_file(*, megabytes: int) -> None:
    """Give a book a file of this size; print its address and the session key of a reader who owns it."""
    book = Book.objects.exclude(title__startswith="No. ").exclude(epub="").first()
    with Path(book.epub.path).open("r+b") as file:
        file.truncate(megabytes * 1024**2)  # sparse: it takes no space on the disk
    client = Client()
    client.force_login(CustomUser.objects.get(email="reader@example.com"))
    address = reverse("book_download", args=[book.pk])
    print(json.dumps({"address": address, "session": client.session.session_key}))


def _seconds_to_load_demo() -> float:
    began = perf_counter()
    call_command("load_demo", force=True, stdout=StringIO())
    return perf_counter() - began


def _add(numbers: range) -> None:
    chance = Random(numbers.start)  # noqa: S311 (the same books in every run)
    subjects = [Subject.objects.get_or_create(name=f"Subject {number}")[0] for number in range(SUBJECTS)]
    authors = Author.objects.bulk_create(Author(name=f"Writer {number}") for number in numbers)
    books = Book.objects.bulk_create(
        Book(
            title=f"No. {number:05} of the {' '.join(chance.sample(WORDS, 2))}",
            description=" ".join(chance.choices(WORDS, k=60)),
            contents=[{"title": "One", "chapter": 1, "fragment": "", "depth": 0}],
            price=900,
        )
        for number in numbers
    )
    Authorship.objects.bulk_create(
        Authorship(book=book, author=author) for book, author in zip(books, authors, strict=True)
    )
    Book.subjects.through.objects.bulk_create(
        Book.subjects.through(book=book, subject=chance.choice(subjects)) for book in books
    )
    Chapter.objects.bulk_create(
        Chapter(book=book, number=1, title="One", html="<p>Rain.</p>") for book in books
    )
    index(*books)


def _session_of(email: str) -> str:
    client = Client()
    client.force_login(CustomUser.objects.create_user(email))
    return client.session.session_key


def _analyze() -> None:
    """Update the planner's statistics, as the server itself does after a while."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
