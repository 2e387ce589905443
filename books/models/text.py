"""The text of a book, as it was sanitised at import."""

from django.db import models
from django.db.models.functions import Length
from django.urls import reverse

from users.fields import NameField

from .catalogue import Book, private_storage


class Chapter(models.Model):
    """One document of the book's spine, in reading order from 1."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="chapters")
    number = models.PositiveIntegerField()
    title = NameField(max_length=300)
    # Safe to put on a page as it is: books.epub let nothing else through.
    html = models.TextField()
    plain_text = models.TextField(blank=True)
    # In characters, because not every language has words that can be counted; and one more, because a
    # chapter of nothing but pictures is something to read too.
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
    def has_heading(self):
        """Whether the text brings a heading of its own; sanitised ones begin at h2."""
        return "<h2" in self.html


class Illustration(models.Model):
    """A picture shown in the text; whoever may read `first_chapter` may see it."""

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
