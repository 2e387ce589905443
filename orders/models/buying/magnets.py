"""Books that are given to whoever consents to the newsletter."""

from django.db import models
from django.urls import reverse

from books.models import Book


class Magnet(models.Model):
    """A page that gives a book for a consent. The book may be sold as well: nobody has to consent for it."""

    slug = models.SlugField(unique=True, help_text="The last part of the page’s address.")
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="magnets")
    sentence = models.TextField(
        "sentence of consent",
        max_length=1000,
        help_text="What the box on the page says, in full: who writes, about what, how often, and that one "
        "can end it at any time. It is stored with each consent as it is now.",
    )
    # Of the sentence: it goes up with every change of it.
    version = models.PositiveIntegerField(default=1, editable=False)
    is_open = models.BooleanField("offered", default=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = "book for the newsletter"
        verbose_name_plural = "books for the newsletter"

    def __str__(self):
        return f"{self.book} for the newsletter"

    def get_absolute_url(self):
        return reverse("newsletter", args=[self.slug])
