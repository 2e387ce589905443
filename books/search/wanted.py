"""What a visitor looks for, and the condition on a book's search entry, for each database."""

import math
from dataclasses import dataclass

from django.db import connection
from django.db.models import BooleanField, F, Func

from books.models.search import LONGEST_HEADING, SearchLanguage
from users.prepared import Prepared

from .frequency import COMMON, is_common, share
from .indexing import FIELDS
from .language.documents import query_words
from .language.stems import stems

# For the first so many of FIELDS, the column with their words (migrations 0005 and 0019).
COLUMNS = {1: "in_title", 2: "in_title_or_authors", 3: "names", 4: "document"}

# How much longer it takes to read a book's entry than a line of a word's list in the index.
ENTRY_TO_LINE = 10

FOUND_BOOKS = "{book} IN (SELECT entry.book_id FROM books_searchentry entry WHERE {found})"


@dataclass(frozen=True)
class Wanted:
    """The words of a query, each with its stems in the languages of the shop.

    A book has a word if one of its own begins with it, or has one of these stems.
    """

    words: tuple[str, ...]
    stems: dict[str, set[str]]

    @classmethod
    def of(cls, query, languages):
        """Return what a query asks for in a shop with books in these languages."""
        return cls(query_words(query), stems(query, languages))

    @property
    def heading(self):
        """The query as the title of exactly one book would have it."""
        return " ".join(self.words)[:LONGEST_HEADING]

    def has(self, fields):
        """Return the condition that an entry has every word in its first so many fields; with parameters."""
        if connection.vendor == "postgresql":
            return f"entry.{COLUMNS[fields]} @@ to_tsquery('simple', %s)", [self._tsquery(self.words)]
        return (
            "entry.id IN (SELECT rowid FROM books_searchindex WHERE books_searchindex MATCH %s)",
            [f"{{{' '.join(FIELDS[:fields])}}} : ({self._fts_query()})"],
        )

    def found(self, fields):
        """Return the same condition for all entries at once: PostgreSQL's index looks up no common words."""
        condition, values = self.has(fields)
        rare = self._looked_up()
        if rare == self.words:
            return condition, values
        # IS TRUE keeps the planner from looking up all words.
        looked_up = f"entry.{COLUMNS[fields]} @@ to_tsquery('simple', %s)"
        return f"{looked_up} AND ({condition}) IS TRUE", [self._tsquery(rare), *values]

    @property
    def are_common(self):
        """Whether there are several words, and each is in very many books. Few may have all of them."""
        return len(self.words) > 1 and all(map(is_common, self.words))

    def _looked_up(self):
        """Return the words that PostgreSQL's index looks up: the rare ones, and others if it saves time.

        The rest are looked for in the books that these have found.
        """
        found, remaining = set(), 1
        for part, word in sorted((share(word, "document"), word) for word in self.words):
            if found and part > COMMON and part > remaining * (1 - part) * ENTRY_TO_LINE:
                break
            found.add(word)
            remaining *= part
        return tuple(word for word in self.words if word in found)

    def share(self, fields):
        """Return the share of the entries, as PostgreSQL estimates it, with every word in these fields."""
        return math.prod(share(word, COLUMNS[fields]) for word in self.words)

    def _tsquery(self, words):
        return " & ".join(
            "(" + " | ".join([f"'{word}':*", *(f"'{stem}'" for stem in self._stems_of(word))]) + ")"
            for word in words
        )

    def _fts_query(self):
        return " AND ".join(
            "(" + " OR ".join([f'"{word}"*', *(f'"{stem}"' for stem in self._stems_of(word))]) + ")"
            for word in self.words
        )

    def _stems_of(self, word):
        """Return the stems by which more is found than by the beginning of the word."""
        return sorted(stem for stem in self.stems.get(word, ()) if not stem.startswith(word))


def known_languages():
    """Return the languages of the shop that have stems, in one query."""
    return [code for (code,) in _languages()]


@Prepared
def _languages():
    return SearchLanguage.objects.values_list("code")


class Has(Func):
    """The condition on books "has all the words"."""

    output_field = BooleanField()
    arity = 1

    def __init__(self, wanted):
        super().__init__(F("pk"))
        self.wanted = wanted

    def as_sql(self, compiler, connection):
        """Return the SQL, which is the same for both databases but for the condition."""
        book, parameters = compiler.compile(self.source_expressions[0])
        found, values = self.wanted.found(len(FIELDS))
        return FOUND_BOOKS.format(book=book, found=found), (*parameters, *values)
