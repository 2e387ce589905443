"""Other editions are shown to visitors: a change of one is a new revision of the catalogue (migration 0022)."""

import importlib

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

revision = importlib.import_module("books.migrations.0022_catalogue_revision")

TABLE = "books_otheredition"
POSTGRESQL = f"""
    CREATE TRIGGER catalogue_revised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {TABLE}
    FOR EACH STATEMENT EXECUTE FUNCTION books_revise_catalogue()
"""
SQLITE = [
    f"CREATE TRIGGER {TABLE}_{name}_revised AFTER {event} ON {TABLE} BEGIN {revision.REVISE} END"
    for name, event in revision.EVENTS.items()
]


def create_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": [POSTGRESQL], "sqlite": SQLITE})


def drop_triggers(apps, schema_editor):
    sqlite = [f"DROP TRIGGER {TABLE}_{name}_revised" for name in revision.EVENTS]
    revision.execute(
        schema_editor, {"postgresql": [f"DROP TRIGGER catalogue_revised ON {TABLE}"], "sqlite": sqlite}
    )


class Migration(migrations.Migration):

    dependencies = [
        ('books', '0053_wish_list'),
    ]

    operations = [
        migrations.CreateModel(
            name='OtherEdition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('hardcover', 'Hardcover'), ('paperback', 'Paperback'), ('large-print', 'Large print'), ('audiobook', 'Audiobook'), ('ebook', 'E-book')], max_length=11)),
                ('seller', models.CharField(blank=True, help_text='As readers know the shop.', max_length=80, verbose_name='sold by')),
                ('address', models.URLField(max_length=500, validators=[django.core.validators.URLValidator(message='Enter an address that begins with https://.', schemes=['https'])])),
                ('isbn', models.CharField(blank=True, max_length=13, validators=[django.core.validators.RegexValidator('^97[89]\\d{10}$', 'An ISBN has 13 digits and begins with 978 or 979.')], verbose_name='ISBN')),
                ('price', models.CharField(blank=True, help_text='As text, with its currency: $18.00. Leave it empty if it changes.', max_length=40)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('book', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='other_editions', to='books.book')),
            ],
            options={
                'ordering': ['position', 'pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(('address__startswith', 'https://')), name='other_edition_at_secure_address')],
            },
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
