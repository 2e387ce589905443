"""What a search looks through: each book's words, folded, in one row, and words to correct misspellings."""

from django.db import models

from .catalogue import Book

LONGEST_WORD = 64


class SearchEntry(models.Model):
    """A book's words as prepared by books.search.index, and indexed by the database itself."""

    book = models.OneToOneField(Book, on_delete=models.CASCADE, related_name="search_entry")
    title = models.TextField()
    authors = models.TextField()
    subjects = models.TextField()
    description = models.TextField()

    class Meta:
        verbose_name_plural = "search entries"

    def __str__(self):
        return self.title


class SearchWord(models.Model):
    """A word from a title, name or subject, to which a misspelt search is corrected."""

    text = models.CharField(max_length=LONGEST_WORD, unique=True)

    def __str__(self):
        return self.text
