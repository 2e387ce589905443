"""What lists and pages ask about books."""

from django.db import models
from django.db.models import Case, Count, Q, QuerySet, When

from .authors import Authorship, authors_prefetch
from .orders import BOOK_ORDERS

# The stars that a review can give, best first.
RATINGS = (5, 4, 3, 2, 1)

# Counting a million rows takes half a second, and nobody minds whether it is a thousand more.
MOST_COUNTED = 1_000
# Related books are looked for among the latest so many by each author and on each subject, and by and on the
# first few of these that a book names.
LATEST = 50
FIRST_NAMES = 5


class BookQuerySet(models.QuerySet):
    def published(self):
        """Books that everybody may see. Whether one visitor may see one book is up to access.may_see."""
        return self.filter(is_published=True)

    def with_covers(self):
        """Books with what their covers and titles need, in two queries for any number of books."""
        return self.without_text().prefetch_related(authors_prefetch())

    def for_cards(self):
        """Books with what a card shows, in two queries for any number of books."""
        return self.without_text().select_related("series").prefetch_related(authors_prefetch())

    def without_text(self):
        """Books without the two long fields, which only the book's own page shows."""
        return self.defer("description", "contents")

    def in_order(self, order):
        """Books in one of BOOK_ORDERS."""
        return self.order_by(*BOOK_ORDERS[order])

    def with_tallies(self):
        """Books with their number of reviews by stars."""
        visible = Q(reviews__hidden_at=None)
        stars = {
            f"reviews_of_{stars}": Count("reviews", filter=visible & Q(reviews__rating=stars))
            for stars in RATINGS
        }
        return self.annotate(**stars)

    def related_to(self, book):
        """Other published books by one of its authors, then those on one of its subjects.

        Only the latest of each author and subject are looked at, so that it costs the same for an author of
        ten books and of ten thousand.
        """
        authors = book.authorships.values_list("author", flat=True)[:FIRST_NAMES]
        subjects = book.subjects.values_list("pk", flat=True)[:FIRST_NAMES]
        by_author = [_latest(Authorship, author=author) for author in authors]
        on_subject = [_latest(self.model.subjects.through, subject=subject) for subject in subjects]
        if not by_author + on_subject:
            return self.none()
        comes_first = Q(pk__in=QuerySet.union(*by_author) if by_author else [])
        return (
            self.filter(pk__in=QuerySet.union(*by_author, *on_subject))
            .exclude(pk=book.pk)
            .order_by(Case(When(comes_first, then=0), default=1), *BOOK_ORDERS["newest"])
        )

    def count_some(self):
        """Return how many there are, or MOST_COUNTED + 1 if there are more than MOST_COUNTED."""
        return self.order_by()[: MOST_COUNTED + 1].count()


def _latest(links, **of):
    """Return the books of the latest authorships, or of the like for a subject."""
    latest = links.objects.filter(book__is_published=True, **of).order_by("-pk").values("pk")[:LATEST]
    # Wrapped, because SQLite has no limit within a union.
    return links.objects.filter(pk__in=latest).order_by().values("book")
