"""Made-up readers, what they bought and what they think of it."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from uuid import UUID

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from books.money import base_currency
from orders.models import AllocationCause, AttemptApi, AttemptOutcome, OrderStatus

from .books import NEWEST, MadeUpBook
from .words import GIVEN_NAMES, sentences, syllables

# One reader for every five books, and one order for every ten.
BOOKS_PER_READER, BOOKS_PER_ORDER = 5, 10
MOST_REVIEWS = 100

READER_COLUMNS = "id email username password date_joined".split()


def reader_row(key: int, number: int) -> tuple:
    """Return the row of the reader with this number, who cannot log in; with READER_COLUMNS."""
    name = f"{GIVEN_NAMES[number % len(GIVEN_NAMES)]} {syllables(number, 3).capitalize()}"
    return key, f"reader{number}@made-up.example", name, UNUSABLE_PASSWORD_PREFIX, NEWEST


REVIEW_COLUMNS = "book author rating text created_at".split()


def review_rows(book: MadeUpBook, readers: range) -> Iterator[tuple]:
    """Yield reviews by these readers, with REVIEW_COLUMNS; most books have none, a few have many."""
    chance = book.chance
    count = min(int(chance.paretovariate(2)) - 1, MOST_REVIEWS, len(readers))
    for reader in chance.sample(readers, count):
        age = timedelta(minutes=chance.randrange(5_000_000))
        yield book.id, reader, chance.choice((5, 5, 4, 4, 4, 3, 2, 1)), sentences(chance, 2), NEWEST - age


ORDER_COLUMNS = (
    "id user item status amount currency stripe_charge_id stripe_payment_intent_id created_at paid_at".split()
)
LINE_COLUMNS = "id order book title amount item reader is_open".split()
ATTEMPT_COLUMNS = "order number api outcome stripe_charge_id stripe_payment_intent_id created_at".split()
ALLOCATION_COLUMNS = "line book amount cause created_at".split()
GRANT_COLUMNS = "user book order_id granted_at".split()


class MadeUpOrder:
    """A paid order for one book, with the rows that settling it would have written."""

    def __init__(self, book: MadeUpBook, *, line_id: int, readers: range) -> None:
        chance = Random(f"order/{book.id}")  # noqa: S311 (the same orders in every shop)
        self.book = book
        self.id = UUID(int=chance.getrandbits(128), version=4)
        self.line_id = line_id
        self.reader = chance.choice(readers)
        self.charge, self.payment = f"ch_made_up_{self.id.hex}", f"pi_made_up_{self.id.hex}"
        self.paid_at = NEWEST - timedelta(minutes=chance.randrange(1_000_000))

    def row(self) -> tuple:
        """Return the order's row, with ORDER_COLUMNS."""
        item, price = f"book:{self.book.id}", self.book.price
        payment = (self.charge, self.payment, self.paid_at, self.paid_at)
        return self.id, self.reader, item, OrderStatus.PAID, price, base_currency(), *payment

    def line(self) -> tuple:
        """Return the row of its one line, with LINE_COLUMNS."""
        what = (self.book.id, self.book.title, self.book.price, f"book:{self.book.id}")
        return self.line_id, self.id, *what, self.reader, True

    def attempt(self) -> tuple:
        """Return the row of the attempt that paid it, with ATTEMPT_COLUMNS."""
        how = (AttemptApi.PAYMENT_INTENTS, AttemptOutcome.SUCCEEDED)
        return self.id, 1, *how, self.charge, self.payment, self.paid_at

    def allocation(self) -> tuple:
        """Return the row that books its money, with ALLOCATION_COLUMNS."""
        return self.line_id, self.book.id, self.book.price, AllocationCause.PAYMENT, self.paid_at

    def grant(self) -> tuple:
        """Return the row that opens the book for its buyer, with GRANT_COLUMNS."""
        return self.reader, self.book.id, self.id, self.paid_at
