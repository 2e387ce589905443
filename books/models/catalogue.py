"""What is on the shelf: books with their authors and subjects, and the bundles they are sold in."""

import uuid

from django.core.files.storage import storages
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from books.money import SMALLEST_CHARGE


def private_storage():
    """Where files lie that only entitled readers may have; it has no address on the web."""
    return storages["private"]


class Author(models.Model):
    name = models.CharField(max_length=200, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Subject(models.Model):
    name = models.CharField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class BookQuerySet(models.QuerySet):
    def for_cards(self):
        """With what a card shows, in a number of queries that does not grow with the books."""
        return self.defer("description", "contents").prefetch_related("authorships__author")


class Book(models.Model):
    """A book on the shelf. Its text is in Chapter, its price in minor units."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200)
    subtitle = models.CharField(max_length=200, blank=True)
    authors = models.ManyToManyField(Author, through="Authorship", related_name="books")
    description = models.TextField(blank=True, help_text="Plain text; an empty line starts a paragraph.")
    price = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(SMALLEST_CHARGE)],
        help_text="Leave it empty to sell the book only with others.",
    )
    cover = models.ImageField(upload_to="covers/", blank=True, max_length=200)
    # The widths, in pixels, in which renditions of the cover are stored beside it.
    cover_widths = models.JSONField(default=list, blank=True, editable=False)
    language = models.CharField(max_length=35, default="en", help_text="A BCP 47 tag: en, de, ja, pt-BR.")
    published = models.DateField(null=True, blank=True)
    subjects = models.ManyToManyField(Subject, blank=True, related_name="books")
    isbn = models.CharField(
        "ISBN",
        max_length=13,
        blank=True,
        validators=[RegexValidator(r"^97[89]\d{10}$", "An ISBN has 13 digits and begins with 978 or 979.")],
    )
    # The EPUB's own unique identifier: by it a file imported again is known to be the same book.
    identifier = models.CharField(max_length=255, blank=True, editable=False)
    epub = models.FileField(storage=private_storage, upload_to="epubs/", blank=True, max_length=200)
    # The book's table of contents: [{"title", "chapter" (number), "fragment", "depth" (from 0)}].
    contents = models.JSONField(default=list, blank=True, editable=False)
    sample_chapters = models.PositiveSmallIntegerField(
        default=1, help_text="How many chapters anybody may read."
    )
    word_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        # The id makes the order the same on every page even among equals.
        ordering = ["-published", "title", "id"]
        permissions = [("special_status", "Can read all books")]
        indexes = [
            models.Index(fields=["-published", "title", "id"], name="book_newest"),
            models.Index(fields=["title", "id"], name="book_by_title"),
            models.Index(fields=["price", "title", "id"], name="book_by_price"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__isnull=True) | Q(price__gte=SMALLEST_CHARGE),
                name="book_price_chargeable",
                violation_error_message="The price is below what a card can be charged.",
            ),
            models.UniqueConstraint(
                fields=["isbn"],
                condition=~Q(isbn=""),
                name="book_isbn_unique",
                violation_error_message="Another book has this ISBN.",
            ),
            models.UniqueConstraint(
                fields=["identifier"], condition=~Q(identifier=""), name="book_identifier_unique"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("book_detail", args=[self.pk])

    @property
    def author_names(self):
        """The authors in the order of the title page, as one phrase."""
        return ", ".join(authorship.author.name for authorship in self.authorships.all())


class Authorship(models.Model):
    """Who wrote a book, in the order of its title page."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="authorships")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="authorships")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["book", "author"], name="authorship_once_per_book"),
        ]

    def __str__(self):
        return f"{self.author} wrote {self.book}"


class Bundle(models.Model):
    """Some books at one price; the one with `everything` is All Books, now and later."""

    title = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    description = models.TextField(blank=True)
    price = models.PositiveIntegerField(validators=[MinValueValidator(SMALLEST_CHARGE)])
    everything = models.BooleanField(default=False, help_text="Opens every book, those to come too.")
    books = models.ManyToManyField(Book, blank=True, related_name="bundles")

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gte=SMALLEST_CHARGE),
                name="bundle_price_chargeable",
                violation_error_message="The price is below what a card can be charged.",
            ),
            models.UniqueConstraint(
                fields=["everything"],
                condition=Q(everything=True),
                name="bundle_one_everything",
                violation_error_message="There is already a bundle of everything.",
            ),
        ]

    def __str__(self):
        return self.title
