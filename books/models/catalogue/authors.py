"""Who wrote the books, and on which subjects."""

from django.db import models
from django.db.models import Prefetch

from users.fields import NameField

from .names import readable_address, sorted_as


class Author(models.Model):
    name = NameField(max_length=200, unique=True)
    file_as = NameField(
        "sorted as",
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="As in a catalogue: “Quill, Ada”. Leave it empty to sort by the name.",
    )
    sort_name = sorted_as("file_as", "name")

    class Meta:
        ordering = ["sort_name", "id"]
        indexes = [models.Index(fields=["sort_name", "id"], name="author_by_sort_name")]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return readable_address("author_detail", self)


class Subject(models.Model):
    name = NameField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return readable_address("subject_detail", self)


class Authorship(models.Model):
    """Who wrote a book, in the order of its title page."""

    book = models.ForeignKey("Book", on_delete=models.CASCADE, related_name="authorships")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="authorships")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        # Its latest books (related.related_to). The same index for subjects is in the migration only.
        indexes = [models.Index(fields=["author", "id"], name="authorship_latest_of_author")]
        constraints = [
            models.UniqueConstraint(fields=["book", "author"], name="authorship_once_per_book"),
        ]

    def __str__(self):
        return f"{self.author} wrote {self.book}"


def authors_prefetch():
    """The authorships with their authors, for prefetch_related, in one query instead of two."""
    return Prefetch("authorships", queryset=Authorship.objects.select_related("author"))
