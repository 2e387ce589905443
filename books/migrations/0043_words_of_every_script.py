"""Searches find words of every script, and compounds with and without their hyphens.

Invisible characters are left out of words, the vowel signs of Hindi, Thai and others belong to them, and "e-mail"
is in the index as "email", too. Chapters and books that are there already are indexed again: minutes for a
million books. Frozen here is what books.search.language.words has.
"""

import importlib
import unicodedata
from itertools import batched

from django.db import migrations, models

from books.search.indexing import LONGEST_DESCRIPTION
from books.search.language.documents import document, heading
from books.search.language.stems import stemmed_language

search_inside = importlib.import_module("books.migrations.0012_search_inside")
folded_once = importlib.import_module("books.migrations.0021_chapter_folded_once")

AT_ONCE = 500
INVISIBLE = (
    r"\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\ufeff"
    r"\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f"
)
UNSPACED = (
    r"\u0e01-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u1780-\u17d3"
    r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
)
NOT_SIGNS = {0x034F, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10)}


def signs():
    """Return the vowel signs and others of their kind, as ranges in a regular expression."""
    codes = {
        code
        for code in range(0x10000)
        if unicodedata.category(chr(code))[0] == "M"
        and not unicodedata.combining(chr(code))
        and code not in NOT_SIGNS
    }
    firsts, lasts = (sorted(code for code in codes if code + step not in codes) for step in (-1, 1))
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in zip(firsts, lasts, strict=True))


def postgresql(collation):
    unseen = f"regexp_replace(normalize(written, NFKD), '[{search_inside.combining()}{INVISIBLE}]', '', 'g')"
    plain = f"""translate(lower(normalize({unseen}, NFC) COLLATE "{collation}"), 'øłđðıς', 'olddiσ')"""
    for ligature, letters in {"ß": "ss", "þ": "th", "æ": "ae", "œ": "oe"}.items():
        plain = f"replace({plain}, '{ligature}', '{letters}')"
    word = f"[[:alnum:]][[:alnum:]{signs()}]*"
    compound = f"{word}(?:[''’‐-]{word})+"
    return [
        # The text without case, accents and invisible characters, but with its punctuation.
        f"""
        CREATE FUNCTION books_plain(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
        CASE
            WHEN written ~ '[^\\u0001-\\u007f\\u00a0‘’“”–—…]' THEN {plain} COLLATE "{collation}"
            ELSE lower(written)
        END
        """,
        # Its words. A sign that follows no letter is none.
        f"""
        CREATE OR REPLACE FUNCTION books_folded(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE
            WHEN written ~ '[^\\u0001-\\u007f\\u00a0‘’“”–—…]' THEN ' ' || trim(regexp_replace(
                regexp_replace(books_plain(written) COLLATE "{collation}", '[^[:alnum:]{signs()}]+', ' ', 'g'),
                '(^| )[{signs()}]+', '\\1', 'g')) || ' '
            ELSE ' ' || trim(regexp_replace(lower(written), '[^a-z0-9]+', ' ', 'g')) || ' '
        END
        """,
        # Its compounds, each as one word.
        f"""
        CREATE FUNCTION books_joined(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
            SELECT coalesce(string_agg(regexp_replace(compound[1], '[''’‐-]', '', 'g'), ' '), '')
            FROM regexp_matches(
                books_plain(written) COLLATE "{collation}", '{compound}', 'g') AS found (compound)
        )
        """,  # noqa: S608  nothing in it comes from outside
        f"""
        CREATE OR REPLACE FUNCTION books_spaced(folded text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN regexp_replace(folded, '([{UNSPACED}][{signs()}]*)', ' \\1 ', 'g')
        """,
        """
        CREATE OR REPLACE FUNCTION books_chapter_folded() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.folded := books_folded(NEW.plain_text);
            NEW.words := books_words(books_spaced(NEW.folded) || books_joined(NEW.plain_text));
            RETURN NEW;
        END
        $$
        """,
        "DROP FUNCTION books_folded_in_full(text)",
    ]


# Of SQLite's own, signs would separate words.
SQLITE = [
    "DROP TABLE books_chapterindex",
    """
    CREATE VIRTUAL TABLE books_chapterindex
    USING fts5(words, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*'")
    """,
    "INSERT INTO books_chapterindex (rowid, words) SELECT id, books_words(plain_text) FROM books_chapter",
]
SQLITE_BACK = [SQLITE[0], search_inside.SQLITE[0], SQLITE[2]]


def fold_anew(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        search_inside.execute(schema_editor, SQLITE)
    else:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "SELECT collname FROM pg_collation WHERE collname = ANY(%s)", [search_inside.COLLATIONS]
            )
            known = {name for (name,) in cursor.fetchall()}
        collation = next(name for name in search_inside.COLLATIONS if name in known)
        search_inside.execute(schema_editor, postgresql(collation))


POSTGRESQL_BACK = [
    """
    CREATE OR REPLACE FUNCTION books_chapter_folded() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.folded := books_folded(NEW.plain_text);
        NEW.words := books_words(NEW.folded);
        RETURN NEW;
    END
    $$
    """,
    "DROP FUNCTION books_spaced(text)",
    "DROP FUNCTION books_joined(text)",
    "DROP FUNCTION books_folded(text)",
    "DROP FUNCTION books_plain(text)",
]


def fold_as_before(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        search_inside.execute(schema_editor, SQLITE_BACK)
    else:
        search_inside.execute(schema_editor, POSTGRESQL_BACK)
        [in_full, *_] = search_inside.postgresql("default")
        search_inside.execute(schema_editor, [in_full, *folded_once.POSTGRESQL[1:3]])


def index_chapters(apps, schema_editor):
    """Have PostgreSQL's trigger make the words of every chapter."""
    if schema_editor.connection.vendor == "sqlite":
        return
    Chapter = apps.get_model("books", "Chapter")
    for batch in batched(list(Chapter.objects.order_by("pk").values_list("pk", flat=True)), AT_ONCE):
        Chapter.objects.filter(pk__in=batch).update(plain_text=models.F("plain_text"))


def index_books(apps, schema_editor):
    SearchEntry = apps.get_model("books", "SearchEntry")
    entries = SearchEntry.objects.select_related("book__series").prefetch_related(
        "book__subjects", "book__authorships__author"
    )
    for batch in batched(list(SearchEntry.objects.values_list("pk", flat=True)), AT_ONCE):
        changed = list(entries.filter(pk__in=batch))
        for entry in changed:
            book, language = entry.book, stemmed_language(entry.book.language)
            subjects = " ".join(subject.name for subject in book.subjects.all())
            series = book.series.title if book.series else ""
            entry.heading = heading(book.title)
            entry.title = document(f"{book.title} {book.subtitle}", language)
            entry.authors = document(", ".join(each.author.name for each in book.authorships.all()))
            entry.subjects = document(f"{subjects} {series} {book.isbn}", language)
            entry.description = document(book.description[:LONGEST_DESCRIPTION], language)
        SearchEntry.objects.bulk_update(changed, ["heading", "title", "authors", "subjects", "description"])


class Migration(migrations.Migration):
    dependencies = [("books", "0042_marks_at_one_place")]
    operations = [
        migrations.RunPython(fold_anew, fold_as_before),
        migrations.RunPython(index_chapters, index_chapters),
        migrations.RunPython(index_books, migrations.RunPython.noop),
    ]
