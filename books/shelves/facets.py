"""What a list of books can be narrowed by, each as one choice in the address: ?language=de&price=5-10."""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from django.db.models import Q

from books import access
from books.models import Author, Authorship, Book, Series, Subject
from books.reading.languages import language_name
from books.reading.pace import WORDS_PER_HOUR

# Nobody reads a longer list of choices; the search finds the rest.
MOST_CHOICES = 40
MINE = "mine"


class Choice(NamedTuple):
    """One choice, and how many books it leaves; None if that is not known."""

    value: str
    label: str
    count: int | None = None

    def __str__(self):
        return self.label if self.count is None else f"{self.label} ({self.count})"


class Facet:
    """One question about books, with a choice of answers."""

    def __init__(self, name, label):
        self.name = name
        self.label = label

    def accepts(self, value):
        """Tell whether an address may have this value."""
        raise NotImplementedError

    def condition(self, value):
        """Return the condition for the books that a choice leaves. May ask the database."""
        raise NotImplementedError

    def condition_along(self, order, value):
        """Return what the condition means for where a list in this order begins and ends."""
        return Q()

    def label_of(self, value):
        """Return a choice in words."""
        return value

    def choices(self, values, chosen, *, is_whole):
        """Return the choices to offer: those counted in `values`, and the one that is chosen already.

        `is_whole` says whether all books of the list were counted.
        """
        # Of those with as many books, always the same ones.
        most = sorted(values, key=lambda value: (-values[value], value))[:MOST_CHOICES]
        offered = {*most, chosen} - {""}
        # What is left after a choice says nothing about the other answers to the same question.
        counts = values if is_whole and not chosen else {}
        choices = (Choice(value, self.label_of(value), counts.get(value)) for value in offered)
        return sorted(choices, key=lambda choice: choice.label.casefold())


class Language(Facet):
    def accepts(self, value):
        return 0 < len(value) <= Book._meta.get_field("language").max_length

    def condition(self, value):
        return Q(language=value)

    def label_of(self, value):
        return language_name(value)


class Name(Facet):
    """A choice among authors, subjects or series, by name; `condition` makes one of its id."""

    def __init__(self, name, label, model, field, of_one):
        super().__init__(name, label)
        self.model = model
        self.field = field
        self.of_one = of_one

    def accepts(self, value):
        return 0 < len(value) <= self.model._meta.get_field(self.field).max_length

    def condition(self, value):
        named = self.model.objects.filter(**{self.field: value})
        return self.of_one(named.values_list("pk", flat=True).first())


@dataclass(frozen=True)
class Band:
    """A choice: from one value of a column to another."""

    label: str
    at_least: float
    below: float | None = None


class Fixed(Facet):
    """A question whose answers, `values`, are the same in every shop."""

    values: ClassVar[dict]

    def accepts(self, value):
        return value in self.values

    def choices(self, values, chosen, *, is_whole):
        """Return the answers in their own order; without those that no book has, if that is known."""
        if chosen or not is_whole:
            return [Choice(value, self.label_of(value)) for value in self.values]
        return [Choice(value, self.label_of(value), values[value]) for value in self.values if values[value]]


class Bands(Fixed):
    """A choice among bands of one column, the same in every shop."""

    def __init__(self, name, label, column, bands):
        super().__init__(name, label)
        self.column = column
        self.bands = self.values = bands

    def condition(self, value):
        band = self.bands[value]
        below = {} if band.below is None else {f"{self.column}__lt": band.below}
        return Q(**{f"{self.column}__gte": band.at_least}, **below)

    def condition_along(self, order, value):
        """Return the condition again, for a list in the order of this column; for any other, none."""
        band = self.bands[value]
        return order.within(band.at_least, band.below) if order.columns[0] == self.column else Q()

    def label_of(self, value):
        return self.bands[value].label


class Format(Fixed):
    LABELS = values = {"epub": "EPUB", "pdf": "PDF"}

    def condition(self, value):
        return ~Q(**{value: ""})

    def label_of(self, value):
        return self.LABELS[value]


class Mine(Facet):
    """A choice for one reader; a visitor has none."""

    LABELS = {"yes": "Books I own", "no": "Books I don’t own yet"}

    def __init__(self, reader):
        super().__init__(MINE, "My library")
        self.reader = reader

    def accepts(self, value):
        return self.reader.is_authenticated and value in self.LABELS

    def condition(self, value):
        if access.has_all_books(self.reader):
            # Every published book; the database would compare each with all others.
            return Q() if value == "yes" else Q(pk__in=[])
        mine = Q(pk__in=access.books_of(self.reader).values("pk"))
        return mine if value == "yes" else ~mine

    def label_of(self, value):
        return self.LABELS[value]


LENGTHS = {
    "0-1": Band("Up to an hour", 1, WORDS_PER_HOUR),
    "1-3": Band("1 to 3 hours", WORDS_PER_HOUR, 3 * WORDS_PER_HOUR),
    "3-8": Band("3 to 8 hours", 3 * WORDS_PER_HOUR, 8 * WORDS_PER_HOUR),
    "8": Band("8 hours and more", 8 * WORDS_PER_HOUR),
}
RATINGS = {"4": Band("4 stars and up", 4), "3": Band("3 stars and up", 3)}


def _of_subject(pk):
    return Q(pk__in=Book.subjects.through.objects.filter(subject=pk).values("book"))


def _of_author(pk):
    return Q(pk__in=Authorship.objects.filter(author=pk).order_by().values("book"))


def _of_series(pk):
    return Q(series=pk) if pk else Q(pk__in=[])


SUBJECT = Name("subject", "Subject", Subject, "name", _of_subject)
AUTHOR = Name("author", "Author", Author, "name", _of_author)
SERIES = Name("series", "Series", Series, "title", _of_series)
LANGUAGE = Language("language", "Language")
LENGTH = Bands("length", "Reading time", "word_count", LENGTHS)
FORMAT = Format("format", "Format")
RATING = Bands("rating", "Rating", "rating", RATINGS)
# What an address may be narrowed by, for anybody.
NAMES = ("subject", "author", "series", "language", "price", "length", "format", "rating")

WITHIN = {facet.name: facet for facet in (SUBJECT, AUTHOR, SERIES)}


def facets_for(reader, price):
    """Return every facet that this visitor can choose from; `price` is the one in their currency."""
    facets = (SUBJECT, AUTHOR, SERIES, LANGUAGE, price, LENGTH, FORMAT, RATING)
    return (*facets, Mine(reader)) if reader.is_authenticated else facets


def answers_tallied(price):
    """Return the choices that are the same in every shop, as (facet, value): a sample of books counts them.

    `price` is the facet in the visitor's currency.
    """
    return [(facet.name, value) for facet in _tallied(price) for value in facet.values]


def conditions_tallied(price):
    """Return the conditions of these choices, in the same sequence."""
    return [facet.condition(value) for facet in _tallied(price) for value in facet.values]


def _tallied(price):
    return (price, LENGTH, FORMAT, RATING)
