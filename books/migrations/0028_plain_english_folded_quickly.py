"""PostgreSQL folds plain English quickly.

Most chapters of English books have only letters without accents: they skip the normal forms of Unicode, which
take several times as long as the rest.
"""

from importlib import import_module

from django.db import migrations

search_inside = import_module("books.migrations.0012_search_inside")

PLAIN_ENGLISH = r"""
    CREATE OR REPLACE FUNCTION books_folded(written text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE
        WHEN written ~ '[^\u0001-\u007f\u00a0‘’“”–—…]' THEN books_folded_in_full(written)
        ELSE ' ' || trim(regexp_replace(lower(written), '[^a-z0-9]+', ' ', 'g')) || ' '
    END
"""


def fold_quickly(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        in_full = in_any_language(schema_editor)
        schema_editor.execute(in_full.replace("books_folded(", "books_folded_in_full("), params=None)
        schema_editor.execute(PLAIN_ENGLISH, params=None)


def fold_in_full(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        in_full = in_any_language(schema_editor)
        schema_editor.execute(in_full.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"), params=None)
        schema_editor.execute("DROP FUNCTION books_folded_in_full(text)", params=None)


def in_any_language(schema_editor):
    """Return the statement by which migration 0012 made the function in this database."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT collname FROM pg_collation WHERE collname = ANY(%s)", [search_inside.COLLATIONS]
        )
        known = {name for (name,) in cursor.fetchall()}
    collation = next(name for name in search_inside.COLLATIONS if name in known)
    return search_inside.postgresql(collation)[0]


class Migration(migrations.Migration):
    dependencies = [("books", "0021_search_forms_filled")]
    operations = [migrations.RunPython(fold_quickly, fold_in_full)]
