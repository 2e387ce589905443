"""Pieces of pages that are kept by the values that they show."""

import re
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from uuid import uuid4

import pytest
from django.conf import settings
from django.template import Engine
from django.template.base import FilterExpression, Node, Variable
from django.template.defaulttags import ForNode, PartialDefNode, WithNode
from django.template.loader_tags import IncludeNode
from django.template.smartif import TokenBase
from django.test import override_settings
from django.utils.safestring import mark_safe
from hypothesis import given
from hypothesis import strategies as st

from books.models import Book, Price
from books.models.catalogue.cards import Card, SeriesOfCard
from books.models.prices import Reduction
from books.rendering import memory, pieces
from books.shelves.title_page import ShownReview
from books.tests.builders import make_book, make_books, make_reader, make_review

CARD = "includes/_book_card.html"
TEXT = st.text(max_size=20)
CARDS = st.builds(
    Card,
    id=st.uuids(),
    title=TEXT,
    language=st.sampled_from(["en", "de", "ar"]),
    price=st.none() | st.integers(50, 2**31),
    word_count=st.integers(0, 10**6),
    rating=st.none() | st.floats(1, 5),
    review_count=st.integers(0, 10),
    first_published_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    cover=st.sampled_from(["", "covers/a.jpg", "covers/b.jpg"]),
    cover_height=st.integers(1, 1440),
    series_position=st.none() | st.decimals(0, 99, places=2),
    cover_widths=st.sampled_from([(), (240,), (240, 480)]),
    series=st.none() | st.builds(SeriesOfCard, pk=st.integers(1, 99), title=TEXT),
    author_names=TEXT,
)
# {% piece "a/template.html" name=… name=… %}
CALL = re.compile(r'{% piece "([^"]+)"((?: \w+=\S+)*) %}')


def templates():
    return [path.read_text() for path in Path(settings.BASE_DIR, "templates").rglob("*.html")]


def calls():
    """Return every piece of the shop: its template, and the names of its values."""
    found = {CARD: {"book", "price", "minimum", "eager"}}
    for text in templates():
        for name, values in CALL.findall(text):
            assert found.setdefault(name, given_names(values)) == given_names(values), name
    return found


def given_names(values):
    return set(re.findall(r" (\w+)=", values))


def shown_names(part, known):
    """Yield what this part of a template looks up, except what is known already."""
    if isinstance(part, Variable):
        if part.lookups and part.lookups[0] not in known:
            yield part.lookups[0]
        return
    if isinstance(part, Node):
        known = known | {"forloop", "True", "False", "None"} | made_names(part)
        if isinstance(part, IncludeNode):
            included = Engine.get_default().get_template(part.template.var)
            yield from shown_names(included.nodelist, known | set(part.extra_context))
    for each in parts_of(part):
        yield from shown_names(each, known)
        # {% url … as name %} makes a name for what comes after it.
        known = known | {getattr(each, "asvar", None), getattr(each, "target_var", None)}


def parts_of(part):
    """Return what is in a part of a compiled template."""
    if isinstance(part, FilterExpression):
        return [part.var, part.filters]
    if isinstance(part, PartialDefNode):
        return []  # Shown where it is included.
    if isinstance(part, Node | TokenBase):
        part = vars(part)
    if isinstance(part, dict):
        return part.values()
    return part if isinstance(part, list | tuple) else []


def made_names(node):
    """Return the names that a tag makes for what is in it."""
    if isinstance(node, ForNode):
        return set(node.loopvars)
    return set(node.extra_context) if isinstance(node, WithNode) else set()


@pytest.mark.parametrize(("name", "values"), sorted(calls().items()))
def test_a_piece_shows_nothing_that_it_is_not_given(name, values):
    template = Engine.get_default().get_template(name)

    assert set(shown_names(template.nodelist, values)) == set()


def test_what_a_piece_shows_is_found_wherever_it_stands():
    template = Engine.get_default().from_string(
        "{% load words %}{{ a }}{% if b and not c.d %}{{ book.e }}{% endif %}"
        "{% for x in f %}{{ x }}{{ g|default:h }}{% endfor %}{% with i=j %}{{ i }}{% endwith %}"
        '{% url "book_read" k 1 %}{% include "includes/_series.html" with book=l %}'
    )

    assert set(shown_names(template.nodelist, {"book"})) == set("abcfghjkl")


