"""The settings of the shop. Every page shows some of them, so a change is a new revision of the catalogue."""

import importlib

import django.core.validators
import pages.models.settings
from django.db import migrations, models

revision = importlib.import_module("books.migrations.0022_catalogue_revision")

TABLE = "pages_shopsettings"
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
    initial = True

    dependencies = [("books", "0022_catalogue_revision")]

    operations = [
        migrations.CreateModel(
            name="ShopSettings",
            fields=[
                (
                    "key",
                    models.PositiveSmallIntegerField(
                        default=1, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(default="Bookstore", max_length=60)),
                ("tagline", models.CharField(blank=True, max_length=120)),
                ("home_text", models.TextField(blank=True)),
                ("about_text", models.TextField(blank=True)),
                ("home_sections", models.JSONField(default=pages.models.settings.default_home_sections)),
                ("logo", models.ImageField(blank=True, max_length=200, upload_to="shop/")),
                ("logo_width", models.PositiveIntegerField(default=0, editable=False)),
                ("logo_height", models.PositiveIntegerField(default=0, editable=False)),
                ("icon", models.CharField(blank=True, editable=False, max_length=200)),
                ("accent", models.CharField(blank=True, max_length=7)),
                ("contact", models.EmailField(blank=True, max_length=254)),
                ("seller_name", models.CharField(blank=True, max_length=200)),
                ("postal_address", models.TextField(blank=True)),
                ("register_numbers", models.TextField(blank=True)),
                ("social_addresses", models.TextField(blank=True)),
                ("base_currency", models.CharField(blank=True, max_length=3)),
                ("locale", models.CharField(default="en_US", max_length=20)),
                (
                    "time_zone",
                    models.CharField(
                        default="UTC", max_length=64, validators=[pages.models.settings.validate_time_zone]
                    ),
                ),
                (
                    "refund_days",
                    models.PositiveSmallIntegerField(
                        default=14, validators=[django.core.validators.MaxValueValidator(365)]
                    ),
                ),
                ("first_steps_dismissed", models.BooleanField(default=False, editable=False)),
            ],
            options={
                "verbose_name": "shop settings",
                "verbose_name_plural": "shop settings",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("key", 1)), name="shop_settings_one_row")
                ],
            },
        ),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
