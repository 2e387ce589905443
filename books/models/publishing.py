"""How books come into the shop: uploads waiting for review, and editions that replaced earlier ones."""

from django.conf import settings
from django.db import models

from users.fields import NameField

from .catalogue import Book, private_storage


class IntakeState(models.TextChoices):
    """What became of an uploaded file; the file itself is kept only while it waits."""

    WAITING = "waiting"
    IMPORTED = "imported"
    DISCARDED = "discarded"


class Intake(models.Model):
    """An EPUB that staff uploaded, with what we found in it, until somebody decides what to do."""

    # Named after its content by importing.file_name.
    file = models.FileField(storage=private_storage, upload_to="intakes/", blank=True, max_length=200)
    filename = NameField(max_length=255)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=9, choices=IntakeState, default=IntakeState.WAITING)
    title = NameField(max_length=200)
    authors = models.TextField(blank=True)
    language = models.CharField(max_length=35)
    # By these two we recognise a book that the shop has already.
    identifier = models.CharField(max_length=255)
    isbn = models.CharField(max_length=13, blank=True)
    # A small picture of the cover, if it has a usable one.
    cover = models.FileField(storage=private_storage, upload_to="intakes/", blank=True, max_length=200)
    chapter_count = models.PositiveIntegerField()
    word_count = models.PositiveIntegerField()
    # The suggested number of sample chapters.
    sample_chapters = models.PositiveSmallIntegerField()
    # The findings of the preflight, errors first: [{"level", "sentence"}].
    findings = models.JSONField(default=list)
    # The book that it is a new edition of; once imported, the book that it became.
    book = models.ForeignKey(Book, on_delete=models.SET_NULL, null=True, blank=True, related_name="intakes")
    # What it changes in that book, for people to read.
    changes = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self):
        return f"{self.title} ({self.filename})"

    @property
    def examined_name(self):
        """The name under which the storage keeps what was found in the file."""
        return f"{self.file.name}.examined"

    @property
    def is_waiting(self):
        """Whether nobody has decided about it yet."""
        return self.state == IntakeState.WAITING

    @property
    def is_blocked(self):
        """Whether an error keeps the file out of the shop."""
        return any(finding["level"] == "error" for finding in self.findings)


class Edition(models.Model):
    """A new text that replaced a book's earlier one."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="editions")
    # What's new, for those who own the book; plain text.
    notes = models.TextField(blank=True)
    # What the import found to have changed, for people to read.
    changes = models.CharField(max_length=200, blank=True)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-published_at", "-id"]

    def __str__(self):
        return f"{self.book}, {self.published_at:%Y-%m-%d}"
