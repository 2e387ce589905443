"""Rows for tests, with what a test does not care about filled in."""

from django.db import transaction
from django.utils.text import slugify

from books import access, search
from books.models import Author, Authorship, Book, Bundle, Chapter, Review, Subject
from books.publishing.covers import store_cover
from books.publishing.files import taken_back_on_failure
from books.publishing.quarantine.examining import examine_cover
from users.models import CustomUser


def make_reader(name="bob", *, all_books=False):
    """Save a reader, who owns nothing unless told otherwise."""
    reader = CustomUser.objects.create_user(f"{name}@example.com", "testpass123", username=name.title())
    if all_books:
        access.give_permission(reader, by=None)
    return reader


def make_staff():
    """Save Grace, who runs the shop."""
    return CustomUser.objects.create_superuser("grace@example.com", "testpass123")


def make_book(title="The Ferry at Low Water", *, authors=("Ada Quill",), subjects=(), chapters=2, **fields):
    """Save a book that can be found and read."""
    fields = {"price": 900, "description": "Eleven minutes across.", "word_count": 10 * chapters} | fields
    contents = [
        {"title": f"Chapter {number}", "chapter": number, "fragment": "", "depth": 0}
        for number in range(1, chapters + 1)
    ]
    book = Book.objects.create(title=title, contents=contents, **fields)
    for position, name in enumerate(authors):
        author, _ = Author.objects.get_or_create(name=name)
        Authorship.objects.create(book=book, author=author, position=position)
    book.subjects.set([Subject.objects.get_or_create(name=name)[0] for name in subjects])
    Chapter.objects.bulk_create(
        Chapter(book=book, number=number, title=f"Chapter {number}", html="<p>It rained.</p>")
        for number in range(1, chapters + 1)
    )
    search.index(book)
    return book


def set_cover(book, image_bytes):
    """Give a saved book this cover, as staff do; raises UnusableCover."""
    cover = examine_cover(image_bytes)
    with taken_back_on_failure() as write, transaction.atomic():
        store_cover(book, cover, write)
        book.save(update_fields=["cover", "cover_widths", "cover_height"])


def make_books(count):
    """Save books called Book 1, Book 2 and so on, each by somebody else."""
    return [make_book(f"Book {number}", authors=[f"Author {number}"]) for number in range(1, count + 1)]


def make_review(book, author=None, *, rating=4, text="Read in one evening."):
    """Save a review; one without an author is by somebody who has left."""
    return Review.objects.create(book=book, author=author, rating=rating, text=text)


def make_bundle(title, *books, price=1500):
    """Save a bundle of these books."""
    bundle = Bundle.objects.create(title=title, slug=slugify(title), price=price)
    bundle.books.set(books)
    return bundle
