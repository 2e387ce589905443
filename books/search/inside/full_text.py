"""Finding words inside the books.

A chapter is found when it has every word of the query or, if that has three letters or more, a word that
begins so. Words in quotation marks, and words of scripts without spaces, are matched exactly. A compound such
as "e-mail" is found as one word, too. Letters are folded as in the catalogue's search. The index is the
database's own: see migrations 0012, 0021 and 0043.
"""

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from django.db.models import BooleanField, F, Func, Q, QuerySet

from books import access
from books.models import Book, Chapter
from books.models.search import LONGEST_WORD
from books.search import frequency
from books.search.language.words import COMPOUND, JOINTS, LETTER, WORD, clean, fold, joined, signs, spaced

SHORTEST_BEGINNING = 3
# Each word is a search of its own, and a slow one for a common word. Five words of a sentence find it.
MOST_WORDS = 5
# Chapters. Sorting more of them takes longer than a query may (bounded_queries).
MOST_SORTED = 50_000
# A word that no folded text has, between words that do not follow each other.
BREAK = "ß"
# Parts of Korean syllables, as some systems write them.
SYLLABLES_APART = re.compile(r"[\u1100-\u11ff]")
QUOTATION_MARKS = str.maketrans(dict.fromkeys("“”„«»", '"'))


class Letters(dict):
    """A table for str.translate: what each letter is folded to, worked out when it first occurs."""

    def __missing__(self, code):
        self[code] = fold(chr(code))
        return self[code]


LETTERS = Letters()


@dataclass(frozen=True)
class Term:
    """One thing to look for: a word, or several side by side."""

    words: tuple[str, ...]
    # Whether a hyphen or an apostrophe joins the words.
    is_compound: bool = False

    @cached_property
    def tokens(self):
        """The words as the index has them: each letter of a script without spaces is a word."""
        return index_words(" ".join(self.words)).split()

    @property
    def has_spaces(self):
        """Whether its script puts spaces between words."""
        text = "".join(self.words)
        return spaced(text) == text

    @property
    def is_beginning(self):
        """Whether words that begin with it are found too."""
        return len(self.words) == 1 and self._begins(self.words[0])

    @property
    def as_one(self):
        """A compound as one word; empty if it is none, or too short to find words that begin with it."""
        word = "".join(self.words)
        return word if self.is_compound and self._begins(word) else ""

    @staticmethod
    def _begins(word):
        return spaced(word) == word and len(word) >= SHORTEST_BEGINNING

    def cut(self, count):
        """Return the term cut to `count` words of the index."""
        words = []
        for word in self.words:
            tokens = index_words(word).split()
            words.append(word if len(tokens) <= count else "".join(tokens[:count]))
            count = max(0, count - len(tokens))
        return Term(tuple(filter(None, words)), is_compound=self.is_compound)

    @property
    def pattern(self):
        """A regular expression that finds it in a folded text, as whole words."""
        together = r"[\W_]+".join(map(_pattern, self.words))
        if not self.has_spaces:
            return together
        in_word = f"(?:{LETTER}|[{signs()}])"
        whole = f"{together}{f'{in_word}*' if self.is_beginning else f'(?!{in_word})'}"
        if self.as_one:
            whole = f"(?:{whole}|{_pattern(self.as_one)}{in_word}*)"
        return f"(?<!{LETTER})(?<![{signs()}]){whole}"


def _pattern(word):
    """Return a regular expression for a word, which may have hyphens and apostrophes in it."""
    return f"[{JOINTS}]?".join(map(re.escape, word))


def folded(text):
    """Return the text with each letter folded on its own."""
    return text.translate(LETTERS)


def index_words(text):
    """Return the words of a text as the index has them: "吾 輩 は cat" for "吾輩は CAT"."""
    return " ".join(word[:LONGEST_WORD] for word in WORD.findall(spaced(folded(composed(text)))))


def index_text(text):
    """Return what SQLite indexes of a text: its words, then its compounds, "an e mail ß email"."""
    compounds = joined(folded(composed(text)))
    return "".join([index_words(text), *(f" {BREAK} {word[:LONGEST_WORD]}" for word in compounds)])


def composed(text):
    """Return the text with each Korean syllable as one character."""
    return unicodedata.normalize("NFC", text) if SYLLABLES_APART.search(text) else text


