"""What is told to everybody who has a book that has not opened, or to staff: each of them once."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class AnnouncementKind(models.TextChoices):
    OPENED = "opened", "The book has opened"
    MOVED = "moved", "The day has moved to a later one"
    FILE_MISSING_SOON = "file_soon", "To staff: the day is near, and there is no file"
    FILE_MISSING = "file_now", "To staff: the day has come, and there is no file"


# What readers are told; the other kinds are for staff.
FOR_READERS = (AnnouncementKind.OPENED, AnnouncementKind.MOVED)


class Announcement(models.Model):
    """One thing to be told of a book and of the moment, in UTC, at which it opens.

    It is finished when everybody has a letter; after an interruption it continues with those who have none.
    """

    book = models.ForeignKey("books.Book", on_delete=models.CASCADE, related_name="announcements")
    kind = models.CharField(max_length=10, choices=AnnouncementKind)
    opens_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["id"], condition=Q(finished_at=None), name="announcement_unfinished"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "kind", "opens_at"], name="announcement_once_per_kind_and_moment"
            ),
        ]

    def __str__(self):
        return f"{self.book}: {self.get_kind_display()}"


class Told(models.Model):
    """That this reader has been told: written in the transaction that queues the letter."""

    announcement = models.ForeignKey(Announcement, on_delete=models.CASCADE, related_name="told")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    erased_with_account = True

    class Meta:
        ordering = ["pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["announcement", "reader"], name="told_once_per_reader"),
        ]

    def __str__(self):
        return f"{self.reader}: {self.announcement}"
