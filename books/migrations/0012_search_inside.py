"""The index in which books.search.inside.full_text looks: the words of every chapter, kept in step by the database.

PostgreSQL: the folded text (" it rained in lodz ") and its words as generated columns, a GIN index over the
words. SQLite: an FTS5 table, kept in step by triggers on books_chapter, which call a function that books.apps
lends to each connection. A later migration that makes SQLite copy books_chapter loses the triggers: it has to
create them again.
"""

import unicodedata

from django.db import migrations

# Where lower-case letters and letters as such are told from others whatever the locale of the database.
COLLATIONS = ["pg_c_utf8", "und-x-icu", "default"]


def combining():
    """Return the marks that stand on letters, as ranges in a regular expression."""
    marks = [code for code in range(0x10000) if unicodedata.combining(chr(code))]
    firsts = [code for code in marks if code - 1 not in marks]
    lasts = [code for code in marks if code + 1 not in marks]
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in zip(firsts, lasts, strict=True))


def postgresql(collation):
    plain = f"regexp_replace(normalize(written, NFKD), '[{combining()}]', '', 'g')"
    lower = f"""translate(lower(normalize({plain}, NFC) COLLATE "{collation}"), 'øłđðıς', 'olddiσ')"""
    for ligature, letters in {"ß": "ss", "þ": "th", "æ": "ae", "œ": "oe"}.items():
        lower = f"replace({lower}, '{ligature}', '{letters}')"
    return [
        f"""
        CREATE FUNCTION books_folded(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
        ' ' || trim(regexp_replace({lower} COLLATE "{collation}", '[^[:alnum:]]+', ' ', 'g')) || ' '
        """,
        # A tsvector holds a megabyte of different words, and array_to_tsvector does not see to that; beyond
        # it are texts of made-up words, of which the first have to do.
        r"""
        CREATE FUNCTION books_words(folded text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
        DECLARE
            spaced text := regexp_replace(folded, '([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])',
                ' \1 ', 'g');
            words text[] := array_remove(string_to_array(
                regexp_replace(spaced, '([^ ]{64})[^ ]+', '\1', 'g'), ' '), '');
        BEGIN
            IF octet_length(spaced) > 1000000 THEN
                words := ARRAY(
                    SELECT word FROM unnest(words) WITH ORDINALITY AS numbered (word, place)
                    GROUP BY word ORDER BY min(place)
                );
                IF octet_length(array_to_string(words, '')) > 1000000 THEN
                    words := words[1:4000];
                END IF;
            END IF;
            RETURN array_to_tsvector(words);
        END
        $$
        """,
        """
        ALTER TABLE books_chapter
        ADD COLUMN folded text GENERATED ALWAYS AS (books_folded(plain_text)) STORED,
        ADD COLUMN words tsvector GENERATED ALWAYS AS (books_words(books_folded(plain_text))) STORED
        """,
        "CREATE INDEX books_chapter_words ON books_chapter USING gin (words)",
    ]


POSTGRESQL_BACK = [
    "ALTER TABLE books_chapter DROP COLUMN words, DROP COLUMN folded",
    "DROP FUNCTION books_words(text)",
    "DROP FUNCTION books_folded(text)",
]

SQLITE = [
    "CREATE VIRTUAL TABLE books_chapterindex USING fts5(words)",
    """
    CREATE TRIGGER books_chapter_added AFTER INSERT ON books_chapter BEGIN
        INSERT INTO books_chapterindex (rowid, words) VALUES (new.id, books_words(new.plain_text));
    END
    """,
    """
    CREATE TRIGGER books_chapter_removed AFTER DELETE ON books_chapter BEGIN
        DELETE FROM books_chapterindex WHERE rowid = old.id;
    END
    """,
    """
    CREATE TRIGGER books_chapter_changed AFTER UPDATE OF plain_text ON books_chapter BEGIN
        UPDATE books_chapterindex SET words = books_words(new.plain_text) WHERE rowid = old.id;
    END
    """,
    "INSERT INTO books_chapterindex (rowid, words) SELECT id, books_words(plain_text) FROM books_chapter",
]
SQLITE_BACK = [
    "DROP TRIGGER books_chapter_changed",
    "DROP TRIGGER books_chapter_removed",
    "DROP TRIGGER books_chapter_added",
    "DROP TABLE books_chapterindex",
]


def create_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        return execute(schema_editor, SQLITE)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT collname FROM pg_collation WHERE collname = ANY(%s)", [COLLATIONS])
        known = {name for (name,) in cursor.fetchall()}
    execute(schema_editor, postgresql(next(name for name in COLLATIONS if name in known)))


def drop_index(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    execute(schema_editor, {"postgresql": POSTGRESQL_BACK, "sqlite": SQLITE_BACK}[vendor])


def execute(schema_editor, statements):
    for statement in statements:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("books", "0011_reviews_and_downloads")]
    operations = [migrations.RunPython(create_index, drop_index)]
