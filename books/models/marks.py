"""What readers mark in a book: bookmarks, highlights, and their notes on either."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from .catalogue import Book
from .places import Place

# In characters. A quotation is copied, shown and exported: it must not become a way to take a book along.
LONGEST_NOTE = LONGEST_QUOTATION = 2_000


class Mark(Place):
    """A bookmark at a place, or a highlight of the words that begin there. Either may have a note.

    A highlight has a colour and its words; a bookmark has neither.
    """

    class Colour(models.TextChoices):
        YELLOW = "yellow"
        GREEN = "green"
        BLUE = "blue"
        PINK = "pink"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="marks")
    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="marks")
    colour = models.CharField(max_length=10, choices=Colour, blank=True, db_default="", default="")
    # As in the chapter's plain text, with its line ends; `excerpt` begins them.
    quotation = models.TextField(max_length=LONGEST_QUOTATION, blank=True, db_default="", default="")
    note = models.TextField(max_length=LONGEST_NOTE, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    exported_fields = (
        *("book__title", "chapter", "chapter_title", "fraction", "excerpt", "quotation"),
        *("colour", "note", "is_lost", "created_at"),
    )
    erased_with_account = True

    class Meta:
        # Its name before it held highlights; the code of the last version still uses it during a deploy.
        db_table = "books_bookmark"
        ordering = ["chapter", "fraction", "id"]
        indexes = [models.Index(fields=["user", "book", "chapter", "fraction"], name="mark_in_book")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "book", "chapter", "fraction"],
                condition=Q(colour="", is_lost=False),
                name="mark_one_bookmark_per_place",
            ),
            models.CheckConstraint(condition=Q(fraction__range=(0, 1)), name="mark_within_chapter"),
            models.CheckConstraint(
                condition=Q(colour="", quotation="")
                | Q(colour__in=["yellow", "green", "blue", "pink"]) & ~Q(quotation=""),
                name="mark_colour_and_words_together",
            ),
        ]

    def __str__(self):
        return f"{self.user} marked chapter {self.chapter} of {self.book}"

    @property
    def is_highlight(self):
        """Whether it marks words, and not only a place."""
        return bool(self.colour)

    @property
    def kind(self):
        """What it is called: a bookmark or a highlight."""
        return "highlight" if self.colour else "bookmark"

    @property
    def words(self):
        """The words that it marks, or those that begin at its place."""
        return self.quotation or self.excerpt
