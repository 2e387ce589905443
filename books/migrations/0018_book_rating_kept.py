"""The database itself works out the rating and the number of reviews of a book: from those that are not hidden.

Whatever is written into the two columns, a trigger on books_book puts the truth there instead; so a book that
is saved as it was read a minute ago does no harm. Triggers on books_review write the columns of the books in
question whenever reviews come, change or go.

On SQLite, a later migration that copies books_book or books_review loses their triggers, and cannot rename the
copy as long as triggers of other tables name it: it has to call drop_triggers first and create_triggers
afterwards.
"""

from django.db import migrations

POSTGRESQL = [
    """
    CREATE FUNCTION books_book_rating() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        SELECT avg(rating), count(*) INTO new.rating, new.review_count
        FROM books_review WHERE book_id = new.id AND hidden_at IS NULL;
        RETURN new;
    END
    $$
    """,
    """
    CREATE TRIGGER books_book_rating BEFORE UPDATE OF rating, review_count ON books_book
    FOR EACH ROW EXECUTE FUNCTION books_book_rating()
    """,
    # The books are locked in the order of their ids: two such statements at once cannot deadlock.
    """
    CREATE FUNCTION books_review_rating() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM FROM books_book WHERE id IN (SELECT book_id FROM reviews) ORDER BY id FOR NO KEY UPDATE;
        UPDATE books_book SET review_count = 0 WHERE id IN (SELECT book_id FROM reviews);
        RETURN NULL;
    END
    $$
    """,
    *(
        f"""
        CREATE TRIGGER {name} AFTER {event} ON books_review REFERENCING {rows} TABLE AS reviews
        FOR EACH STATEMENT EXECUTE FUNCTION books_review_rating()
        """
        for name, event, rows in [
            ("books_review_added", "INSERT", "NEW"),
            ("books_review_removed", "DELETE", "OLD"),
            ("books_review_changed", "UPDATE", "NEW"),
            # The book that a review was about before it was given to another.
            ("books_review_left", "UPDATE", "OLD"),
        ]
    ),
]
POSTGRESQL_BACK = [
    "DROP TRIGGER books_review_left ON books_review",
    "DROP TRIGGER books_review_changed ON books_review",
    "DROP TRIGGER books_review_removed ON books_review",
    "DROP TRIGGER books_review_added ON books_review",
    "DROP FUNCTION books_review_rating()",
    "DROP TRIGGER books_book_rating ON books_book",
    "DROP FUNCTION books_book_rating()",
]

SQLITE = [
    """
    CREATE TRIGGER books_book_rating AFTER UPDATE OF rating, review_count ON books_book BEGIN
        UPDATE books_book SET (rating, review_count) = (
            SELECT avg(rating), count(*) FROM books_review WHERE book_id = new.id AND hidden_at IS NULL
        )
        WHERE id = new.id;
    END
    """,
    """
    CREATE TRIGGER books_review_added AFTER INSERT ON books_review BEGIN
        UPDATE books_book SET review_count = 0 WHERE id = new.book_id;
    END
    """,
    """
    CREATE TRIGGER books_review_removed AFTER DELETE ON books_review BEGIN
        UPDATE books_book SET review_count = 0 WHERE id = old.book_id;
    END
    """,
    """
    CREATE TRIGGER books_review_changed AFTER UPDATE OF book_id, rating, hidden_at ON books_review BEGIN
        UPDATE books_book SET review_count = 0 WHERE id IN (old.book_id, new.book_id);
    END
    """,
]
SQLITE_BACK = [
    "DROP TRIGGER books_review_changed",
    "DROP TRIGGER books_review_removed",
    "DROP TRIGGER books_review_added",
    "DROP TRIGGER books_book_rating",
]

FILL = "UPDATE books_book SET review_count = 0 WHERE id IN (SELECT book_id FROM books_review)"


def create_triggers(apps, schema_editor):
    execute(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def drop_triggers(apps, schema_editor):
    execute(schema_editor, {"postgresql": POSTGRESQL_BACK, "sqlite": SQLITE_BACK})


def execute(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("books", "0017_book_rating")]

    operations = [
        migrations.RunPython(create_triggers, drop_triggers),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
