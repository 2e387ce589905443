"""Indexes and statistics of the books that each accessibility filter leaves (books/search/accessibility_filters.py).

On PostgreSQL alone: a condition that looks into JSON takes it a second to check for a million books. SQLite would
need Django's function for regular expressions whenever a row is written, by whatever program.
"""

from django.db import migrations, models
from django.db.models import Q

FILTERS = {
    "shelf_read_aloud": Q(accessibility__accessMode=["textual"])
    | Q(accessibility__accessModeSufficient__regex='"(textual)"'),
    "shelf_described": Q(accessibility__accessibilityFeature__regex='"(alternativeText|longDescriptions?)"'),
    "shelf_no_flashing": Q(accessibility__accessibilityHazard__regex='"(none|noFlashingHazard)"'),
}
INDEXES = [
    models.Index(fields=["id"], condition=Q(is_published=True) & condition, name=name)
    for name, condition in FILTERS.items()
]
# Without them, PostgreSQL would guess how many books a condition leaves, and choose the wrong index of several.
STATISTICS = {
    "shelf_modes": "accessibility -> 'accessMode'",
    "shelf_sufficient_modes": "accessibility ->> 'accessModeSufficient'",
    "shelf_features": "accessibility ->> 'accessibilityFeature'",
    "shelf_hazards": "accessibility ->> 'accessibilityHazard'",
}


def add_indexes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for index in INDEXES:
            schema_editor.add_index(apps.get_model("books", "Book"), index)
        for name, expression in STATISTICS.items():
            schema_editor.execute(f"CREATE STATISTICS {name} ON ({expression}) FROM books_book")


def remove_indexes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for index in INDEXES:
            schema_editor.remove_index(apps.get_model("books", "Book"), index)
        for name in STATISTICS:
            schema_editor.execute(f"DROP STATISTICS {name}")


class Migration(migrations.Migration):
    dependencies = [("books", "0027_series_revise_catalogue")]
    operations = [migrations.RunPython(add_indexes, remove_indexes)]
