"""A look at the first thousand books of a list: how many they are, and what one can choose from among them.

Counting all books of a long list, or all its subjects, would take a database with a million books seconds.
"""

from collections import Counter
from functools import cached_property

from django.db.models import Count, F, Value
from django.db.models.fields import CharField

from books.models import Authorship, Book
from books.models.catalogue.querysets import MOST_COUNTED

MOST_NAMED = 100
COLUMNS = ("pk", "language", "price", "word_count", "rating", "epub", "pdf", "series__title")


class Sample:
    """Up to MOST_COUNTED of the books, and what they have to choose from. Asks the database when made.

    Of more books than that, the names on offer are those of the first MOST_NAMED.
    """

    def __init__(self, books, *, is_everything=False):
        found = list(books.values(*COLUMNS)[: MOST_COUNTED + 1])
        self.books = found[:MOST_COUNTED]
        self.is_whole = len(found) <= MOST_COUNTED
        if self.is_whole and is_everything:
            # A thousand ids would take longer to send than the names to find.
            self._members = books.order_by().values("pk")
        else:
            self._members = self.pks if self.is_whole else self.pks[:MOST_NAMED]

    @property
    def pks(self):
        """The ids of the books."""
        return [book["pk"] for book in self.books]

    @cached_property
    def names(self):
        """The books' subjects, authors and series by name, each with its number of books."""
        counters = {"subject": Counter(), "author": Counter(), "series": Counter()}
        counters["series"].update(book["series__title"] for book in self.books if book["series__title"])
        subjects = Book.subjects.through.objects.filter(book__in=self._members)
        authorships = Authorship.objects.order_by().filter(book__in=self._members)
        for facet, name, count in _named(subjects, "subject").union(_named(authorships, "author"), all=True):
            counters[facet][name] = count
        return counters


def _named(rows, facet):
    named = rows.values(named=F(f"{facet}__name")).annotate(of=Value(facet, CharField()), number=Count("*"))
    return named.values_list("of", "named", "number")
