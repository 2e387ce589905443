"""What lists show of a book, as plain values: two cards that are equal look the same."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Self
from uuid import UUID

from django.db.models import UUIDField
from django.urls import reverse

from books.models.preorders.opening import preorder_words
from users.prepared import PreparedForSeveral

from .authors import Authorship
from .names import readable_address

_COLUMNS = (
    *(
        "id",
        "title",
        "title_file_as",
        "language",
        "price",
        "minimum_price",
        "word_count",
        "rating",
        "review_count",
    ),
    *(
        "first_published_at",
        "cover",
        "cover_height",
        "series_position",
        "opens_at",
        "epub",
        "cover_widths",
        "series",
        "series__title",
    ),
)


class SeriesOfCard(NamedTuple):
    pk: int
    title: str

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return readable_address("series_detail", self)


class Card(NamedTuple):
    """A book as lists show it; the fields are those of Book."""

    id: UUID
    title: str
    title_file_as: str
    language: str
    price: int | None
    minimum_price: int | None
    word_count: int
    rating: float | None
    review_count: int
    first_published_at: datetime | None
    cover: str
    cover_height: int
    series_position: Decimal | None
    cover_widths: tuple[int, ...]
    series: SeriesOfCard | None
    author_names: str
    preorder: str

    @classmethod
    def of(cls, book) -> Self:
        """Return the card of a book from for_cards(); a card is its own."""
        if isinstance(book, cls):
            return book
        fields = {field: getattr(book, field) for field in cls._fields}
        series = book.series and SeriesOfCard(book.series.pk, book.series.title)
        return cls(
            **fields | {"cover": str(book.cover), "cover_widths": tuple(book.cover_widths), "series": series}
        )

    @property
    def pk(self):
        return self.id

    @property
    def series_number(self):
        """The position in the series as it is written, "2" or "1.5"; empty without one."""
        return "" if self.series_position is None else f"{self.series_position.normalize():f}"

    @property
    def reference(self):
        """The word by which orders and forms name the book, as Book.reference."""
        return f"book:{self.id}"

    def get_absolute_url(self):
        return reverse("book_detail", args=[self.id])


def card_columns(prefix=""):
    """Return what cards_of() needs, from a query of books, or of rows with a book in this field."""
    return [f"{prefix}{column}" for column in _COLUMNS]


def cards_of(rows) -> list[Card]:
    """Return the cards of books, of which card_columns() are given, with one query for any number."""
    rows = list(rows)
    names = defaultdict(list)
    for book, name in _authorships([row[0] for row in rows]):
        names[book].append(name)
    return [
        Card(
            *row,
            tuple(widths),
            series and SeriesOfCard(series, title),
            ", ".join(names[row[0]]),
            preorder_words(opens_at, epub),
        )
        for *row, opens_at, epub, widths, series, title in rows
    ]


# In the order of the title page.
@PreparedForSeveral.of(UUIDField())
def _authorships(books):
    return Authorship.objects.filter(book__pk__in=books).values_list("book", "author__name")
