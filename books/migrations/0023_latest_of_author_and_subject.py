"""The latest books by an author and on a subject are found by index. The table of a book's subjects has no
model on which Django could declare it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("books", "0022_catalogue_revision")]

    operations = [
        migrations.AddIndex(
            "authorship", models.Index(fields=["author", "id"], name="authorship_latest_of_author")
        ),
        migrations.RunSQL(
            "CREATE INDEX book_latest_on_subject ON books_book_subjects (subject_id, id)",
            "DROP INDEX book_latest_on_subject",
        ),
    ]
