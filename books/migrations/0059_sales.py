"""Sales. Visitors see them: a change of one is a new revision, and so is its beginning and its end (migration 0055)."""

import importlib

import django.core.validators
from django.db import migrations, models

revision = importlib.import_module("books.migrations.0022_catalogue_revision")

TABLES = ["books_sale", "books_sale_books", "books_sale_bundles"]
EXPECTED = """
    INSERT INTO books_moment (at) VALUES ({new}.begins), ({new}.ends) ON CONFLICT DO NOTHING
"""
POSTGRESQL = [
    *(
        f"""
        CREATE TRIGGER catalogue_revised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION books_revise_catalogue()
        """
        for table in TABLES
    ),
    f"""
    CREATE FUNCTION books_expect_moments_of_sale() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {EXPECTED.format(new="NEW")};
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER moments_expected AFTER INSERT OR UPDATE OF begins, ends ON books_sale
    FOR EACH ROW EXECUTE FUNCTION books_expect_moments_of_sale()
    """,
]
SQLITE = [
    *(
        f"CREATE TRIGGER {table}_{name}_revised AFTER {event} ON {table} BEGIN {revision.REVISE} END"
        for table in TABLES
        for name, event in revision.EVENTS.items()
    ),
    *(
        f"""
        CREATE TRIGGER books_sale_{name}_expects AFTER {event} ON books_sale
        BEGIN {EXPECTED.format(new="new")}; END
        """
        for name, event in {"added": "INSERT", "changed": "UPDATE OF begins, ends"}.items()
    ),
]


def create_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def drop_triggers(apps, schema_editor):
    # SQLite drops them with their table.
    function = "DROP FUNCTION books_expect_moments_of_sale() CASCADE"
    revision.execute(schema_editor, {"postgresql": [function], "sqlite": []})


class Migration(migrations.Migration):
    dependencies = [("books", "0058_past_prices")]

    operations = [
        migrations.CreateModel(
            name='Sale',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='For you; readers don’t see it.', max_length=100)),
                ('begins', models.DateTimeField()),
                ('ends', models.DateTimeField(help_text='The regular price is back from this minute on.')),
                ('percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(99)], verbose_name='per cent off')),
                ('amount', models.PositiveIntegerField(blank=True, null=True)),
                ('amounts', models.JSONField(blank=True, default=dict)),
                ('everything', models.BooleanField(default=False, help_text='Every book and bundle, All Books too.', verbose_name='everything in the shop')),
                ('books', models.ManyToManyField(blank=True, related_name='sales', to='books.book')),
                ('bundles', models.ManyToManyField(blank=True, related_name='sales', to='books.bundle')),
            ],
            options={
                'ordering': ['-begins', 'pk'],
                'indexes': [models.Index(fields=['ends', 'begins'], name='sale_by_end')],
                'constraints': [models.CheckConstraint(condition=models.Q(('ends__gt', models.F('begins'))), name='sale_ends_after_it_begins', violation_error_message='A sale ends after it begins.'), models.CheckConstraint(condition=models.Q(models.Q(('amount__gt', 0), ('amount__isnull', False), ('percent__isnull', True)), models.Q(('amount__isnull', True), ('percent__gte', 1), ('percent__isnull', False), ('percent__lte', 99)), _connector='OR'), name='sale_by_percent_or_amount', violation_error_message='Type either a percentage or a price.'), models.CheckConstraint(condition=models.Q(('everything', False), ('percent__isnull', False), _connector='OR'), name='sale_of_everything_by_percent', violation_error_message='A sale of everything is by a percentage.')],
            },
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
