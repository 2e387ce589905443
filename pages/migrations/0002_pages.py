"""Pages that staff write. Visitors see them, so a change is a new revision of the catalogue.

A version that has been published is what buyers agreed to: the database refuses to change it.
"""

import importlib

import django.core.validators
import django.db.models.deletion
import re
from django.conf import settings
from django.db import migrations, models

revision = importlib.import_module("books.migrations.0022_catalogue_revision")

TABLES = ["pages_page", "pages_pageversion"]
FIXED = "page_id, number, text, digest, published_at"
POSTGRESQL = [
    *(
        f"""
        CREATE TRIGGER catalogue_revised AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION books_revise_catalogue()
        """
        for table in TABLES
    ),
    """
    CREATE FUNCTION pages_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'A published version cannot be changed.' USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
    f"""
    CREATE TRIGGER published_stays BEFORE UPDATE OF {FIXED} ON pages_pageversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION pages_refuse_change()
    """,
]
POSTGRESQL_BACK = [
    *(f"DROP TRIGGER catalogue_revised ON {table}" for table in TABLES),
    "DROP TRIGGER published_stays ON pages_pageversion",
    "DROP FUNCTION pages_refuse_change()",
]
SQLITE = [
    *(
        f"CREATE TRIGGER {table}_{name}_revised AFTER {event} ON {table} BEGIN {revision.REVISE} END"
        for table in TABLES
        for name, event in revision.EVENTS.items()
    ),
    f"""
    CREATE TRIGGER pages_pageversion_stays BEFORE UPDATE OF {FIXED} ON pages_pageversion
    WHEN old.published_at IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'A published version cannot be changed.'); END
    """,
]
SQLITE_BACK = [
    *(f"DROP TRIGGER {table}_{name}_revised" for table in TABLES for name in revision.EVENTS),
    "DROP TRIGGER pages_pageversion_stays",
]


def create_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": POSTGRESQL, "sqlite": SQLITE})


def drop_triggers(apps, schema_editor):
    revision.execute(schema_editor, {"postgresql": POSTGRESQL_BACK, "sqlite": SQLITE_BACK})


class Migration(migrations.Migration):

    dependencies = [
        ('pages', '0001_shop_settings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Page',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=100)),
                ('slug', models.CharField(max_length=50, unique=True, validators=[django.core.validators.RegexValidator(re.compile('^[-a-zA-Z0-9_]+\\Z'), 'Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.', 'invalid')], verbose_name='address')),
                ('began_as', models.CharField(choices=[('imprint', 'Imprint: who runs the shop'), ('terms', 'Terms of sale'), ('privacy', 'Privacy notice'), ('returns', 'Returns and refunds'), ('accessibility', 'Accessibility statement'), ('blank', 'A blank page')], default='blank', max_length=20)),
                ('footer_place', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='place in the footer')),
                ('is_agreed_to', models.BooleanField(default=False, verbose_name='buyers agree to it')),
            ],
            options={
                'ordering': ['title'],
            },
        ),
        migrations.CreateModel(
            name='PageVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(blank=True, null=True)),
                ('text', models.TextField()),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('page', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='pages.page')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='published_versions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': [models.OrderBy(models.F('number'), descending=True, nulls_first=True)],
            },
        ),
        migrations.AddField(
            model_name='page',
            name='current',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='pages.pageversion'),
        ),
        migrations.AddConstraint(
            model_name='pageversion',
            constraint=models.UniqueConstraint(fields=('page', 'number'), name='page_version_number_once'),
        ),
        migrations.AddConstraint(
            model_name='pageversion',
            constraint=models.UniqueConstraint(condition=models.Q(('published_at', None)), fields=('page',), name='page_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='pageversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('digest', ''), ('number', None), ('published_at', None)), models.Q(('number__isnull', False), ('published_at__isnull', False), models.Q(('digest', ''), _negated=True)), _connector='OR'), name='page_version_numbered_once_published'),
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
