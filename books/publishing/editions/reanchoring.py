"""Leads what readers keep of a book, their places and marks, to the same words in its new text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nextafter
from typing import Any

from django.apps import apps
from django.db.models import F, QuerySet

from books.epub import Chapter as EpubChapter
from books.models import Book, Place, Position
from books.models.places import Words

from .comparing import Pair, Print
from .searching import Found, Sought, find, is_searchable

# Places that are in memory at once, each with some fifty runs of words. Each batch reads the new text once.
AT_ONCE = 5_000
# Added to the old chapters' numbers while places move, so that a row on its way never meets one yet to go.
ON_THE_WAY = 1_000_000
# The share of a place's words that must be there: in its own chapter, so that nothing better is looked for
# elsewhere; and anywhere.
SURE, ENOUGH = 0.6, 1 / 3
WRITTEN = ["chapter", "fraction", "chapter_title", "before", "excerpt", "is_lost"]


def take_places_along(
    book: Book, pairs: Sequence[Pair], prints: Sequence[Print], chapters: Sequence[EpubChapter]
) -> None:
    """Lead every place in the book to its words in `chapters`, of which `prints` are the prints.

    Call it before the old text is replaced, in the same transaction. A place whose words are not there is
    kept as lost, near where it was; every later edition is searched for it. Progress is worked out from the
    new text, but what somebody has finished stays finished.
    """
    edition = _Edition(book, pairs, prints, chapters)
    for model in _kinds_of_place():
        places = model._base_manager.filter(book=book)
        if edition.has_changed or places.filter(is_lost=True).exists():
            _take_along(places, edition)
    if edition.has_changed:
        # So that a device which still shows the old text asks before it moves the place.
        Position.objects.filter(book=book).update(version=F("version") + 1)
    _work_out_progress(book, prints)


@dataclass
class _Edition:
    """A new text, with what became of each old chapter."""

    book: Book
    pairs: Sequence[Pair]
    prints: Sequence[Print]
    chapters: Sequence[EpubChapter]

    @property
    def has_changed(self) -> bool:
        return not all(pair.is_same and pair.old == pair.new for pair in self.pairs)

    @cached_property
    def unchanged(self) -> dict[int, int]:
        """The new numbers of chapters that have the same text, by their old ones."""
        return {pair.old: pair.new for pair in self.pairs if pair.old and pair.new and pair.is_same}

    def expected(self, chapter: int, fraction: float) -> tuple[int, float]:
        """Return the chapter and the fraction that a place in an old chapter most likely has now."""
        if chapter in self._twins:
            return self._twins[chapter], fraction
        last = max((new for old, new in self._twins.items() if old < chapter), default=0)
        return min(last + 1, max(len(self.prints), 1)), 0.0

    def offset_at(self, chapter: int, fraction: float) -> int:
        """Return the same in characters."""
        return int(self.prints[chapter - 1].length * fraction)

    @cached_property
    def _twins(self) -> dict[int, int]:
        return {pair.old: pair.new for pair in self.pairs if pair.old and pair.new}

    def texts(self, numbers: Iterable[int]) -> Iterator[tuple[int, str]]:
        return ((number, self.chapters[number - 1].plain_text) for number in numbers)


def _kinds_of_place() -> list[type[Place]]:
    return [model for model in apps.get_models() if issubclass(model, Place)]


def _take_along(places: QuerySet, edition: _Edition) -> None:
    _take_missing_words(places, edition)
    places.update(chapter=F("chapter") + ON_THE_WAY)
    for old, new in edition.unchanged.items():
        stay = places.filter(chapter=old + ON_THE_WAY, is_lost=False)
        stay.update(chapter=new, chapter_title=edition.prints[new - 1].title)
    left = places.filter(chapter__gt=ON_THE_WAY).order_by("chapter", "pk")
    while batch := list(left[:AT_ONCE]):
        _move(batch, edition)
        _keep_apart(batch, places)
        _write(batch)


def _take_missing_words(places: QuerySet, edition: _Edition) -> None:
    """Fill in the words of places that have none, in chapters that change."""
    wordless = places.filter(before="", excerpt="", is_lost=False)
    changing = wordless.exclude(chapter__in=edition.unchanged).order_by("chapter")
    for number in changing.values_list("chapter", flat=True).distinct():
        chapter = edition.book.chapters.filter(number=number).only("title", "plain_text").first()
        for batch in _batches(wordless.filter(chapter=number).order_by("pk")) if chapter else ():
            for place in batch:
                place.take_words(chapter.title, chapter.plain_text)
            _write(batch)


def _batches(places: QuerySet) -> Iterator[list[Any]]:
    last = None
    while batch := list((places.filter(pk__gt=last) if last else places)[:AT_ONCE]):
        yield batch
        last = batch[-1].pk


def _move(batch: Sequence[Any], edition: _Edition) -> None:
    """Set the places to where their words are now, or near where they were; saves nothing."""
    expected = [edition.expected(place.chapter - ON_THE_WAY, place.fraction) for place in batch]
    sought = [
        Sought(Words(place.before, place.excerpt), number, edition.offset_at(number, fraction))
        for place, (number, fraction) in zip(batch, expected, strict=True)
    ]
    found: defaultdict[int, list[tuple[Any, Found]]] = defaultdict(list)
    for place, there, (number, fraction) in zip(batch, _found(sought, edition), expected, strict=True):
        if there:
            found[there.chapter].append((place, there))
        else:
            place.chapter, place.fraction, place.is_lost = number, fraction, True
    for number, text in edition.texts(found):
        for place, there in found[number]:
            place.chapter, place.fraction = number, min(there.offset / max(len(text), 1), 1)
            place.take_words(edition.prints[number - 1].title, text)


def _found(sought: Sequence[Sought], edition: _Edition) -> list[Found | None]:
    """Look in the chapters where the words are expected, and then, for what is not surely there, in all."""
    found = find(sought, edition.texts(sorted({one.chapter for one in sought})))
    unsure = [at for at, there in enumerate(found) if there is None or there.share < SURE]
    if unsure:
        anywhere = find([sought[at] for at in unsure], edition.texts(range(1, len(edition.prints) + 1)))
        for at, there in zip(unsure, anywhere, strict=True):
            enough = there and there.share >= ENOUGH
            found[at] = there if enough else _few_words(sought[at], edition)
    return found


def _few_words(sought: Sought, edition: _Edition) -> Found | None:
    """Look for words that are too few to be searched for, such as a part's title, where they are expected."""
    if is_searchable(sought.words) or not edition.prints:
        return None
    [(number, text)] = edition.texts([sought.chapter])
    offset = " ".join(text.splitlines()).find(sought.words.excerpt)
    return Found(number, offset, 1) if offset >= 0 else None


