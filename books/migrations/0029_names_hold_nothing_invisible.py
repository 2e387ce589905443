"""Takes invisible characters out of titles and names that were stored before they were refused."""

from django.db import migrations

from users.fields import clean

COLUMNS = {
    "Book": ["title", "subtitle"],
    "Chapter": ["title"],
    "Author": ["name"],
    "Subject": ["name"],
    "Bundle": ["title"],
    "Intake": ["filename", "title"],
}


def clean_all(apps, schema_editor):
    for model, columns in COLUMNS.items():
        clean(apps.get_model("books", model), *columns, using=schema_editor.connection.alias)


class Migration(migrations.Migration):

    dependencies = [("books", "0028_shelf_accessible")]

    operations = [migrations.RunPython(clean_all, migrations.RunPython.noop)]
