"""Results of a search are shown to visitors: what they are found by revises the catalogue (migration 0022).

A book is indexed in the transaction that changes it, which is a revision already. Rebuilding the index, in a
migration or by hand, changes nothing else.
"""

import importlib

from django.db import migrations

revision = importlib.import_module("books.migrations.0022_catalogue_revision")

TABLES = ["books_searchentry", "books_searchlanguage", "books_searchspelling"]
POSTGRESQL = [
    f"""
    CREATE TRIGGER catalogue_revised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION books_revise_catalogue()
    """
    for table in TABLES
]
POSTGRESQL_BACK = [f"DROP TRIGGER catalogue_revised ON {table}" for table in TABLES]
SQLITE = [
    f"CREATE TRIGGER {table}_{name}_revised AFTER {event} ON {table} BEGIN {revision.REVISE} END"
    for table in TABLES
    for name, event in revision.EVENTS.items()
]
SQLITE_BACK = [f"DROP TRIGGER {table}_{name}_revised" for table in TABLES for name in revision.EVENTS]


def create_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def drop_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": POSTGRESQL_BACK, "sqlite": SQLITE_BACK})


class Migration(migrations.Migration):
    dependencies = [("books", "0029_names_hold_nothing_invisible")]
    operations = [migrations.RunPython(create_triggers, drop_triggers)]
