"""What a search looks through: each book's words, folded, in one row, and words to correct misspellings."""

from django.db import models

from .catalogue import Book

LONGEST_WORD = 64
LONGEST_HEADING = 200


class SearchEntry(models.Model):
    """A book's words as prepared by books.search.index, and indexed by the database itself."""

    book = models.OneToOneField(Book, on_delete=models.CASCADE, related_name="search_entry")
    # The title alone, as a query for exactly this book has it.
    heading = models.CharField(max_length=LONGEST_HEADING, db_default="")
    title = models.TextField()
    authors = models.TextField()
    subjects = models.TextField()
    description = models.TextField()

    class Meta:
        verbose_name_plural = "search entries"
        indexes = [models.Index(fields=["heading"], name="search_entry_heading")]

    def __str__(self):
        return self.title


class SearchLanguage(models.Model):
    """A language with stems in which the shop has, or had, a book."""

    code = models.CharField(max_length=3, unique=True)

    def __str__(self):
        return self.code


class SearchWord(models.Model):
    """A word from a title, name or subject, to which a misspelt search is corrected."""

    text = models.CharField(max_length=LONGEST_WORD, unique=True)

    def __str__(self):
        return self.text


class SearchSpelling(models.Model):
    """A word, or what is left of it without one of its letters, by which its misspellings find it."""

    text = models.CharField(max_length=LONGEST_WORD)
    word = models.ForeignKey(SearchWord, on_delete=models.CASCADE, to_field="text", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["text", "word"], name="search_spelling_once_per_word"),
        ]

    def __str__(self):
        return f"{self.text} → {self.word_id}"