def terms_of(query):
    """Return what to look for when a visitor asks this: up to five words, those likely to be rare."""
    terms = all_terms_of(query)
    left = MOST_WORDS
    kept = {}
    # Longer words are rarer. Only the longest term is cut to fit; others give way to shorter ones.
    for term in sorted(terms, key=lambda term: len("".join(term.words)), reverse=True):
        part = term if kept else term.cut(left)
        if len(part.tokens) <= left:
            kept[term] = part
            left -= len(part.tokens)
    return [kept[term] for term in terms if term in kept]


def all_terms_of(query):
    """Return what a visitor's query asks for: 'rain "it was late"' for a word and a phrase."""
    *pairs, rest = clean(query).translate(QUOTATION_MARKS).split('"')
    terms = []
    for number, part in enumerate([*pairs, rest]):
        in_quotes = number % 2 and number < len(pairs)
        plain = folded(composed(part))
        for phrase in [plain] if in_quotes else COMPOUND.findall(plain):
            if words := tuple(WORD.findall(phrase)):
                terms.append(Term(words, is_compound=not in_quotes and len(words) > 1))
    return list(dict.fromkeys(terms))


def are_too_common(terms):
    """Tell whether more chapters have all these terms than can be sorted, as PostgreSQL estimates."""
    shares = (
        frequency.share(token, "words", table=frequency.CHAPTERS, is_beginning=term.is_beginning)
        for term in terms
        for token in term.tokens
    )
    return math.prod(shares) * frequency.rows(frequency.CHAPTERS) > MOST_SORTED


def search_inside(terms, user, *, book=None) -> QuerySet[Chapter]:
    """Find the chapters with all these terms that this visitor may read, in one book or in all of them.

    Those in books that the visitor may read as a whole come first; `is_open` says which these are.
    """
    if not terms:
        return Chapter.objects.none()
    chapters = Chapter.objects.filter(Contains(terms))
    if book is not None:
        chapters = chapters.filter(book=book)
    open_books = access.readable_books(user).values("pk")
    readable = Q(is_open=True) | Q(book__is_published=True, number__lte=F("book__sample_chapters"))
    if book is not None and access.may_preview(user, book):
        readable |= Q(book=book)
    return (
        chapters.annotate(is_open=Q(book__in=open_books))
        .filter(readable)
        # Without the text: the database would read and sort the texts of all chapters found.
        .only("number", "title", "book_id")
        .order_by("-is_open", "book__title", "book_id", "number")
    )


def with_books(chapters, user):
    """Give the chapters of a page their texts and their books, ready for cards, in three queries in all."""
    chapters = list(chapters)
    texts = dict(
        Chapter.objects.filter(pk__in=[each.pk for each in chapters]).values_list("pk", "plain_text")
    )
    books = Book.objects.for_cards().filter(pk__in={chapter.book_id for chapter in chapters})
    found = {book.pk: book for book in access.mark_open(books, user)}
    for chapter in chapters:
        chapter.book = found[chapter.book_id]
        chapter.plain_text = texts[chapter.pk]
    return chapters


class Contains(Func):
    """The condition "the chapter's text has all these terms"."""

    output_field = BooleanField()
    arity = 1

    def __init__(self, terms):
        super().__init__(F("pk"))
        self.terms = terms

    def as_postgresql(self, compiler, connection):
        # The index only knows which words there are; whether they are side by side, the text says.
        found = "SELECT id FROM books_chapter WHERE words @@ %s::tsquery"
        parameters = [" & ".join(map(_tsquery, self.terms))]
        for term in self.terms:
            if len(term.tokens) > 1:
                text = " ".join(term.words)
                found += " AND (strpos(folded, %s) > 0 OR words @@ %s::tsquery)"
                parameters += [f" {text} " if term.has_spaces else text, _as_one(term)]
        return self._within(compiler, found, parameters)

    def as_sqlite(self, compiler, connection):
        query = " AND ".join(map(_fts_query, self.terms))
        found = "SELECT rowid FROM books_chapterindex WHERE books_chapterindex MATCH %s"
        return self._within(compiler, found, (query,))

    def _within(self, compiler, found, parameters):
        chapter, outer = compiler.compile(self.source_expressions[0])
        return f"{chapter} IN ({found})", (*outer, *parameters)


def _tsquery(term):
    words = " & ".join(f"'{token}'{':*' if term.is_beginning else ''}" for token in term.tokens)
    return f"({words} | {_as_one(term)})" if term.as_one else words


def _as_one(term):
    # A query without words finds nothing.
    return f"'{term.as_one}':*" if term.as_one else ""


def _fts_query(term):
    words = f'"{" ".join(term.tokens)}"{"*" if term.is_beginning else ""}'
    return f'({words} OR "{term.as_one}"*)' if term.as_one else words
