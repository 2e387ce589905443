"""What we keep of a reader's reading: where they left off, their bookmarks and how they like pages set."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum

from .catalogue import Book
from .places import Place
from .text import Chapter


class PositionQuerySet(models.QuerySet):
    def keep(self, user, chapter, fraction):
        """Save this as the place where the user left off in the book, replacing any earlier one.

        The last to arrive wins: it comes from the device that was used last.
        """
        tally = Chapter.objects.filter(book=chapter.book_id).aggregate(
            whole=Sum("length"), before=Sum("length", filter=Q(number__lt=chapter.number), default=0)
        )
        progress = (tally["before"] + fraction * chapter.length) / tally["whole"]
        self.update_or_create(
            user=user,
            book=chapter.book,
            defaults={
                **{"chapter": chapter.number, "fraction": fraction, "progress": progress},
                # Those of an earlier place; nothing shows a position's words before a new edition needs them.
                **{"chapter_title": "", "before": "", "excerpt": "", "is_lost": False},
            },
        )


class Position(Place):
    """Where a reader left off in a book."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="positions")
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="positions")
    # The share of the book before it when it was saved, from 0 to 1; at 1 the book is finished.
    progress = models.FloatField(default=0)
    updated_at = models.DateTimeField(auto_now=True)

    exported_fields = ("book__title", "chapter", "fraction", "progress", "updated_at")
    erased_with_account = True

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["-updated_at", "-id"]
        indexes = [models.Index(fields=["user", "-updated_at"], name="position_latest_of_user")]
        constraints = [
            models.UniqueConstraint(fields=["user", "book"], name="position_once_per_book"),
            models.CheckConstraint(
                condition=Q(fraction__range=(0, 1), progress__range=(0, 1)), name="position_within_book"
            ),
        ]

    def __str__(self):
        return f"{self.user} at chapter {self.chapter} of {self.book}"


class Bookmark(Place):
    """A place that a reader has marked, with or without a note."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bookmarks")
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="bookmarks")
    note = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    exported_fields = ("book__title", "chapter", "fraction", "excerpt", "note", "created_at")
    erased_with_account = True

    class Meta:
        ordering = ["chapter", "fraction"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "book", "chapter", "fraction"], name="bookmark_once_per_place"
            ),
            models.CheckConstraint(condition=Q(fraction__range=(0, 1)), name="bookmark_within_chapter"),
        ]

    def __str__(self):
        return f"{self.user} marked chapter {self.chapter} of {self.book}"


class Preferences(models.Model):
    """How somebody likes pages set. For visitors without an account it is not saved here but in a cookie."""

    class Colours(models.TextChoices):
        AUTO = "auto", "Auto"
        LIGHT = "light"
        SEPIA = "sepia"
        DARK = "dark"

    class Measure(models.TextChoices):
        NARROW = "narrow"
        MEDIUM = "medium"
        WIDE = "wide"

    class Typeface(models.TextChoices):
        SERIF = "serif"
        SANS = "sans", "Sans serif"

    class TypeSize(models.TextChoices):
        SMALLER = "1", "Smaller"
        SMALL = "2", "Small"
        MEDIUM = "3", "Medium"
        LARGE = "4", "Large"
        LARGER = "5", "Larger"

    class Shortcuts(models.TextChoices):
        ON = "on"
        OFF = "off"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences"
    )
    colours = models.CharField(max_length=10, choices=Colours, default=Colours.AUTO)
    type_size = models.CharField(max_length=10, choices=TypeSize, default=TypeSize.MEDIUM)
    measure = models.CharField("line length", max_length=10, choices=Measure, default=Measure.MEDIUM)
    typeface = models.CharField(max_length=10, choices=Typeface, default=Typeface.SERIF)
    shortcuts = models.CharField("keyboard shortcuts", max_length=10, choices=Shortcuts, default=Shortcuts.ON)

    exported_fields = ("colours", "type_size", "measure", "typeface", "shortcuts")
    erased_with_account = True

    class Meta:
        verbose_name_plural = "reading preferences"

    def __str__(self):
        return f"How {self.user} reads"

    @property
    def theme(self):
        """The colours as Bootstrap's theme; empty to follow the system."""
        return {self.Colours.AUTO: "", self.Colours.SEPIA: "light"}.get(self.colours, self.colours)
