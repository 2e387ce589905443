"""Series of books."""

from django.db import models

from users.fields import NameField

from .names import readable_address


class Series(models.Model):
    """Books that belong together, in an order of their own: Book.series and Book.series_position."""

    title = NameField(max_length=200, unique=True)

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "series"

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return readable_address("series_detail", self)
