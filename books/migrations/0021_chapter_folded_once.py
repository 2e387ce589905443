"""PostgreSQL folds the text of a chapter once, for both columns of migration 0012, and plain English quickly.

A generated column cannot be made from another one, so a trigger makes both. Most chapters of English books have
only letters without accents: they skip the normal forms of Unicode, which take four times as long as the rest.
"""

from importlib import import_module

from django.db import migrations

search_inside = import_module("books.migrations.0012_search_inside")

POSTGRESQL = [
    "ALTER TABLE books_chapter ALTER COLUMN words DROP EXPRESSION, ALTER COLUMN folded DROP EXPRESSION",
    "ALTER FUNCTION books_folded(text) RENAME TO books_folded_in_full",
    r"""
    CREATE FUNCTION books_folded(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE
        WHEN written ~ '[^\u0001-\u007f\u00a0‘’“”–—…]' THEN books_folded_in_full(written)
        ELSE ' ' || trim(regexp_replace(lower(written), '[^a-z0-9]+', ' ', 'g')) || ' '
    END
    """,
    """
    CREATE FUNCTION books_chapter_folded() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.folded := books_folded(NEW.plain_text);
        NEW.words := books_words(NEW.folded);
        RETURN NEW;
    END
    $$
    """,
    """
    CREATE TRIGGER books_chapter_folded BEFORE INSERT OR UPDATE OF plain_text ON books_chapter
    FOR EACH ROW EXECUTE FUNCTION books_chapter_folded()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER books_chapter_folded ON books_chapter",
    "DROP FUNCTION books_chapter_folded()",
    "DROP FUNCTION books_folded(text)",
    "ALTER FUNCTION books_folded_in_full(text) RENAME TO books_folded",
    "ALTER TABLE books_chapter DROP COLUMN words, DROP COLUMN folded",
    # The columns, generated, and the index.
    *search_inside.postgresql("default")[-2:],
]


def fold_once(apps, schema_editor):
    execute(schema_editor, POSTGRESQL)


def fold_twice(apps, schema_editor):
    execute(schema_editor, POSTGRESQL_BACK)


def execute(schema_editor, statements):
    if schema_editor.connection.vendor == "postgresql":
        search_inside.execute(schema_editor, statements)


class Migration(migrations.Migration):
    dependencies = [("books", "0020_search_forms_filled")]
    operations = [migrations.RunPython(fold_once, fold_twice)]
