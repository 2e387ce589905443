"""A column of words for every rank, exact titles, the shop's languages, and words without one letter.

PostgreSQL guesses well how many books have a word in their titles only if a column holds no other words.
SQLite copies books_searchentry to add the column of titles, which loses the triggers of migration 0005. To
remove the column it does not copy the table.
"""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

SQLITE_TRIGGERS = import_module("books.migrations.0005_search_index").SQLITE[1:4]

POSTGRESQL = [
    """
    ALTER TABLE books_searchentry
    ADD COLUMN in_title tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED,
    ADD COLUMN in_title_or_authors tsvector GENERATED ALWAYS AS (
        to_tsvector('simple', title) || to_tsvector('simple', authors)
    ) STORED
    """,
    "CREATE INDEX books_searchentry_in_title ON books_searchentry USING gin (in_title)",
    """
    CREATE INDEX books_searchentry_in_title_or_authors ON books_searchentry
    USING gin (in_title_or_authors)
    """,
]
POSTGRESQL_BACK = ["ALTER TABLE books_searchentry DROP COLUMN in_title, DROP COLUMN in_title_or_authors"]


def create_index(apps, schema_editor):
    execute(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE_TRIGGERS})


def drop_index(apps, schema_editor):
    execute(schema_editor, {"postgresql": POSTGRESQL_BACK, "sqlite": []})


def execute(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [("books", "0018_book_rating_kept")]

    operations = [
        migrations.CreateModel(
            name='SearchLanguage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=3, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name='SearchSpelling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name='searchentry',
            name='heading',
            field=models.CharField(db_default='', max_length=200),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=models.Index(fields=['heading'], name='search_entry_heading'),
        ),
        migrations.AddField(
            model_name='searchspelling',
            name='word',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='books.searchword', to_field='text'),
        ),
        migrations.AddConstraint(
            model_name='searchspelling',
            constraint=models.UniqueConstraint(fields=('text', 'word'), name='search_spelling_once_per_word'),
        ),
        migrations.RunPython(create_index, drop_index),
    ]