@pytest.mark.parametrize(
    "text", ["{{ user }}", "{% if user %}x{% endif %}", "{% if book and user %}x{% endif %}"]
)
def test_a_piece_that_asks_for_more_is_refused_and_not_kept(text):
    engine = Engine(loaders=[("django.template.loaders.locmem.Loader", {"piece.html": text})])

    with mock.patch.object(Engine, "get_default", return_value=engine):
        for _ in range(2):
            with pytest.raises(pieces.NotAValue, match="user"):
                pieces.piece_of("piece.html", book="The Ferry")

    assert memory.used_by_pieces() == 0


@pytest.mark.parametrize("value", [Book(title="The Ferry"), mark_safe("<b>"), (1, [2]), b"x", object])
def test_only_plain_values_are_taken(value):
    with pytest.raises((pieces.NotAValue, TypeError)):
        pieces.piece_of(CARD, book=value, price=None, minimum=None, eager=False)


# Without the mark of an hour that comes twice: two moments that are equal would be written differently by it.
MOMENTS = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(fold=0))
REDUCTIONS = st.builds(Reduction, st.integers(), st.none() | st.integers(), MOMENTS)
PRICES = st.none() | st.builds(
    Price, st.integers(50, 2**31), st.sampled_from(["usd", "jpy", "kwd"]), st.none() | REDUCTIONS
)


@given(st.lists(CARDS, max_size=5), PRICES, st.booleans())
def test_a_card_from_memory_is_what_would_be_rendered_now(cards, price, eager):
    for card in cards * 2:
        kept = pieces.piece_of(CARD, book=card, price=price, minimum=None, eager=eager)
        fresh = pieces._rendered(CARD, {"book": card, "price": price, "minimum": None, "eager": eager})

        assert kept == fresh


@pytest.mark.django_db
def test_a_change_of_one_book_renders_its_card_alone(client):
    books = make_books(24)
    client.get("/books/")
    Book.objects.filter(pk=books[7].pk).update(title="Another title", price=1234)

    with mock.patch.object(pieces, "_rendered", wraps=pieces._rendered) as rendered:
        page = client.get("/books/").text

    assert "Another title" in page
    assert "$12.34" in page
    assert "Book 8<" not in page
    cards = [call for call in rendered.call_args_list if call.args[0] == CARD]
    assert [call.args[1]["book"].title for call in cards] == ["Another title"]


@pytest.mark.django_db
def test_a_change_of_one_review_renders_it_alone(client):
    book = make_book()
    reviews = [
        make_review(book, make_reader(f"reader{number}"), text=f"Text {number}.") for number in range(5)
    ]
    client.get(book.get_absolute_url())
    reviews[2].text = "I read it again."
    reviews[2].save()

    with mock.patch.object(pieces, "_rendered", wraps=pieces._rendered) as rendered:
        page = client.get(book.get_absolute_url()).text

    assert "I read it again." in page
    assert "Text 2." not in page
    assert [call.args[1]["review"].text for call in rendered.call_args_list] == ["I read it again."]


@pytest.mark.django_db
def test_a_card_is_the_same_from_a_query_and_from_a_row():
    make_books(3)

    rows = Book.objects.for_cards().in_order("title")

    assert [Card.of(book) for book in rows] == Book.objects.in_order("title").cards()


def test_ten_thousand_cards_fit_into_the_bound():
    for number in range(10_000):
        memory.keep_piece((number,), lambda: pieces.Piece("x" * 2_000, []))

    assert memory.MOST_OF_PIECES * 0.9 < memory.used_by_pieces() <= memory.MOST_OF_PIECES


def test_a_long_value_counts_too():
    review = ShownReview(1, 5, "x" * 5_000, "y" * 5_000, datetime(2026, 5, 1, tzinfo=UTC), None, "")

    found = pieces.piece_of("includes/_review.html", review=review, book=uuid4())

    assert memory.used_by_pieces() > len(found.text) + 10_000


def test_what_is_larger_than_the_bound_is_shown_and_not_kept():
    found = memory.keep_piece(("large",), lambda: pieces.Piece("x" * memory.MOST_OF_PIECES, []))

    assert len(found.text) == memory.MOST_OF_PIECES
    assert memory.used_by_pieces() == 0


@pytest.mark.django_db
def test_with_debug_no_piece_is_kept(client):
    make_book()

    with override_settings(DEBUG=True):
        client.get("/books/")

        assert memory.used_by_pieces() == 0
