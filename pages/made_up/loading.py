"""Puts a made-up shop into the database."""

from collections.abc import Callable, Sequence
from itertools import batched

from django.db import connection, transaction

from books.models import (
    Author,
    Authorship,
    Book,
    Bundle,
    Chapter,
    Grant,
    Review,
    SearchEntry,
    SearchSpelling,
    SearchWord,
    Series,
    Subject,
)
from books.search.indexing import learn_from
from orders.models import Allocation, Attempt, Order, OrderLine
from users.models import CustomUser

from . import books, trade
from .books import IDENTIFIER, MadeUpBook
from .pictures import store_covers
from .tables import Table, free_numbers, indexes_set_aside
from .trade import MadeUpOrder
from .words import SUBJECTS, author_name, series_title

# Books that are written together; all of their rows are in memory.
BATCH = 5_000
BOOKS_PER_AUTHOR = 10
BOOKS_PER_BUNDLE, BOOKS_IN_BUNDLE, MOST_BUNDLES = 500, 10, 50
BUNDLE_PRICE = 2900

MODELS = (
    *(Author, Subject, Series, Book, Authorship, Book.subjects.through, Chapter),
    *(SearchEntry, SearchWord, SearchSpelling),
    *(CustomUser, Review, Order, OrderLine, Attempt, Allocation, Grant),
)


def made_up_books():
    """Return the made-up books of this shop."""
    return Book.objects.filter(identifier__startswith=IDENTIFIER)


def load(total: int, *, seed: int, progress: Callable[[int], None]) -> None:
    """Add made-up books, with all that belongs to them, until there are `total`; all of them or none.

    `progress` is told how many books have been written. Nobody else may write to the shop while it runs.
    """
    numbers = range(made_up_books().count(), total)
    store_covers()
    with transaction.atomic():
        if Book.objects.exists():
            _Loader(numbers, seed).load(progress)
        else:
            with indexes_set_aside(*MODELS):
                _Loader(numbers, seed).load(progress)
        free_numbers(Author, Series, CustomUser, OrderLine)
        _analyze()


class _Loader:
    """Writes one table after the other, each batch of books in the order in which rows refer to rows."""

    def __init__(self, numbers: range, seed: int) -> None:
        self.numbers = numbers
        self.seed = seed
        self.authors = Table(Author, "id", "name")
        self.readers = Table(CustomUser, *trade.READER_COLUMNS)
        self.lines = Table(OrderLine, *trade.LINE_COLUMNS)
        self.series = Table(Series, "id", "title")
        self.next_series = self.series.next_id()
        self.next_author = self.authors.next_id()
        self.known_authors: list[tuple[int, str]] = []
        self.reader_ids = range(first := self.readers.next_id(), first)
        self.next_line = self.lines.next_id()
        self.subject_ids = [Subject.objects.get_or_create(name=name)[0].pk for name in SUBJECTS]

    def load(self, progress: Callable[[int], None]) -> None:
        """Write everything."""
        for batch in batched(self.numbers, BATCH, strict=False):
            made = [MadeUpBook(number, seed=self.seed, total=self.numbers.stop) for number in batch]
            self._write_people(made)
            self._write_books(made)
            self._write_trade(made)
            if batch[0] == self.numbers.start:
                _analyze()
            progress(batch[-1] + 1 - self.numbers.start)
        _make_bundles()

    def _write_people(self, made: list[MadeUpBook]) -> None:
        """Add the authors and readers who come to the shop with these books."""
        authors, readers = made[::BOOKS_PER_AUTHOR], made[:: trade.BOOKS_PER_READER]
        new = list(enumerate((author_name(book.number) for book in authors), self.next_author))
        self.next_author += len(new)
        self.known_authors += new
        self.authors.write(new)
        for book in made:
            book.author = book.chance.choice(self.known_authors)
        self.reader_ids = _longer(self.reader_ids, readers)
        keys = self.reader_ids[-len(readers) :]
        self.readers.write(
            trade.reader_row(key, book.number) for key, book in zip(keys, readers, strict=True)
        )

    def _begin_series(self, made: list[MadeUpBook]) -> None:
        """Make the first few of every so many books the parts of a new series."""
        begun = made[:: books.SERIES_EVERY]
        new = list(enumerate((series_title(book.number) for book in begun), self.next_series))
        self.next_series += len(new)
        self.series.write(new)
        for place, book in enumerate(made):
            series, part = divmod(place, books.SERIES_EVERY)
            if part < books.SERIES_LENGTH:
                book.series, book.series_position = new[series], part + 1

    def _write_books(self, made: list[MadeUpBook]) -> None:
        self._begin_series(made)
        Table(Book, *books.BOOK_COLUMNS).write(map(books.book_row, made))
        Table(Authorship, "book", "author").write((book.id, book.author[0]) for book in made)
        Table(Book.subjects.through, "book", "subject").write(
            (book.id, self.subject_ids[place]) for book in made for place in book.subjects
        )
        Table(Chapter, *books.CHAPTER_COLUMNS).write(row for book in made for row in books.chapter_rows(book))
        Table(SearchEntry, *books.ENTRY_COLUMNS).write(map(books.entry_row, made))
        learn_from(book.findable for book in made)

    def _write_trade(self, made: list[MadeUpBook]) -> None:
        Table(Review, *trade.REVIEW_COLUMNS).write(
            row for book in made for row in trade.review_rows(book, self.reader_ids)
        )
        sold = [book for book in made[:: trade.BOOKS_PER_ORDER] if book.is_sold]
        orders = [
            MadeUpOrder(book, line_id=line_id, readers=self.reader_ids)
            for line_id, book in enumerate(sold, self.next_line)
        ]
        self.next_line += len(orders)
        Table(Order, *trade.ORDER_COLUMNS).write(map(MadeUpOrder.row, orders))
        self.lines.write(map(MadeUpOrder.line, orders))
        Table(Attempt, *trade.ATTEMPT_COLUMNS).write(map(MadeUpOrder.attempt, orders))
        Table(Allocation, *trade.ALLOCATION_COLUMNS).write(map(MadeUpOrder.allocation, orders))
        Table(Grant, *trade.GRANT_COLUMNS).write(map(MadeUpOrder.grant, orders))


def _analyze() -> None:
    """Update the planner's statistics; without them, it takes the tables for empty and plans accordingly."""
    # Without names, PostgreSQL would also lock the tables that all databases of a server share.
    names = ", ".join(model._meta.db_table for model in MODELS) if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {names}")


def _longer(ids: range, newcomers: Sequence) -> range:
    return range(ids.start, ids.stop + len(newcomers))


def _make_bundles() -> None:
    """Add bundles of ten books each, a few tens of them however many books there are."""
    on_sale = made_up_books().published().exclude(price=None)
    wanted = min(on_sale.count() // BOOKS_PER_BUNDLE, MOST_BUNDLES)
    picked = list(on_sale.order_by("title", "id")[: wanted * BOOKS_IN_BUNDLE])
    for number in range(wanted):
        bundle, new = Bundle.objects.get_or_create(
            slug=f"made-up-{number}",
            defaults={"title": f"Ten books, volume {number + 1}", "price": BUNDLE_PRICE},
        )
        if new:
            bundle.books.set(picked[number * BOOKS_IN_BUNDLE : (number + 1) * BOOKS_IN_BUNDLE])
