"""The index the search looks things up in: the same columns and weights, as each database does it best.

PostgreSQL: generated tsvectors with GIN indexes; the names have one of their own, with weights, because a
weight is checked in the row itself and those rows must be short. SQLite: an FTS5 table over
books_searchentry, kept in step by triggers. A later migration that makes SQLite copy books_searchentry
loses the triggers: it has to create them again.
"""

from django.db import migrations

POSTGRESQL = [
    """
    ALTER TABLE books_searchentry
    ADD COLUMN names tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', authors), 'B')
        || setweight(to_tsvector('simple', subjects), 'C')
    ) STORED,
    ADD COLUMN document tsvector GENERATED ALWAYS AS (
        to_tsvector('simple', title) || to_tsvector('simple', authors)
        || to_tsvector('simple', subjects) || to_tsvector('simple', description)
    ) STORED
    """,
    "CREATE INDEX books_searchentry_names ON books_searchentry USING gin (names)",
    "CREATE INDEX books_searchentry_document ON books_searchentry USING gin (document)",
]
POSTGRESQL_BACK = ["ALTER TABLE books_searchentry DROP COLUMN names, DROP COLUMN document"]

ADD = """
    INSERT INTO books_searchindex (rowid, title, authors, subjects, description)
    VALUES (new.id, new.title, new.authors, new.subjects, new.description);
"""
REMOVE = """
    INSERT INTO books_searchindex (books_searchindex, rowid, title, authors, subjects, description)
    VALUES ('delete', old.id, old.title, old.authors, old.subjects, old.description);
"""
SQLITE = [
    """
    CREATE VIRTUAL TABLE books_searchindex USING fts5(
        title, authors, subjects, description,
        content='books_searchentry', content_rowid='id', prefix='1 2 3'
    )
    """,
    f"CREATE TRIGGER books_searchentry_added AFTER INSERT ON books_searchentry BEGIN {ADD} END",
    f"CREATE TRIGGER books_searchentry_removed AFTER DELETE ON books_searchentry BEGIN {REMOVE} END",
    f"CREATE TRIGGER books_searchentry_changed AFTER UPDATE ON books_searchentry BEGIN {REMOVE} {ADD} END",
    "INSERT INTO books_searchindex (books_searchindex) VALUES ('rebuild')",
]
SQLITE_BACK = [
    "DROP TRIGGER books_searchentry_changed",
    "DROP TRIGGER books_searchentry_removed",
    "DROP TRIGGER books_searchentry_added",
    "DROP TABLE books_searchindex",
]


def create_index(apps, schema_editor):
    execute(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def drop_index(apps, schema_editor):
    execute(schema_editor, {"postgresql": POSTGRESQL_BACK, "sqlite": SQLITE_BACK})


def execute(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("books", "0004_search")]
    operations = [migrations.RunPython(create_index, drop_index)]
