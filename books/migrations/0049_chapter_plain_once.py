"""PostgreSQL takes case and accents off the text of a chapter once, for its words and for its compounds.

That takes longer than all the rest of making a chapter findable, and was done for each of the two. What is found
stays the same. Frozen here is what migration 0043 has.
"""

from importlib import import_module

from django.db import migrations

search_inside = import_module("books.migrations.0012_search_inside")
every_script = import_module("books.migrations.0043_words_of_every_script")


def postgresql(collation):
    signs = every_script.signs()
    word = f"[[:alnum:]][[:alnum:]{signs}]*"
    compound = f"{word}(?:[''’‐-]{word})+"
    return [
        # The words of a text from books_plain. European texts have only letters without accents by then.
        f"""
        CREATE FUNCTION books_folded_plain(plain text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN CASE
            WHEN plain ~ '[^\\u0001-\\u007f\\u00a0‘’“”–—…]' THEN ' ' || trim(regexp_replace(
                regexp_replace(plain COLLATE "{collation}", '[^[:alnum:]{signs}]+', ' ', 'g'),
                '(^| )[{signs}]+', '\\1', 'g')) || ' '
            ELSE ' ' || trim(regexp_replace(plain, '[^a-z0-9]+', ' ', 'g')) || ' '
        END
        """,
        """
        CREATE OR REPLACE FUNCTION books_folded(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
        RETURN books_folded_plain(books_plain(written))
        """,
        f"""
        CREATE FUNCTION books_joined_plain(plain text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
            SELECT coalesce(string_agg(regexp_replace(compound[1], '[''’‐-]', '', 'g'), ' '), '')
            FROM regexp_matches(plain COLLATE "{collation}", '{compound}', 'g') AS found (compound)
        )
        """,  # noqa: S608  nothing in it comes from outside
        """
        CREATE OR REPLACE FUNCTION books_chapter_folded() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            plain text := books_plain(NEW.plain_text);
        BEGIN
            NEW.folded := books_folded_plain(plain);
            NEW.words := books_words(books_spaced(NEW.folded) || books_joined_plain(plain));
            RETURN NEW;
        END
        $$
        """,
        "DROP FUNCTION books_joined(text)",
    ]


def plain_once(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        search_inside.execute(schema_editor, postgresql(collation_in(schema_editor)))


def plain_twice(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        _, folded, joined, _, trigger, _ = every_script.postgresql(collation_in(schema_editor))
        back = ["DROP FUNCTION books_folded_plain(text)", "DROP FUNCTION books_joined_plain(text)"]
        search_inside.execute(schema_editor, [folded, joined, trigger, *back])


def collation_in(schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT collname FROM pg_collation WHERE collname = ANY(%s)", [search_inside.COLLATIONS]
        )
        known = {name for (name,) in cursor.fetchall()}
    return next(name for name in search_inside.COLLATIONS if name in known)


class Migration(migrations.Migration):
    dependencies = [("books", "0048_sample_leaves_something")]
    operations = [migrations.RunPython(plain_once, plain_twice)]
