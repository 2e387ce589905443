"""A look at the first thousand books of a list: how many they are, and what one can choose from among them.

Counting all books of a long list, or all its subjects, would take a database with a million books seconds.
"""

from collections import Counter, defaultdict
from functools import cache

from django.db.models import Count, F, Value
from django.db.models.fields import CharField, UUIDField

from books.models import Authorship, Book
from books.models.catalogue.querysets import MOST_COUNTED
from users.prepared import Prepared, PreparedForSeveral

from .facets import TALLIED

MOST_NAMED = 100
# Most authors have fewer books. With many, sending their ids takes longer than putting the query together.
MOST_PREPARED = 64


class Sample:
    """Up to MOST_COUNTED books of a list, and what they have to choose from. Asks the database when made.

    `counts` has a Counter for each facet. Of more books than that, the names on offer are those of the first
    MOST_NAMED. The ids, `pks`, are known unless the list is everything that is published.
    """

    def __init__(self, books=None):
        self.counts = defaultdict(Counter)
        if books is None:
            found = self._tally(_tallies_of_everything(MOST_COUNTED + 1)())
        else:
            self.pks = list(books.values_list("pk", flat=True)[: MOST_COUNTED + 1])
            found = self._tally(_asked(_tallies, self.pks))
        self.number = min(found, MOST_COUNTED)
        self.is_whole = found <= MOST_COUNTED
        most = None if self.is_whole else MOST_NAMED
        names = _names_of_everything(most)() if books is None else _asked(_names, self.pks[:most])
        for facet, name, number in names:
            self.counts[facet][name] = number

    def _tally(self, tallies):
        """Note the tallies; return how many books they are about."""
        for language, number, *others in tallies:
            self.counts["language"][language] = number
            for (facet, value, _), tally in zip(TALLIED, others, strict=True):
                self.counts[facet] += Counter({value: tally})
        return self.counts["language"].total()


def _asked(query, pks):
    """Return the rows of a query about these books; a short one is prepared."""
    return _PREPARED[query](pks) if len(pks) <= MOST_PREPARED else query(pks)


@cache
def _tallies_of_everything(most):
    return Prepared(lambda: _tallies(Book.objects.published().in_order("newest").values("pk")[:most]))


@cache
def _names_of_everything(most):
    # A thousand ids would take longer to send than the names to find.
    books = Book.objects.published().values("pk")
    return Prepared(lambda: _names(books.in_order("newest")[:most] if most else books))


def _tallies(books):
    """Return each language of these books with the number of its books, and of those in each of TALLIED."""
    tallies = {f"tally_{number}": Count("pk", filter=tallied) for number, (*_, tallied) in enumerate(TALLIED)}
    rows = (
        Book.objects.filter(pk__in=books).order_by().values("language").annotate(number=Count("*"), **tallies)
    )
    return rows.values_list("language", "number", *tallies)


def _names(books):
    """Return the names that one can choose from, as (facet, name, number of these books)."""
    subjects = Book.subjects.through.objects.filter(book__pk__in=books).values(named=F("subject__name"))
    authors = Authorship.objects.order_by().filter(book__pk__in=books).values(named=F("author__name"))
    series = (
        Book.objects.order_by().filter(pk__in=books, series__isnull=False).values(named=F("series__title"))
    )
    rows = [_numbered(*each) for each in ((subjects, "subject"), (authors, "author"), (series, "series"))]
    return rows[0].union(*rows[1:], all=True)


def _numbered(rows, facet):
    named = rows.annotate(of=Value(facet, CharField()), number=Count("*"))
    return named.values_list("of", "named", "number")


_PREPARED = {query: PreparedForSeveral(query, UUIDField()) for query in (_tallies, _names)}
