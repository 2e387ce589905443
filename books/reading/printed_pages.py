"""On which page of the printed book a place is, as the reader's bar shows it."""

import re
from bisect import bisect_right
from html import unescape
from operator import itemgetter
from typing import NamedTuple

from books.models import Chapter, PrintedPages

TAG = re.compile(r"<[^>]*>")
ID = re.compile(r'\sid="([^"]*)"')
WHITE_SPACE = re.compile(r"\s+")


class PageBreak(NamedTuple):
    """Where a page of the printed book begins: the share of the chapter's text before it, its number."""

    fraction: float
    number: str


def page_breaks(chapter: Chapter) -> list[PageBreak]:
    """Return the printed pages of a chapter in their order; the first is the one on which it begins, at 0.

    It is empty if the book does not name its printed pages, or none up to here. Asks the database for the
    places of all pages, and reads the chapter's HTML.
    """
    if not chapter.book.printed_page_count:
        return []
    places = PrintedPages.objects.filter(book=chapter.book_id).values_list("places", flat=True).first() or []
    # The last of the nearest chapter before: not every list of pages is in order.
    earlier = [place for place in reversed(places) if place[1] < chapter.number]
    here = [place for place in places if place[1] == chapter.number]
    fractions = _fractions(chapter.html, {fragment for _, _, fragment in here if fragment})
    found = [PageBreak(fractions.get(fragment, 0.0), number) for number, _, fragment in here]
    found.sort(key=itemgetter(0))
    if earlier and (not found or found[0].fraction > 0):
        found.insert(0, PageBreak(0.0, max(earlier, key=itemgetter(1))[0]))
    return found


def page_at(breaks: list[PageBreak], fraction: float) -> str:
    """Return the number of the printed page at this share of the chapter's text; empty if it is unknown."""
    at = bisect_right(breaks, fraction, key=itemgetter(0))
    return breaks[at - 1].number if at else ""


def _fractions(html: str, fragments: set[str]) -> dict[str, float]:
    """Return the share of the text before each of these ids."""
    characters, at = 0, 0
    before: dict[str, int] = {}
    for tag in TAG.finditer(html):
        characters += _length(html[at : tag.start()])
        at = tag.end()
        named = ID.search(tag[0])
        if named and (fragment := unescape(named[1])) in fragments:
            before.setdefault(fragment, characters)
    whole = max(characters + _length(html[at:]), 1)
    return {fragment: count / whole for fragment, count in before.items()}


def _length(text: str) -> int:
    """Return how long the text between two tags is, as plain_text and the reader's scripts count it."""
    return len(WHITE_SPACE.sub(" ", unescape(text))) if text.strip() else 0
