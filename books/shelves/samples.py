"""A look at the first thousand books of a list: how many they are, and what one can choose from among them.

Counting all books of a long list, or all its subjects, would take a database with a million books seconds.
"""

from collections import Counter, defaultdict
from functools import cache
from typing import NamedTuple

from django.db.models import Count, F, Value
from django.db.models.fields import CharField, UUIDField

from books.models import Authorship, Book, Prices
from books.models.catalogue.querysets import MOST_COUNTED
from books.models.prices import NO_SALES
from users.prepared import Prepared, PreparedForSeveral

from .facets import answers_tallied, conditions_tallied
from .price_bands import is_usual, price_bands

MOST_NAMED = 100
# Most authors have fewer books. With many, sending their ids takes longer than putting the query together.
MOST_PREPARED = 64


class Tally(NamedTuple):
    """How many books a list has, up to MOST_COUNTED, and how many of them leave which answers: plain values.

    `numbers` are (facet, value, number), several times if parts of the books were counted apart.
    """

    number: int
    is_whole: bool
    numbers: tuple[tuple[str, str, int], ...]

    def counts(self):
        """Return a Counter of values for each facet."""
        counts = defaultdict(Counter)
        for facet, value, number in self.numbers:
            counts[facet][value] += number
        return counts


class Sample:
    """Up to MOST_COUNTED books of a list, and what they have to choose from. Asks the database when made.

    Of more books than that, only their languages are counted, and the names on offer are those of the first
    MOST_NAMED. The ids, `pks`, are known unless the list is everything that is published. What costs how much
    is counted by these `prices`.
    """

    def __init__(self, books=None, *, prices):
        self._prices, self._price = prices, price_bands(prices)
        if books is None:
            languages = [language for (language,) in _languages(MOST_COUNTED + 1)()]
        else:
            found = list(books.values_list("pk", "language")[: MOST_COUNTED + 1])
            self.pks = [pk for pk, _ in found[:MOST_COUNTED]]
            languages = [language for _, language in found]
        self.number = min(len(languages), MOST_COUNTED)
        self.is_whole = len(languages) <= MOST_COUNTED
        names, tallies = self._of_everything() if books is None else self._of_books()
        numbers = [("language", language, number) for language, number in Counter(languages).items()]
        answers = answers_tallied(self._price)
        for row in tallies:
            numbers += [(*answer, each) for answer, each in zip(answers, row, strict=True)]
        self.tally = Tally(self.number, self.is_whole, (*names, *numbers))

    def _of_everything(self):
        # Not by their ids: a thousand would take longer to send than the names to find.
        if not self.is_whole:
            return _names_of_first(MOST_NAMED)(), []
        if self._is_usual:
            return _names_of_everything(), _tallies_of_everything(self._prices.currency)()
        return _names_of_everything(), _tallies(_published(), self._price)

    def _of_books(self):
        if not self.is_whole:
            return _names(self.pks[:MOST_NAMED]), []
        if len(self.pks) > MOST_PREPARED:
            return _names(self.pks), _tallies(self.pks, self._price)
        if self._is_usual:
            return _names_of(self.pks), _tallies_of(self._prices.currency)(self.pks)
        return _names_of(self.pks), _tallies(self.pks, self._price)

    @property
    def _is_usual(self):
        """Whether prices are the regular ones of the base currency, whose bands are always the same ones."""
        return is_usual(self._prices)


def _tallies(books, price):
    """Return the numbers of these books in each choice that is tallied, for each language."""
    conditions = enumerate(conditions_tallied(price))
    tallies = {f"tally_{number}": Count("pk", filter=each) for number, each in conditions}
    rows = Book.objects.filter(pk__in=books).order_by().values("language").annotate(**tallies)
    return rows.values_list(*tallies)


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


def _published():
    return Book.objects.published().values("pk")


@cache
def _languages(most):
    return Prepared(lambda: Book.objects.published().in_order("newest").values_list("language")[:most])


@cache
def _names_of_first(most):
    return Prepared(lambda: _names(_published().in_order("newest")[:most]))


_names_of_everything = Prepared(lambda: _names(_published()))
_names_of = PreparedForSeveral(_names, UUIDField())


# A shop has one base currency.
@cache
def _tallies_of_everything(currency):
    return Prepared(lambda: _tallies(_published(), price_bands(Prices(sales=NO_SALES))))


@cache
def _tallies_of(currency):
    return PreparedForSeveral(lambda books: _tallies(books, price_bands(Prices(sales=NO_SALES))), UUIDField())
