"""All Books, so that a new shop has something to sell; staff set its price in the admin."""

from django.db import migrations


def create_all_books(apps, schema_editor):
    apps.get_model("books", "Bundle").objects.get_or_create(
        everything=True,
        defaults={
            "title": "All Books",
            "slug": "all-books",
            "price": 3900,
            "description": "Every book in this shop, and every book that comes later.",
        },
    )


class Migration(migrations.Migration):
    dependencies = [("books", "0001_initial")]
    operations = [migrations.RunPython(create_all_books, migrations.RunPython.noop)]
