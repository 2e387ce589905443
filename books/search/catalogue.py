"""Finding books by title, author, subject and description.

Words are folded and stemmed here, so that PostgreSQL and SQLite, each with its own index (migrations 0005
and 0019), find the same books in the same order.
"""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import QuerySet

from books.models import Book

from . import ranking
from .language.spelling import correct
from .language.words import clean
from .wanted import Has, Wanted, known_languages


@dataclass(frozen=True)
class Found:
    """The ids of the published books that match, best first: the best ones, if there are very many."""

    wanted: Wanted
    # The words searched for instead if the visitor's own found nothing.
    corrected: str = ""

    @cached_property
    def _all(self):
        return ranking.few(self.wanted) if self.wanted.words else []

    @property
    def has_more(self):
        """Whether more books match than are counted and shown."""
        return self._all is None

    @property
    def count(self):
        """How many are counted and shown."""
        return ranking.MOST_FOUND if self.has_more else len(self._all)

    def __getitem__(self, part):
        if self.has_more:
            return ranking.best(self.wanted, part.stop)[part]
        return [ranking.key(pk) for pk in self._all[part]]


def search(query: str) -> Found:
    """Find the published books with every word of the query, one that begins so or another form of it.

    Title matches come first, then authors, subjects, description. When nothing matches, misspelt words
    are corrected and searched for instead.
    """
    languages = known_languages()
    found = Found(Wanted.of(clean(query), languages))
    if found.count or not (phrase := correct(found.wanted.words)):
        return found
    return Found(Wanted.of(phrase, languages), corrected=phrase)


def matching(books: QuerySet[Book], query: str) -> QuerySet[Book]:
    """Return those of the books that match the query, or else the query without its misspellings."""
    languages = known_languages()
    wanted = Wanted.of(clean(query), languages)
    if not wanted.words:
        return books.none()
    found = books.filter(Has(wanted))
    # Not exists(): PostgreSQL would look for one row by going through the books, and through all for none.
    is_found = found.order_by().values("pk")[: ranking.MOST_FOUND].count()
    if not is_found and (phrase := correct(wanted.words)):
        return books.filter(Has(Wanted.of(phrase, languages)))
    return found
