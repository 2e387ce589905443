"""Takes invisible characters out of names that were stored before they were refused."""

from django.db import migrations

from users.fields import clean

COLUMNS = {"CustomUser": ["username", "first_name", "last_name"]}


def clean_all(apps, schema_editor):
    for model, columns in COLUMNS.items():
        clean(apps.get_model("users", model), *columns, using=schema_editor.connection.alias)


class Migration(migrations.Migration):

    dependencies = [("users", "0006_lists_by_index")]

    operations = [migrations.RunPython(clean_all, migrations.RunPython.noop)]
