"""The pages of printed books, which visitors can go to: a change of them is a new revision of the catalogue."""

import importlib

import django.db.models.deletion
from django.db import migrations, models

revision = importlib.import_module("books.migrations.0022_catalogue_revision")

POSTGRESQL = """
    CREATE TRIGGER catalogue_revised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON books_printedpages
    FOR EACH STATEMENT EXECUTE FUNCTION books_revise_catalogue()
"""
SQLITE = [
    f"CREATE TRIGGER books_printedpages_{name}_revised AFTER {event} ON books_printedpages BEGIN {revision.REVISE} END"
    for name, event in revision.EVENTS.items()
]


def create_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": [POSTGRESQL], "sqlite": SQLITE})


def drop_triggers(apps, schema_editor):
    sqlite = [f"DROP TRIGGER books_printedpages_{name}_revised" for name in revision.EVENTS]
    revision.execute(
        schema_editor, {"postgresql": ["DROP TRIGGER catalogue_revised ON books_printedpages"], "sqlite": sqlite}
    )


class Migration(migrations.Migration):

    dependencies = [("books", "0031_sorting_and_dates")]

    operations = [
        migrations.CreateModel(
            name='PrintedPages',
            fields=[
                ('book', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='printed_pages', serialize=False, to='books.book')),
                ('places', models.JSONField(default=list)),
            ],
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
