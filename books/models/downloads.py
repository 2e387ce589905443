"""Which files readers have downloaded."""

from django.conf import settings
from django.db import models

from .catalogue import Book


class Format(models.TextChoices):
    """The file formats in which a book can be downloaded."""

    EPUB = "epub", "EPUB"
    PDF = "pdf", "PDF"


class Download(models.Model):
    """One download, from the file's first byte. It stays, without a name, after its reader is erased."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="downloads"
    )
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="downloads")
    format = models.CharField(max_length=4, choices=Format)
    downloaded_at = models.DateTimeField(auto_now_add=True)

    exported_fields = ("book__title", "format", "downloaded_at")
    forgets_erased_people = True

    class Meta:
        ordering = ["-downloaded_at", "-id"]

    def __str__(self):
        return f"{self.book} as {self.get_format_display()}"
