"""Fill in what uploads that wait already would have been given: they were recognised by their identifier alone."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    waiting = apps.get_model("books", "Intake").objects.using(schema_editor.connection.alias)
    waiting = waiting.filter(state="waiting")
    waiting.filter(book__isnull=False).update(likeness="known")
    waiting.filter(chapter_count__gt=0).update(largest_sample=F("chapter_count") - 1)


class Migration(migrations.Migration):
    dependencies = [("books", "0036_intakes_are_reviewed")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
