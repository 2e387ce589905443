"""The catalogue's revision and the triggers that replace it (books/models/revision.py).

PostgreSQL: one trigger for each statement. It inserts a token and deletes those that no other transaction is
deleting, so it waits for nobody and nobody waits for it. SQLite: a trigger for each row; there is only one
writer. A later migration that makes SQLite copy one of these tables loses its triggers: it has to create them
again, as books.tests.catalogue.test_revision notices.
"""

from django.db import migrations, models

# Every table that pages for visitors are made from.
TABLES = [
    "books_author",
    "books_authorship",
    "books_book",
    "books_book_subjects",
    "books_bundle",
    "books_bundle_books",
    "books_chapter",
    "books_edition",
    "books_review",
    "books_subject",
]
# Public names are beside reviews. Logging in, which updates the row too, changes none of them.
NAMES = ["username", "first_name", "last_name"]

FUNCTION = """
    CREATE FUNCTION books_revise_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM books_cataloguerevision WHERE token IN (
            SELECT token FROM books_cataloguerevision FOR UPDATE SKIP LOCKED
        );
        INSERT INTO books_cataloguerevision (token) VALUES (gen_random_uuid());
        RETURN NULL;
    END
    $$
"""
POSTGRESQL = [
    FUNCTION,
    *(
        f"""
        CREATE TRIGGER catalogue_revised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION books_revise_catalogue()
        """
        for table in TABLES
    ),
    f"""
    CREATE TRIGGER catalogue_revised AFTER UPDATE OF {", ".join(NAMES)} ON users_customuser
    FOR EACH ROW WHEN ({" OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in NAMES)})
    EXECUTE FUNCTION books_revise_catalogue()
    """,
    "INSERT INTO books_cataloguerevision (token) VALUES (gen_random_uuid())",
]
POSTGRESQL_BACK = [
    *(f"DROP TRIGGER catalogue_revised ON {table}" for table in [*TABLES, "users_customuser"]),
    "DROP FUNCTION books_revise_catalogue()",
]

REVISE = """
    DELETE FROM books_cataloguerevision;
    INSERT INTO books_cataloguerevision (token) VALUES (lower(hex(randomblob(16))));
"""
EVENTS = {"added": "INSERT", "changed": "UPDATE", "removed": "DELETE"}
SQLITE = [
    *(
        f"CREATE TRIGGER {table}_{name}_revised AFTER {event} ON {table} BEGIN {REVISE} END"
        for table in TABLES
        for name, event in EVENTS.items()
    ),
    f"""
    CREATE TRIGGER users_customuser_changed_revised AFTER UPDATE OF {", ".join(NAMES)} ON users_customuser
    WHEN {" OR ".join(f"old.{name} IS NOT new.{name}" for name in NAMES)} BEGIN {REVISE} END
    """,
    "INSERT INTO books_cataloguerevision (token) VALUES (lower(hex(randomblob(16))))",
]
SQLITE_BACK = [
    *(f"DROP TRIGGER {table}_{name}_revised" for table in TABLES for name in EVENTS),
    "DROP TRIGGER users_customuser_changed_revised",
]


def create_triggers(apps, schema_editor):
    execute(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def drop_triggers(apps, schema_editor):
    execute(schema_editor, {"postgresql": POSTGRESQL_BACK, "sqlite": SQLITE_BACK})


def execute(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("books", "0021_chapter_folded_once"), ("users", "0005_email_domain_is_ascii")]
    operations = [
        migrations.CreateModel(
            name="CatalogueRevision",
            fields=[("token", models.UUIDField(primary_key=True, serialize=False))],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
