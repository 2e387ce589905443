"""Made-up books: each is worked out from the seed and its number alone, so that it is the same every time."""

from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from random import Random
from uuid import UUID

from books.search.indexing import Findable

from .pictures import HEIGHT, PICTURES, WIDTHS, name_of_cover
from .words import SUBJECTS, sentences, subjects, title, words

# What the identifier of a made-up book begins with; its number follows.
IDENTIFIER = "made-up:"
# The books came to the shop one after the other in the ten years before this day, number 0 last.
NEWEST, YEARS = datetime(2026, 1, 1, tzinfo=UTC), 10
OLDEST_PUBLICATION = date(1900, 1, 1)
LANGUAGES = ("en",) * 12 + ("de",) * 3 + ("fr", "es", "ja")
# One book in this many has a whole text; the others have a page of it.
WHOLE_TEXT = 100
CHAPTERS, PARAGRAPHS = 12, 4
ACCESSIBILITY = (
    {},
    {"accessMode": ["textual"], "accessibilityHazard": ["none"]},
    {"accessMode": ["textual", "visual"], "accessibilityFeature": ["alternativeText", "tableOfContents"]},
    {"accessModeSufficient": ["textual"], "accessibilityHazard": ["noFlashingHazard"]},
)


class MadeUpBook:
    """One book, with what other rows have to know about it."""

    def __init__(self, number: int, *, seed: int, total: int) -> None:
        self.number = number
        self.chance = Random(f"{seed}/{number}")  # noqa: S311 (the same books in every shop)
        self.id = UUID(int=self.chance.getrandbits(128), version=4)
        self.title = title(self.chance)
        self.is_published = self.chance.random() < 0.995
        # A few are sold in bundles only.
        self.price = None if self.chance.random() < 0.03 else self.chance.randrange(299, 2999, 100)
        self.first_published_at = NEWEST - timedelta(days=365 * YEARS) * (number / total)
        self.subjects = sorted(subjects(self.chance))
        self.subtitle = sentences(self.chance, 1) if self.chance.random() < 0.2 else ""
        self.description = "\n\n".join(sentences(self.chance, 2) for _ in range(2))
        self.language = self.chance.choice(LANGUAGES)
        self.isbn = f"979{number:010}" if self.chance.random() < 0.6 else ""
        self.has_whole_text = number % WHOLE_TEXT == 0
        # The ids and names of what the loader knows: the author and, for some, the series.
        self.author: tuple[int | None, str] = (None, "")
        self.series: tuple[int | None, str] = (None, "")
        self.series_position: int | None = None

    @property
    def is_sold(self) -> bool:
        """Whether a reader can have bought it on its own."""
        return self.is_published and self.price is not None

    @property
    def findable(self) -> Findable:
        """What searches find it by."""
        names = " ".join(sorted(SUBJECTS[place] for place in self.subjects))
        return Findable(
            title=self.title,
            subtitle=self.subtitle,
            authors=self.author[1],
            subjects=f"{names} {self.series[1]} {self.isbn}",
            description=self.description,
            language=self.language,
        )

    @cached_property
    def chapters(self) -> list[tuple[int, str, str]]:
        """Its chapters: number, title and paragraphs."""
        count, paragraphs = (CHAPTERS, PARAGRAPHS) if self.has_whole_text else (1, 1)
        return [
            (
                number,
                " ".join(words(self.chance, 2)).capitalize(),
                "\n\n".join(sentences(self.chance, 4) for _ in range(paragraphs)),
            )
            for number in range(1, count + 1)
        ]


# The first books of every so many are the parts of a series.
SERIES_EVERY, SERIES_LENGTH = 20, 5

BOOK_COLUMNS = (
    "id title subtitle description price cover cover_widths cover_height language published isbn identifier"
    " contents accessibility word_count is_published first_published_at created_at"
    " series series_position"
).split()


def book_row(book: MadeUpBook) -> tuple:
    """Return the book's row, with BOOK_COLUMNS."""
    chance = book.chance
    # Two in three have a picture on the cover; the shop sets the others in type.
    cover = name_of_cover(chance.randrange(PICTURES)) if chance.random() < 0.66 else ""
    contents = [
        {"title": title, "chapter": number, "fragment": "", "depth": 0} for number, title, _ in book.chapters
    ]
    return (
        book.id,
        book.title,
        book.subtitle,
        book.description,
        book.price,
        cover,
        list(WIDTHS) if cover else [],
        HEIGHT if cover else 0,
        book.language,
        OLDEST_PUBLICATION + timedelta(days=chance.randrange(365 * 125)),
        book.isbn,
        f"{IDENTIFIER}{book.number}",
        contents,
        chance.choice(ACCESSIBILITY),
        chance.randrange(2_000, 150_000),
        book.is_published,
        book.first_published_at,
        book.first_published_at,
        book.series[0],
        book.series_position,
    )


CHAPTER_COLUMNS = "book number title html plain_text".split()


def chapter_rows(book: MadeUpBook):
    """Yield the rows of the book's chapters, with CHAPTER_COLUMNS."""
    for number, heading, text in book.chapters:
        html = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
        yield book.id, number, heading, html, text


ENTRY_COLUMNS = "book heading title authors subjects description".split()


def entry_row(book: MadeUpBook) -> tuple:
    """Return the row by which searches find the book, with ENTRY_COLUMNS."""
    return book.id, *book.findable.columns().values()
