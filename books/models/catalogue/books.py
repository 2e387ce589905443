"""Books, as the catalogue has them."""

import uuid
from typing import Literal

from django.core.files.storage import storages
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.urls import reverse
from django.utils import timezone

from books.models.preorders.opening import has_opened, preorder_words
from users.fields import NameField

from .authors import Author, Subject
from .names import sorted_as
from .orders import BOOK_ORDERS
from .presentation import DatePrecision, Layout, PageProgression, Presented, WritingMode
from .querysets import BookQuerySet
from .series import Series


def private_storage():
    """The storage of files that only entitled readers may have; it has no address on the web."""
    return storages["private"]


class Book(Presented, models.Model):
    """A book of the shop. Its text is in Chapter, its price in minor units."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = NameField(max_length=200)
    title_file_as = NameField(
        "sorted as",
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="As in a catalogue: “Ferry, The”. Leave it empty to sort by the title.",
    )
    sort_title = sorted_as("title_file_as", "title")
    subtitle = NameField(max_length=200, blank=True)
    authors = models.ManyToManyField(Author, through="Authorship", related_name="books")
    # Who did something else than write it, in the order of the title page: [[a Role, a name]]. No rows of
    # Author: those have pages and are in lists, as writers of books.
    contributors = models.JSONField(default=list, db_default=Value([], models.JSONField()), blank=True)
    description = models.TextField(blank=True, help_text="Plain text; an empty line starts a paragraph.")
    price = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="0 is free. Leave it empty to sell it only in bundles.",
    )
    # What buyers must pay at least where they choose the amount; `price` is then the one suggested to them.
    minimum_price = models.PositiveIntegerField(
        null=True, blank=True, help_text="Buyers pay what they want from here on; 0 lets them pay nothing."
    )
    # What buyers choose from then, in minor units of the base currency; None: worked out from the price.
    presets = models.JSONField(null=True, blank=True)
    cover = models.ImageField(upload_to="covers/", blank=True, max_length=200)
    # The widths, in pixels, in which renditions of the cover are stored beside it.
    cover_widths = models.JSONField(default=list, blank=True, editable=False)
    # The height, in pixels, of the widest rendition.
    cover_height = models.PositiveIntegerField(default=0, editable=False)
    language = models.CharField(max_length=35, default="en", help_text="A BCP 47 tag: en, de, ja, pt-BR.")
    published = models.DateField("publication date", null=True, blank=True)
    published_to = models.CharField(
        "publication date is exact to the",
        max_length=5,
        choices=DatePrecision,
        default=DatePrecision.DAY,
        db_default=DatePrecision.DAY,
    )
    subjects = models.ManyToManyField(Subject, blank=True, related_name="books")
    series = models.ForeignKey(Series, on_delete=models.SET_NULL, null=True, blank=True, related_name="books")
    series_position = models.DecimalField(
        "position in the series",
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="1 for the first book; 1.5 for a story between the first and the second.",
    )
    isbn = models.CharField(
        "ISBN",
        max_length=13,
        blank=True,
        validators=[RegexValidator(r"^97[89]\d{10}$", "An ISBN has 13 digits and begins with 978 or 979.")],
    )
    # The EPUB's own unique identifier, by which a file that is imported again is recognised.
    identifier = models.CharField(max_length=255, blank=True, editable=False)
    epub = models.FileField(storage=private_storage, upload_to="epubs/", blank=True, max_length=200)
    # Uploaded by staff, for readers who prefer pages.
    pdf = models.FileField(
        "PDF", storage=private_storage, upload_to="pdfs/", blank=True, max_length=200, editable=False
    )
    # The table of contents: [{"title", "chapter" (number), "fragment", "depth" (from 0)}].
    contents = models.JSONField(default=list, blank=True, editable=False)
    # How the EPUB asks to be shown. Our reader lets its text flow all the same.
    layout = models.CharField(max_length=10, choices=Layout, default=Layout.REFLOWABLE, editable=False)
    writing_mode = models.CharField(
        max_length=11, choices=WritingMode, default=WritingMode.HORIZONTAL, editable=False
    )
    page_progression = models.CharField(
        max_length=7, choices=PageProgression, default=PageProgression.DEFAULT, editable=False
    )
    # What the EPUB says about its accessibility: schema.org's names, each with a list of values.
    accessibility = models.JSONField(default=dict, blank=True, editable=False)
    sample_chapters = models.PositiveSmallIntegerField(
        default=1, help_text="How many chapters anybody may read for free."
    )
    # The most that leaves something to buy (books.publishing.lengths); unknown before there is a text.
    largest_sample = models.PositiveSmallIntegerField(null=True, editable=False)
    # Whether all that staff have typed is in locked_fields: not in a book that is older than those.
    are_locks_complete = models.BooleanField(default=True, db_default=True, editable=False)
    word_count = models.PositiveIntegerField(default=0, editable=False)
    # Of the printed book, whose places are in PrintedPages; 0 if the EPUB does not name them.
    printed_page_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # Whether it is on sale and shown to everybody. Those who own an unpublished book keep it.
    is_published = models.BooleanField("published", default=True, editable=False)
    # None: never. Then All Books and bundles do not unlock it either.
    first_published_at = models.DateTimeField(default=timezone.now, null=True, blank=True, editable=False)
    # When it opens, if it is sold before: until then, and until it has a file, buyers have only the sample.
    opens_at = models.DateTimeField("opens on", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # The average, None without any, and the number of the reviews that are not hidden. The database works
    # them out (migration book_rating_kept); what is assigned to them here is not kept.
    rating = models.FloatField(null=True, editable=False)
    review_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    # Whoever holds these is still a reader and not staff (users/staff.py).
    reader_permissions = ("special_status",)

    objects = BookQuerySet.as_manager()

    class Meta:
        # Newest first, after those never published, which only staff see.
        ordering = [F("first_published_at").desc(nulls_first=True), "title", "id"]
        permissions = [("special_status", "Can read all books")]
        indexes = [
            models.Index(fields=["-first_published_at", "title", "id"], name="book_newest_on_shelf"),
            models.Index(fields=["title", "id"], name="book_by_title"),
            models.Index(fields=["price", "title", "id"], name="book_by_price"),
            models.Index(fields=["language"], name="book_by_language"),
            *(order.index(name) for name, order in BOOK_ORDERS.items()),
            # For lists that a filter leaves short.
            models.Index(
                fields=["rating"], condition=Q(is_published=True, rating__isnull=False), name="shelf_rating"
            ),
            models.Index(fields=["id"], condition=Q(is_published=True) & ~Q(pdf=""), name="shelf_pdf"),
            # The price of All Books is divided among books without reading their rows.
            models.Index(fields=["price", "id"], condition=Q(is_published=True), name="shelf_prices"),
            models.Index(fields=["opens_at"], condition=Q(opens_at__isnull=False), name="book_preorders"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(minimum_price__isnull=True) | Q(price__gt=0, minimum_price__lte=F("price")),
                name="book_minimum_at_most_price",
                violation_error_message="The lowest price must not be above the suggested one.",
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
            models.CheckConstraint(
                condition=Q(is_published=False) | Q(first_published_at__isnull=False),
                name="book_published_since",
            ),
            models.CheckConstraint(
                condition=Q(largest_sample=None) | Q(sample_chapters__lte=F("largest_sample")),
                name="book_sample_leaves_something",
                violation_error_message="The sample would be the whole book, or nearly so.",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("book_detail", args=[self.pk])

    # As a product.

    kind: Literal["book"] = "book"
    everything: Literal[False] = False

    @property
    def reference(self) -> str:
        """The word by which orders and forms name it: "book:<uuid>"."""
        return f"{self.kind}:{self.pk}"

    @property
    def is_offered(self) -> bool:
        """Whether it is sold on its own."""
        return self.is_published and self.price is not None

    def included_books(self) -> BookQuerySet:
        """The books that a buyer gets: this one."""
        return Book.objects.filter(pk=self.pk)

    def grant_parts(self) -> list[tuple["Book | None", None]]:
        """What to grant a buyer, as (book, bundle)."""
        return [(self, None)]

    def publish(self):
        """Show the book to everybody and put it on sale."""
        self.is_published = True
        self.first_published_at = self.first_published_at or timezone.now()
        self.save(update_fields=["is_published", "first_published_at"])

    def unpublish(self):
        """Take the book off sale and out of sight; those who own it keep it."""
        self.is_published = False
        self.save(update_fields=["is_published"])

    @property
    def author_names(self):
        """The authors' names in the order of the title page, with commas between them."""
        return ", ".join(authorship.author.name for authorship in self.authorships.all())

    @property
    def series_number(self):
        """The position in the series as it is written, "2" or "1.5"; empty without one."""
        return "" if self.series_position is None else f"{self.series_position.normalize():f}"

    @property
    def has_opened(self):
        """Whether those who have it can read it, or only could if its day had come."""
        return has_opened(self.opens_at, self.epub)

    @property
    def preorder(self):
        """What buyers are told while it has not opened: "Pre-order: opens on 4 March 2027"; else empty."""
        return preorder_words(self.opens_at, self.epub)
