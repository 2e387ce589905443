"""Fill in how long the sample of each book may be, and cut those that are longer.

Books that came from a file may have been edited before there were locks. What of them was typed is found out
by their files when a new edition comes: opening all of them here could take days.
"""

from itertools import groupby, islice
from operator import itemgetter

from django.db import migrations
from django.db.models import F

from books.publishing.lengths import largest_sample

AT_ONCE = 1_000


def fill(apps, schema_editor):
    books = apps.get_model("books", "Book").objects.using(schema_editor.connection.alias)
    chapters = apps.get_model("books", "Chapter").objects.using(schema_editor.connection.alias)
    lengths = chapters.order_by("book", "number").values_list("book", "length").iterator(chunk_size=10_000)
    largest = (
        (book, largest_sample([length for _, length in rows])) for book, rows in groupby(lengths, itemgetter(0))
    )
    while batch := dict(islice(largest, AT_ONCE)):
        changed = [books.model(pk=book, largest_sample=most) for book, most in batch.items()]
        books.bulk_update(changed, ["largest_sample"])
    books.filter(sample_chapters__gt=F("largest_sample")).update(sample_chapters=F("largest_sample"))
    books.exclude(epub="").update(are_locks_complete=False)


class Migration(migrations.Migration):
    dependencies = [("books", "0046_book_largest_sample_and_locks")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
