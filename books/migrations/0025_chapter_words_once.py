"""PostgreSQL folds a chapter once when it is stored.

A generated column cannot use another, so `folded` and `words` of migration 0012 each folded the whole text, which
takes most of the time of an import. Now a trigger fills both. Their values stay as they are.
"""

from django.db import migrations

POSTGRESQL = [
    "ALTER TABLE books_chapter ALTER COLUMN words DROP EXPRESSION, ALTER COLUMN folded DROP EXPRESSION",
    """
    CREATE FUNCTION books_chapter_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.folded := books_folded(NEW.plain_text);
        NEW.words := books_words(NEW.folded);
        RETURN NEW;
    END
    $$
    """,
    """
    CREATE TRIGGER books_chapter_words BEFORE INSERT OR UPDATE OF plain_text ON books_chapter
    FOR EACH ROW EXECUTE FUNCTION books_chapter_words()
    """,
]
POSTGRESQL_BACK = [
    "DROP TRIGGER books_chapter_words ON books_chapter",
    "DROP FUNCTION books_chapter_words()",
    "ALTER TABLE books_chapter DROP COLUMN words, DROP COLUMN folded",
    """
    ALTER TABLE books_chapter
    ADD COLUMN folded text GENERATED ALWAYS AS (books_folded(plain_text)) STORED,
    ADD COLUMN words tsvector GENERATED ALWAYS AS (books_words(books_folded(plain_text))) STORED
    """,
    "CREATE INDEX books_chapter_words ON books_chapter USING gin (words)",
]


def fold_once(apps, schema_editor):
    execute(schema_editor, POSTGRESQL)


def fold_twice(apps, schema_editor):
    execute(schema_editor, POSTGRESQL_BACK)


def execute(schema_editor, statements):
    """Change PostgreSQL's tables; SQLite's triggers fold a text once already."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("books", "0016_book_publication_date")]
    operations = [migrations.RunPython(fold_once, fold_twice)]
