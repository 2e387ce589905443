"""What visitors think of a book, stored beside it. Migration 0018 fills both columns.

Without a default of its own, a column that must not be null makes Django copy the table on SQLite, and the
table's triggers are lost. A plain ALTER TABLE does on both databases.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("books", "0016_book_publication_date")]

    operations = [
        migrations.AddField("book", "rating", models.FloatField(null=True, editable=False)),
        migrations.SeparateDatabaseAndState(
            [
                migrations.RunSQL(
                    """
                    ALTER TABLE books_book
                    ADD COLUMN review_count integer DEFAULT 0 NOT NULL CHECK (review_count >= 0)
                    """,
                    "ALTER TABLE books_book DROP COLUMN review_count",
                )
            ],
            [
                migrations.AddField(
                    "book",
                    "review_count",
                    models.PositiveIntegerField(default=0, db_default=0, editable=False),
                )
            ],
        ),
    ]
