"""Make the way back possible: bookmarks alone were one at each place, while highlights may begin at the same one.

Going back keeps the first mark of each place, as a bookmark with the notes of all.
"""

from django.db import migrations
from django.db.models import Count


def merge(apps, schema_editor):
    marks = apps.get_model("books", "Mark").objects.using(schema_editor.connection.alias)
    place = ("user", "book", "chapter", "fraction")
    crowded = marks.order_by().values(*place).annotate(count=Count("pk")).filter(count__gt=1)
    for each in list(crowded):
        each.pop("count")
        first, *others = marks.filter(**each).order_by("created_at", "pk")
        notes = dict.fromkeys(mark.note for mark in (first, *others) if mark.note)
        first.note = "\n\n".join(notes)[:2000]
        first.save(update_fields=["note"])
        marks.filter(pk__in=[mark.pk for mark in others]).delete()


class Migration(migrations.Migration):
    dependencies = [("books", "0041_marks_hold_highlights")]

    operations = [migrations.RunPython(migrations.RunPython.noop, merge)]
