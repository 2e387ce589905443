"""Series are shown to visitors: a change of one is a new revision of the catalogue (migration catalogue_revision)."""

import importlib

from django.db import migrations

revision = importlib.import_module("books.migrations.0022_catalogue_revision")

POSTGRESQL = """
    CREATE TRIGGER catalogue_revised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON books_series
    FOR EACH STATEMENT EXECUTE FUNCTION books_revise_catalogue()
"""
SQLITE = [
    f"CREATE TRIGGER books_series_{name}_revised AFTER {event} ON books_series BEGIN {revision.REVISE} END"
    for name, event in revision.EVENTS.items()
]


def create_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": [POSTGRESQL], "sqlite": SQLITE})


def drop_triggers(apps, schema_editor):
    sqlite = [f"DROP TRIGGER books_series_{name}_revised" for name in revision.EVENTS]
    revision.execute(
        schema_editor, {"postgresql": ["DROP TRIGGER catalogue_revised ON books_series"], "sqlite": sqlite}
    )


class Migration(migrations.Migration):
    dependencies = [("books", "0026_shelf_orders")]
    operations = [migrations.RunPython(create_triggers, drop_triggers)]
