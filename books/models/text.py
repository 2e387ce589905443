"""A book's text, as it was sanitised at import."""

from django.db import models
from django.db.models.functions import Length
from django.urls import reverse

from users.fields import NameField

from .catalogue import Book, private_storage

# In characters: about 30,000 words, which take a phone a tenth of a second.
LONG = 180_000


class Chapter(models.Model):
    """A chapter, numbered from 1 in reading order."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="chapters")
    number = models.PositiveIntegerField()
    title = NameField(max_length=300)
    # Safe to put on a page unescaped: books.epub lets nothing else through.
    html = models.TextField()
    plain_text = models.TextField(blank=True)
    # In characters, because words cannot be counted in every language; plus one, because a chapter of nothing
    # but pictures has something to read too.
    length = models.GeneratedField(
        expression=Length("plain_text") + 1, output_field=models.PositiveIntegerField(), db_persist=True
    )

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["book", "number"], name="chapter_number_once_per_book"),
        ]

    def __str__(self):
        return f"{self.book}, {self.number}: {self.title}"

    def get_absolute_url(self):
        return reverse("book_read", args=[self.book_id, self.number])

    @property
    def is_long(self):
        """Whether a browser would take noticeably long to lay out all of it."""
        return self.length > LONG

    @property
    def has_heading(self):
        """Whether the text has a heading of its own; after sanitising, headings start at h2."""
        return "<h2" in self.html


class Illustration(models.Model):
    """A picture in the text. Whoever may read `first_chapter`, where it appears first, may see it."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="illustrations")
    name = models.CharField(max_length=100)
    file = models.FileField(storage=private_storage, upload_to="illustrations/", max_length=200)
    first_chapter = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "name"], name="illustration_name_once_per_book"),
        ]

    def __str__(self):
        return f"{self.book}: {self.name}"
