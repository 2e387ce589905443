"""A list of books as a visitor asks for it: which of them, in which order, from which place on, how many."""

from contextlib import nullcontext
from functools import cached_property, lru_cache, reduce
from operator import and_, methodcaller
from string import ascii_uppercase
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404

from books.models import Book, Prices
from books.models.catalogue.orders import BOOK_ORDERS, SERIES_ORDER
from books.search.accessibility_filters import FILTERS, accessible
from books.search.bounded_queries import bounded_queries

from . import facets, places
from .pages import Page, anywhere
from .price_bands import TodaysOrder, jumps_along, price_bands, price_order
from .samples import Sample

SIZES = (24, 12, 48, 96)
VIEWS = ("grid", "list")
# Where one can jump to in a list; in the newest, to any day.
STARTS = {
    "newest": {"label": "Go to date"},
    "title": {"label": "Go to letter", "choices": [(letter, letter) for letter in ascii_uppercase]},
}
# The parameters of an address that belong to one place in one order.
PLACES = ("after", "before", "from", "page")


class Shelf:
    """A list of books, from the parameters of an address.

    Nothing asks the database until a template needs it. `within` narrows the list to one author, subject or
    series, by the facet's name; `prices` are those of the visitor's currency, the shop's own without them.
    Raises NoSuchPlace for an address that names none.
    """

    def __init__(self, query, reader, *, prices=None, **within):
        self._prices = prices or Prices()
        self._query = query
        self._reader = reader
        self._within = within
        orders = {"series": SERIES_ORDER, **BOOK_ORDERS} if "series" in within else BOOK_ORDERS
        self.orders = orders | {"price": price_order(self._prices)}
        self.order = _one_of(self.orders, query.get("sort"))
        self.view = _one_of(VIEWS, query.get("view"))
        self.size = int(_one_of([str(size) for size in SIZES], query.get("size")))
        self.ways = [way for way in FILTERS if way in query.getlist("access")]
        offered = facets.facets_for(reader, price_bands(self._prices))
        self._facets = [facet for facet in offered if facet.name not in within]
        self._chosen = {
            facet.name: value for facet in self._facets if facet.accepts(value := query.get(facet.name, ""))
        }
        self._place = self._read_place()

    @property
    def is_filtered(self):
        """Whether the visitor has narrowed the list."""
        return bool(self._chosen or self.ways)

    @property
    def is_first_page(self):
        """Whether the list is shown from its beginning."""
        return not self._place

    @property
    def own_address(self):
        """The query under which search engines may list this page; None if they should not.

        Following the list in its usual order, they find each book once.
        """
        is_usual = self.order == next(iter(self.orders)) and "after" in self._query
        if self.is_filtered or (self._place and not is_usual):
            return None
        return f"?{urlencode({'after': self._query['after']})}" if self._place else ""

    @cached_property
    def page(self):
        """The page of books that is shown. Raises Http404 for a place, or an author, without books."""
        books = None
        # Looking for the few books that match along an order could take very long: sort those few instead.
        if self._is_narrowed and self.sample.is_whole:
            books = Book.objects.filter(pk__in=self.sample.pks)
        elif self._is_narrowed:
            books = self._books.filter(self._along_the_order)
        elif isinstance(self._order, TodaysOrder):
            books = self._books
        page = self._page(books, **self._place)
        with self._bounded():
            if self._jumps and not page:
                # Nothing is so late, or so dear: this is the end of the list.
                page = self._page(books, end=anywhere)
            if not page and (self._place or (self._within and not self.is_filtered)):
                raise Http404("There are no books at this place of the list.")
        return page

    @cached_property
    def sample(self):
        """The number of books, if they are not too many, and what they have to choose from."""
        if not self._is_narrowed:
            return Sample(prices=self._prices)
        with self._bounded():
            # In no order, so that the database looks for what is rarest first.
            return Sample(self._books.order_by(), prices=self._prices)

    @property
    def questions(self):
        """The facets as (name, label, what is chosen, choices), but not those that would leave every book."""
        asked = tuple(facet for facet in self._facets if facet.name != facets.MINE)
        return _questions(asked, self.sample.tally, tuple(self._chosen.items()))

    @property
    def mine(self):
        """What a reader has chosen about their own library; whether there is a reader, the page knows."""
        return self._chosen.get(facets.MINE, "")

    @property
    def accessibility(self):
        """The accessibility filters, as (value, label, whether it is chosen)."""
        return tuple((way, label, way in self.ways) for way, (label, _) in FILTERS.items())

    @property
    def chips(self):
        """What is chosen, as (label in words, the changes to the address that remove it)."""
        by_name = {facet.name: facet for facet in self._facets}
        for name, value in self._chosen.items():
            yield by_name[name].label_of(value), self.from_the_beginning | {name: None}
        for way in self.ways:
            others = [each for each in self.ways if each != way]
            yield FILTERS[way][0], self.from_the_beginning | {"access": others or None}

    @property
    def from_the_beginning(self):
        """The changes to the address that lead to the first page."""
        return dict.fromkeys(PLACES)

    @property
    def unfiltered(self):
        """The changes to the address that take all filters away."""
        return self.from_the_beginning | dict.fromkeys([*(facet.name for facet in self._facets), "access"])

    @property
    def start(self):
        """What one can jump to in this order; None where there is nothing."""
        if self.order == "price":
            return {"label": "Go to price", "choices": jumps_along(self._prices)}
        return STARTS.get(self.order)

    @property
    def sizes(self):
        """The numbers of books that a page can show."""
        return tuple(sorted(SIZES))

    @property
    def query(self):
        """The query of the address."""
        return self._query.urlencode()

    @property
    def orders_offered(self):
        """The names of the orders, the usual one first."""
        return tuple(self.orders)

    @property
    def look(self):
        """The parameters for how the list is shown, as (name, value): what a form about its books keeps."""
        return tuple((name, self._query[name]) for name in ("sort", "view", "size") if name in self._query)

    @property
    def choice(self):
        """The parameters for which books are shown and how: what a form that jumps keeps."""
        return [*self.look, *self._chosen.items(), *(("access", way) for way in self.ways)]

    @property
    def _order(self):
        return self.orders[self.order]

    @property
    def _is_narrowed(self):
        return self.is_filtered or bool(self._within)

    @cached_property
    def _books(self):
        books = accessible(Book.objects.published(), self.ways)
        for name, named in self._within.items():
            books = books.filter(facets.WITHIN[name].of_one(named.pk))
        for facet in self._facets:
            if facet.name in self._chosen:
                books = books.filter(facet.condition(self._chosen[facet.name]))
        return books

    @property
    def _along_the_order(self):
        chosen = [facet for facet in self._facets if facet.name in self._chosen]
        conditions = (facet.condition_along(self._order, self._chosen[facet.name]) for facet in chosen)
        return reduce(and_, conditions, Q())

    def _page(self, books, **place):
        return Page(books, self._order, size=self.size, **place)

    def _bounded(self):
        # A whole list that an index has in its order takes no time.
        without_index = self._is_narrowed or isinstance(self._order, TodaysOrder)
        return bounded_queries() if without_index else nullcontext()

    @property
    def _jumps(self):
        return "from" in self._query and not {"after", "before"} & self._query.keys()

    def _read_place(self):
        """Return the arguments for Page."""
        if text := self._query.get("after"):
            return {"beginning": methodcaller("after", places.read(self._order, text))}
        if text := self._query.get("before"):
            return {"end": methodcaller("before", places.read(self._order, text))}
        if text := self._query.get("from"):
            return {"beginning": methodcaller("starting_at", places.read_start(self._order, text))}
        return {}


# Sorting the choices takes longer than counting them, and most changes leave the numbers as they were.
@lru_cache(16)
def _questions(asked, tally, chosen):
    questions, chosen, counts = [], dict(chosen), tally.counts()
    for facet in asked:
        answer = chosen.get(facet.name, "")
        choices = tuple(facet.choices(counts[facet.name], answer, is_whole=tally.is_whole))
        if answer or any(choice.count != tally.number for choice in choices):
            questions.append((facet.name, facet.label, answer, choices))
    return tuple(questions)


def _one_of(choices, value):
    """Return the value if it is one of the choices, or else the first choice."""
    return value if value in choices else next(iter(choices))
