"""PostgreSQL folds the text of a chapter in half the time. What is found stays the same.

To take accents off, each letter is taken apart from them. What is then left of European languages is mostly
plain letters, which neither another normal form nor the table of letters changes: now both are for the rest. And
where one space is between two words, as nearly everywhere, it stays instead of being replaced by itself.
Frozen here is what migration 0043 has.
"""

from importlib import import_module

from django.db import migrations

search_inside = import_module("books.migrations.0012_search_inside")
every_script = import_module("books.migrations.0043_words_of_every_script")
plain_once = import_module("books.migrations.0049_chapter_plain_once")

BEYOND = r"[^\u0001-\u007f\u00a0‘’“”–—…]"


def postgresql(collation):
    unseen = f"[{search_inside.combining()}{every_script.INVISIBLE}]"
    together = f"""translate(lower(normalize(apart, NFC) COLLATE "{collation}"), 'øłđðıς', 'olddiσ')"""
    for ligature, letters in {"ß": "ss", "þ": "th", "æ": "ae", "œ": "oe"}.items():
        together = f"replace({together}, '{ligature}', '{letters}')"
    signs = every_script.signs()
    return [
        f"""
        CREATE OR REPLACE FUNCTION books_plain(written text) RETURNS text
        LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
        DECLARE
            apart text;
        BEGIN
            IF written !~ '{BEYOND}' THEN
                RETURN lower(written);
            END IF;
            apart := regexp_replace(normalize(written, NFKD), '{unseen}', '', 'g');
            IF apart !~ '{BEYOND}' THEN
                RETURN lower(apart);
            END IF;
            RETURN {together} COLLATE "{collation}";
        END
        $$
        """,
        f"""
        CREATE OR REPLACE FUNCTION books_folded_plain(plain text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN CASE
            WHEN plain ~ '{BEYOND}' THEN ' ' || trim(regexp_replace(
                regexp_replace(plain COLLATE "{collation}", '{all_but_one_space(f"[:alnum:]{signs}")}', ' ', 'g'),
                '(^| )[{signs}]+', '\\1', 'g')) || ' '
            ELSE ' ' || trim(regexp_replace(plain, '{all_but_one_space("a-z0-9")}', ' ', 'g')) || ' '
        END
        """,
    ]


def all_but_one_space(letters):
    """Return a pattern for whatever is between these letters, if it is anything else than one space."""
    return f"[^ {letters}][^{letters}]*| [^{letters}]+"


def fold_faster(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        search_inside.execute(schema_editor, postgresql(plain_once.collation_in(schema_editor)))


def fold_as_before(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        collation = plain_once.collation_in(schema_editor)
        before = every_script.postgresql(collation)[0], plain_once.postgresql(collation)[0]
        replaced = [each.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION") for each in before]
        search_inside.execute(schema_editor, replaced)


class Migration(migrations.Migration):
    dependencies = [("books", "0061_grants_by_reader_and_order")]
    operations = [migrations.RunPython(fold_faster, fold_as_before)]
