"""The parts of a page that differ from reader to reader.

A template writes {% personal "a/template.html" book=book %}, which is like {% include %} with these variables
and those of the request alone. In a page that many will see, it leaves a gap instead, and notes what belongs
there.
"""

import secrets
from functools import cached_property
from typing import NamedTuple

from django.db.models import IntegerField
from django.template import Engine, RequestContext, Template
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.safestring import mark_safe

from books import access
from books.models import Book, Bundle, Prices, ReviewReport
from books.models.catalogue.cards import Card
from books.reading.library import STRANGER, continued_books, standings
from users.prepared import Given, PreparedForSeveral

from .currencies import prices_of

# Nobody can write it into a review or a book.
GAP = f"\0{secrets.token_hex(8)}\0"
# Bytes of a note, generously: its variables are texts, numbers and products with a few fields.
NOTE = 2048
# The fields of a product that personal parts show. Any other is looked up when it is needed.
_FIELDS = {
    Book: {
        *("id", "title", "language", "price", "minimum_price", "word_count", "sample_chapters"),
        *("epub", "pdf", "is_published", "first_published_at", "opens_at"),
    },
    Bundle: {"id", "title", "slug", "price", "everything"},
}


class Note(NamedTuple):
    """What belongs into a gap. `by_standing`: it depends on how the reader stands to `book`, and on no more.

    Then it is the same for all who have not begun the book, whether they own it or not, and kept in
    `rendered` by that.
    """

    template: str
    variables: dict[str, object]
    by_standing: bool
    rendered: dict[bool, bytes]


class SharedPage(NamedTuple):
    """A page with gaps: its segments in UTF-8, what belongs between them, and the prices that it shows.

    Several threads fill it at the same time, so nothing in it may be changed but `rendered`.
    """

    segments: list[bytes]
    notes: list[Note]
    prices: Prices

    @property
    def size(self):
        size = sum(map(len, self.segments)) + NOTE * len(self.notes)
        for note in self.notes:
            for value in note.variables.values():
                if isinstance(value, str):
                    # Once more where it has been rendered.
                    size += 2 * len(value)
                elif isinstance(value, list):
                    size += NOTE * len(value)
        return size


class Gaps:
    """The gaps of the page that is being rendered for a request, which has them as `gaps`."""

    def __init__(self, prices=None):
        self.notes = []
        self.prices = prices

    def leave(self, template, variables, by_standing):
        """Note what belongs here; return the gap."""
        light = {name: _light(value) for name, value in variables.items()}
        self.notes.append(Note(template, light, by_standing, {}))
        return mark_safe(GAP)  # noqa: S308 (a constant)

    def in_page(self, text):
        """Return the rendered page with its gaps."""
        return SharedPage([segment.encode() for segment in text.split(GAP)], self.notes, self.prices)


def gaps_of(context):
    """Return the gaps of the page or piece that is rendered in this context; None if nobody will fill any."""
    if hasattr(context, "gaps"):
        return context.gaps
    return getattr(context.get("request"), "gaps", None)


def _light(value):
    """Return a product with a few of its fields, so that no shared page holds whole rows in memory."""
    if isinstance(value, list):
        return [_light(each) for each in value]
    if type(value) not in _FIELDS:
        return value
    loaded = value.__dict__.keys() & _FIELDS[type(value)]
    names = [field.attname for field in value._meta.concrete_fields if field.attname in loaded]
    # A file's field holds the whole row once it has been looked at.
    values = [getattr(value.__dict__[name], "name", value.__dict__[name]) for name in names]
    light = type(value).from_db(value._state.db, names, values)
    # Not a field, but counted by the query for bundles on offer.
    if hasattr(value, "book_count"):
        light.book_count = value.book_count
    return light


class Reader:
    """What the personal parts of a page say about who asks for it, looked up once for the whole page."""

    def __init__(self, user, notes, prices):
        self.user = user
        self.prices = prices
        # Of the books that they continue, once those are known.
        self.continued_standings = {}
        values = [value for note in notes for value in note.variables.values()]
        self._noted = [each for value in values for each in (value if isinstance(value, list) else [value])]
        self._reviews = [note.variables["review"] for note in notes if "review" in note.variables]

    def standing(self, book):
        """Return whether they own this book of the page, and how far they are in it."""
        return self.continued_standings.get(book.pk) or self._standings.get(book.pk, STRANGER)

    @cached_property
    def _standings(self):
        if not self.user.is_authenticated:
            return {}
        return standings(
            self.user, {each.pk: each for each in self._noted if isinstance(each, Book | Card)}.values()
        )

    @cached_property
    def products(self):
        """The products on the page, whose prices depend on what the reader has paid already."""
        return list({each.reference: each for each in self._noted if type(each) in _FIELDS}.values())

    @cached_property
    def reads_all_books(self):
        return access.has_all_books(self.user)

    @cached_property
    def reported(self):
        """The reviews on the page, by their ids, that the reader has reported."""
        reviews = self._reviews if self.user.is_authenticated else []
        return {review for (review,) in _reported(reviews, reader=self.user.pk)}

    @cached_property
    def continued(self):
        """The cards of the books that they continue."""
        if not self.user.is_authenticated:
            return []
        cards, self.continued_standings = continued_books(self.user)
        return cards


@PreparedForSeveral.of(IntegerField())
def _reported(reviews):
    reports = ReviewReport.objects.filter(review__pk__in=reviews, reporter=Given("reader", IntegerField()))
    return reports.order_by().values_list("review")


def fill(request, page, personal=None):
    """Return the page as bytes, with its gaps filled for who asks; `personal` are more variables for them."""
    request.prices = page.prices
    context = RequestContext(request)
    context.push({"reader": Reader(request.user, page.notes, page.prices), **(personal or {})})
    filled = [page.segments[0]]
    with context.bind_template(Template("", engine=Engine.get_default())):
        for note, segment in zip(page.notes, page.segments[1:], strict=True):
            filled += [_filled(context, note), segment]
    return b"".join(filled)


def _filled(context, note):
    if not note.by_standing:
        return render_part(context, note.template, note.variables).encode()
    standing = context["reader"].standing(note.variables["book"])
    if standing.read_at:
        return render_part(context, note.template, note.variables).encode()
    is_open = standing.is_open
    if is_open not in note.rendered:
        note.rendered[is_open] = render_part(context, note.template, note.variables).encode()
    return note.rendered[is_open]


def render_personal(request, template, context, personal=None):
    """Return a page as bytes that is this reader's alone, such as one with their errors."""
    request.gaps = gaps = Gaps(prices_of(request))
    try:
        text = render_to_string(template, context, request)
    finally:
        # The page that says what went wrong is rendered for the same request, and nobody fills gaps in it.
        request.gaps = None
    return fill(request, gaps.in_page(text), personal)


def render_part(context, name, variables):
    """Return a personal part as text."""
    if "book" in variables and "standing" not in variables:
        # Where each reader's page is rendered by itself, the view has asked how they stand to its books.
        book, reader = variables["book"], context.get("reader")
        standing = SimpleLazyObject(lambda: reader.standing(book)) if reader else book
        variables = variables | {"standing": standing}
    with context.push(**variables):
        return context.template.engine.get_template(name).render(context)
