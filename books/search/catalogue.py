"""Finding books by title, author, subject and description.

Words are folded here (case, accents, apostrophes), so that PostgreSQL and SQLite, each with its own index
(see migration 0005), find the same books in the same order.
"""

import difflib
import re
from dataclasses import dataclass

from django.db.models import BooleanField, Case, F, Func, Q, QuerySet, Value, When
from django.db.models.functions import Length

from books.models import Book, SearchEntry, SearchWord
from books.models.authors import authors_prefetch
from books.models.catalogue import BOOK_ORDERS
from books.models.search import LONGEST_WORD

from .words import COMPOUND, clean, fold, spaced

LONGEST_DESCRIPTION = 20_000
# Finding the nearest of all known words takes a while: longer queries are not corrected.
MOST_CORRECTED = 4

# The fields of a SearchEntry, best first: a match in the title comes before one in the description.
FIELDS = ("title", "authors", "subjects", "description")
# Misspelt words are corrected to words in these.
NAMES = FIELDS[:3]


@dataclass(frozen=True)
class Found:
    """The books found, best first, and the words searched for instead if the visitor's own found nothing."""

    books: QuerySet[Book]
    count: int
    corrected: str = ""


def index(*books: Book) -> None:
    """Make books findable as they are stored; call it after they, their authors or their subjects change."""
    stored = Book.objects.filter(pk__in=[book.pk for book in books])
    books = stored.select_related("series").prefetch_related(authors_prefetch(), "subjects")
    entries = [_entry(book) for book in books]
    SearchEntry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["book"], update_fields=FIELDS
    )
    # Sorted, so that two imports at once lock the rows in the same order and cannot deadlock.
    words = sorted({word for entry in entries for field in NAMES for word in getattr(entry, field).split()})
    SearchWord.objects.bulk_create([SearchWord(text=word) for word in words], ignore_conflicts=True)


def search(query: str, *, among: QuerySet[Book] | None = None) -> Found:
    """Find the published books, or those of `among`, with every word of the query or one that begins so.

    Title matches come first, then authors, subjects, description. When nothing matches, misspelt words
    are corrected and searched for instead.
    """
    query = clean(query)
    words = _words(query)
    among = Book.objects.published() if among is None else among
    books = _matching(among, words, query)
    count = books.count()
    if count or not words:
        return Found(books, count)
    corrected = _corrected(words)
    if corrected == words:
        return Found(books, 0)
    phrase = " ".join(corrected)
    books = _matching(among, corrected, phrase)
    return Found(books, books.count(), corrected=phrase)


def _entry(book):
    subjects = " ".join(subject.name for subject in book.subjects.all())
    return SearchEntry(
        book=book,
        title=_document(f"{book.title} {book.subtitle}"),
        authors=_document(book.author_names),
        subjects=_document(f"{subjects} {book.series or ''} {book.isbn}"),
        description=_document(book.description[:LONGEST_DESCRIPTION]),
    )


def _matching(among, words, title):
    if not words:
        return Book.objects.none()
    tiers = [When(Matches(words, FIELDS[:fields]), then=Value(fields)) for fields in range(1, len(FIELDS))]
    return (
        among.filter(Matches(words, FIELDS))
        .annotate(tier=Case(When(title__iexact=title, then=Value(0)), *tiers, default=Value(len(FIELDS))))
        .order_by("tier", *BOOK_ORDERS["newest"])
    )


class Matches(Func):
    """The condition "these fields of the book's search entry have all these words"."""

    output_field = BooleanField()
    arity = 1

    def __init__(self, words, fields):
        super().__init__(F("pk"))
        self.words = words
        self.fields = fields

    def as_postgresql(self, compiler, connection):
        if self.fields == FIELDS:
            found = "SELECT book_id FROM books_searchentry WHERE document @@ to_tsquery('simple', %s)"
            weights = ""
        else:
            found = "SELECT book_id FROM books_searchentry WHERE names @@ to_tsquery('simple', %s)"
            weights = "ABC"[: len(self.fields)]
        return self._within(compiler, found, " & ".join(f"'{word}':*{weights}" for word in self.words))

    def as_sqlite(self, compiler, connection):
        query = " AND ".join(f'"{word}"*' for word in self.words)
        return self._within(
            compiler,
            "SELECT entry.book_id FROM books_searchindex JOIN books_searchentry entry"
            " ON entry.id = books_searchindex.rowid WHERE books_searchindex MATCH %s",
            f"{{{' '.join(self.fields)}}} : ({query})",
        )

    def _within(self, compiler, found, query):
        book, parameters = compiler.compile(self.source_expressions[0])
        return f"{book} IN ({found})", (*parameters, query)


def _corrected(words):
    """Replace each word by the nearest known one; one query for all."""
    if len(words) > MOST_CORRECTED:
        return words
    near = Q()
    for word in words:
        near |= Q(length__range=(len(word) - 1, len(word) + 1)) & (
            Q(text__startswith=word[0]) | Q(text__endswith=word[-1])
        )
    known = list(SearchWord.objects.alias(length=Length("text")).filter(near).values_list("text", flat=True))
    return tuple(next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.75)), word) for word in words)


def _words(text):
    """Return the distinct words of a query, folded: ("l", "amour") for "L’Amour"."""
    return tuple(dict.fromkeys(word[:LONGEST_WORD] for word in re.findall(r"[^\W_]+", spaced(fold(text)))))


def _document(text):
    """Return the words of a text, folded; compounds in parts and as one: "o brien obrien"."""
    found = []
    for compound in COMPOUND.findall(spaced(fold(text))):
        parts = re.findall(r"[^\W_]+", compound)
        found += parts if len(parts) == 1 else [*parts, "".join(parts)]
    return " ".join(word[:LONGEST_WORD] for word in found)
