"""What lists and pages ask about books."""

from django.db import models
from django.utils import timezone

from books.models.preorders.opening import unopened

from .authors import authors_prefetch
from .cards import card_columns, cards_of
from .orders import BOOK_ORDERS

# The stars that a review can give, best first.
RATINGS = (5, 4, 3, 2, 1)

# Counting a million rows takes half a second, and nobody minds whether it is a thousand more.
MOST_COUNTED = 1_000

# What a cover, a title and an offer of the sample need, and what a card does.
_ON_COVERS = ("title", "language", "cover", "cover_widths", "cover_height", "word_count", "sample_chapters")
_ON_CARDS = (
    *_ON_COVERS,
    *("title_file_as", "series", "series_position", "price", "minimum_price", "rating", "review_count"),
    *("is_published", "first_published_at", "opens_at", "epub"),
)


class BookQuerySet(models.QuerySet):
    def published(self):
        """Books that everybody may see. Whether one visitor may see one book is up to access.may_see."""
        return self.filter(is_published=True)

    def unopened(self):
        """Books that are sold before they can be read."""
        return self.filter(unopened(timezone.now()))

    def with_covers(self):
        """Books with what their covers, titles and samples need, in two queries for any number of books."""
        return self.only(*_ON_COVERS).prefetch_related(authors_prefetch())

    def for_cards(self):
        """Books with what a card shows, in two queries for any number of books."""
        return self.only(*_ON_CARDS).select_related("series").prefetch_related(authors_prefetch())

    def cards(self):
        """Return the Cards of these books, in two queries for any number."""
        return cards_of(self.values_list(*card_columns()))

    def without_text(self):
        """Books without the two long fields, which only the book's own page shows."""
        return self.defer("description", "contents")

    def in_order(self, order):
        """Books in one of BOOK_ORDERS."""
        return self.order_by(*BOOK_ORDERS[order])

    def count_some(self):
        """Return how many there are, or MOST_COUNTED + 1 if there are more than MOST_COUNTED."""
        return self.order_by()[: MOST_COUNTED + 1].count()
