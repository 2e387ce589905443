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


class Likeness(models.TextChoices):
    """How a file is like the book that it may be a new edition of."""

    NONE = "", "There is no such book"
    # The identifier or ISBN, the title and an author.
    KNOWN = "known"
    # The title and an author under another identifier, as when a book is exported again.
    ALIKE = "alike"
    # The identifier or ISBN, but another title or author: most likely another book that was made from a copy.
    CONTRADICTED = "contradicted"


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
    author_names = models.JSONField(default=list, null=True, blank=True)
    language = models.CharField(max_length=35)
    # By these two we recognise a book that the shop has already.
    identifier = models.CharField(max_length=255)
    isbn = models.CharField(max_length=13, blank=True)
    # A small picture of the cover, if it has a usable one.
    cover = models.FileField(storage=private_storage, upload_to="intakes/", blank=True, max_length=200)
    chapter_count = models.PositiveIntegerField()
    word_count = models.PositiveIntegerField()
    # The suggested number of sample chapters, and the most that leave something to buy.
    sample_chapters = models.PositiveSmallIntegerField()
    largest_sample = models.PositiveSmallIntegerField(default=0, db_default=0)
    # What the file says about its book, by the names of the book's fields, for people to read.
    facts = models.JSONField(default=dict, null=True, blank=True)
    # The findings of the preflight, errors first: [{"level", "sentence"}].
    findings = models.JSONField(default=list)
    # The book that it is a new edition of, or may be; once imported, the book that it became.
    book = models.ForeignKey(Book, on_delete=models.SET_NULL, null=True, blank=True, related_name="intakes")
    likeness = models.CharField(max_length=12, choices=Likeness, blank=True, db_default="", default="")
    # What staff say where the likeness is not enough to tell: whether it is an edition of that book.
    said_edition = models.BooleanField(null=True, blank=True)
    # What it changes in that book, for people to read.
    changes = models.CharField(max_length=200, blank=True)
    # Who imported it knowing its errors, and when.
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)

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
    def error_count(self):
        """The number of errors, which somebody must accept before the file is imported."""
        return sum(finding["level"] == "error" for finding in self.findings)

    @property
    def is_undecided(self):
        """Whether staff have yet to say if it is an edition of the book."""
        return self.book is not None and self.likeness != Likeness.KNOWN and self.said_edition is None

    @property
    def is_edition(self):
        """Whether its text is to replace that of its book."""
        return self.book is not None and (self.likeness == Likeness.KNOWN or bool(self.said_edition))


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


class LockedField(models.Model):
    """A fact about a book that staff have typed themselves: no new edition changes it."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="locked_fields")
    # Of those that books.publishing.facts reads from a file, or "cover".
    name = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "name"], name="locked_field_once_per_book")]
        default_permissions = ()

    def __str__(self):
        return f"{self.name} of {self.book}"
