"""A book's text, as it was sanitised at import."""

import re

from django.db import models
from django.db.models.functions import Length
from django.urls import reverse

from users.fields import NameField

from .catalogue import Book, private_storage

# The number of a page in digits; no printed book has more pages.
COUNTED = re.compile("[0-9]{1,6}")
# In characters: about 30,000 words, which take a phone a tenth of a second.
LONG = 180_000


class Chapter(models.Model):
    """A chapter, numbered from 1 in reading order."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="chapters")
    number = models.PositiveIntegerField()
    title = NameField(max_length=300)
    # Safe to put on a page unescaped: books.epub lets nothing else through.
    html = models.TextField()
    plain_text = models.TextField(blank=True)
    # In characters, because words cannot be counted in every language; plus one, because a chapter of nothing
    # but pictures has something to read too.
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
    def is_long(self):
        """Whether a browser would take noticeably long to lay out all of it."""
        return self.length > LONG

    @property
    def has_heading(self):
        """Whether the text has a heading of its own; after sanitising, headings start at h2."""
        return "<h2" in self.html


class PrintedPages(models.Model):
    """Where the pages of the printed book begin, in their order; a column of Book would be read too often."""

    book = models.OneToOneField(
        Book, on_delete=models.CASCADE, primary_key=True, related_name="printed_pages"
    )
    # [[number as printed, chapter, fragment]], such as ["xii", 1, "text-page12"].
    places = models.JSONField(default=list)

    def __str__(self):
        return f"Printed pages of {self.book}"

    def find(self, number):
        """Return the place of a page, or of the last one before it; None if there is none."""
        wanted = number.strip().casefold()
        named = {printed.casefold(): place for printed, *place in reversed(self.places)}
        if wanted in named or not COUNTED.fullmatch(wanted):
            return named.get(wanted)
        # A page without words, such as one before a new part, is often not marked.
        counted = [(int(printed), place) for printed, place in named.items() if COUNTED.fullmatch(printed)]
        before = [each for each in counted if each[0] < int(wanted)]
        is_beyond = all(printed < int(wanted) for printed, _ in counted)
        return None if is_beyond else max(before, default=(0, None))[1]

    def within(self, chapter):
        """Return [number, fragment] of the pages in a chapter; the fragment "" is the chapter's beginning.

        First comes the page on which the chapter begins, if the list names it.
        """
        own = [[printed, fragment] for printed, number, fragment in self.places if number == chapter]
        earlier = [printed for printed, number, _ in self.places if number < chapter]
        begins_a_page = own and not own[0][1]
        return own if begins_a_page or not earlier else [[earlier[-1], ""], *own]


class Illustration(models.Model):
    """A picture in the text. Whoever may read `first_chapter`, where it appears first, may see it."""

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