def _keep_apart(batch: Sequence[Any], places: QuerySet) -> None:
    """Set places of one reader apart that would be one: by less than a character, so that both are kept."""
    arrived = places.filter(
        user__in={place.user_id for place in batch}, chapter__in={place.chapter for place in batch}
    )
    taken = set(arrived.values_list("user", "chapter", "fraction"))
    for place in batch:
        # Away from the nearer end, and past the middle: a step towards it would be none there.
        end = 1 if place.fraction < 0.5 else 0
        while (place.user_id, place.chapter, place.fraction) in taken:
            place.fraction = nextafter(place.fraction, end)
        taken.add((place.user_id, place.chapter, place.fraction))


def _write(places: Sequence[Any]) -> None:
    # Rows that are there: one statement for hundreds of them takes a tenth of the time of bulk_update.
    type(places[0])._base_manager.bulk_create(
        places, update_conflicts=True, unique_fields=["pk"], update_fields=WRITTEN, batch_size=500
    )


def _work_out_progress(book: Book, prints: Sequence[Print]) -> None:
    unfinished = Position.objects.filter(book=book, progress__lt=1)
    at = set(unfinished.order_by().values_list("chapter", flat=True).distinct())
    # As the chapters' own lengths (books.models.text).
    lengths = [one.length + 1 for one in prints]
    before, whole = 0, sum(lengths)
    for number, length in enumerate(lengths, 1):
        if number in at:
            unfinished.filter(chapter=number).update(progress=(before + F("fraction") * length) / whole)
        before += length
