"""What is on the shelf: books with their authors and subjects."""

import uuid

from django.core.files.storage import storages
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Avg, Case, Count, F, OuterRef, Q, Subquery, When
from django.urls import reverse
from django.utils import timezone

from books.money import SMALLEST_CHARGE
from users.fields import NameField

from .authors import Author, Authorship, authors_prefetch

# ISO 639 codes of the languages written from right to left.
RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}


def private_storage():
    """Where files lie that only entitled readers may have; it has no address on the web."""
    return storages["private"]


class Subject(models.Model):
    name = NameField(max_length=100, unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


# The id makes each order the same on every page, even among equals. New is what came on the shelf last:
# whatever date an EPUB has, and many have none, a book in the shop always has the day of its first sale.
BOOK_ORDERS = {
    "newest": ("-first_published_at", "title", "id"),
    "title": ("title", "id"),
    "price": (F("price").asc(nulls_last=True), "title", "id"),
}


# Stars of a review, the best first.
RATINGS = (5, 4, 3, 2, 1)


class BookQuerySet(models.QuerySet):
    def published(self):
        """Those that everybody may know of. Of one book, and for one visitor, access.may_see decides."""
        return self.filter(is_published=True)

    def for_cards(self):
        """With what a card shows, in two queries for any number of books."""
        return self.without_text().with_average_rating().prefetch_related(authors_prefetch())

    def without_text(self):
        """Without the two long fields, which only the book's own page shows."""
        return self.defer("description", "contents")

    def in_order(self, order):
        """By one of BOOK_ORDERS."""
        return self.order_by(*BOOK_ORDERS[order])

    def with_tallies(self):
        """With how many reviews the book has, with how many stars, and their average rating."""
        visible = Q(reviews__hidden_at=None)
        stars = {
            f"reviews_of_{stars}": Count("reviews", filter=visible & Q(reviews__rating=stars))
            for stars in RATINGS
        }
        return self.annotate(
            review_count=Count("reviews", filter=visible),
            average_rating=Avg("reviews__rating", filter=visible),
            **stars,
        )

    def with_average_rating(self):
        """With the average rating alone, looked up for each book that is shown."""
        reviews = self.model._meta.get_field("reviews").related_model.objects
        of_book = reviews.visible().filter(book=OuterRef("pk")).order_by().values("book")
        return self.annotate(average_rating=Subquery(of_book.values(average=Avg("rating"))))

    def related_to(self, book):
        """Other books by one of its authors, and then those on one of its subjects."""
        by_author = Q(pk__in=Authorship.objects.filter(author__books=book).values("book"))
        on_subject = Q(pk__in=Book.subjects.through.objects.filter(subject__books=book).values("book"))
        return (
            self.filter(by_author | on_subject)
            .exclude(pk=book.pk)
            .order_by(Case(When(by_author, then=0), default=1), *BOOK_ORDERS["newest"])
        )


class Layout(models.TextChoices):
    """Whether a book's text flows or lies in pages of fixed size."""

    REFLOWABLE = "reflowable"
    FIXED = "fixed"


class WritingMode(models.TextChoices):
    """CSS's words for lines of text and for columns that follow each other leftwards."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical-rl"


class PageProgression(models.TextChoices):
    """EPUB's words for the side on which the next page lies; the default is the language's own."""

    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"
    DEFAULT = "default"


class Book(models.Model):
    """A book on the shelf. Its text is in Chapter, its price in minor units."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = NameField(max_length=200)
    subtitle = NameField(max_length=200, blank=True)
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
    # The height, in pixels, of the widest of them.
    cover_height = models.PositiveIntegerField(default=0, editable=False)
    language = models.CharField(max_length=35, default="en", help_text="A BCP 47 tag: en, de, ja, pt-BR.")
    published = models.DateField("publication date", null=True, blank=True)
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
    # Beside the EPUB, for those who want pages: staff put it there.
    pdf = models.FileField(
        "PDF", storage=private_storage, upload_to="pdfs/", blank=True, max_length=200, editable=False
    )
    # The book's table of contents: [{"title", "chapter" (number), "fragment", "depth" (from 0)}].
    contents = models.JSONField(default=list, blank=True, editable=False)
    # How the EPUB means to be shown; the reader of this shop lets its text flow all the same.
    layout = models.CharField(max_length=10, choices=Layout, default=Layout.REFLOWABLE, editable=False)
    writing_mode = models.CharField(
        max_length=11, choices=WritingMode, default=WritingMode.HORIZONTAL, editable=False
    )
    page_progression = models.CharField(
        max_length=7, choices=PageProgression, default=PageProgression.DEFAULT, editable=False
    )
    # What the EPUB says of its accessibility: schema.org's names with a list of values each.
    accessibility = models.JSONField(default=dict, blank=True, editable=False)
    sample_chapters = models.PositiveSmallIntegerField(
        default=1, help_text="How many chapters anybody may read."
    )
    word_count = models.PositiveIntegerField(default=0, editable=False)
    # Whether it is in the shop. One that was taken out of it stays with those who own it.
    is_published = models.BooleanField("published", default=True, editable=False)
    # None: never yet. Then All Books and bundles do not open it either.
    first_published_at = models.DateTimeField(default=timezone.now, null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BookQuerySet.as_manager()

    class Meta:
        # The newest first, and before them what is not on the shelf yet: only staff see that.
        ordering = [F("first_published_at").desc(nulls_first=True), "title", "id"]
        permissions = [("special_status", "Can read all books")]
        indexes = [
            models.Index(fields=["-first_published_at", "title", "id"], name="book_newest_on_shelf"),
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
            models.CheckConstraint(
                condition=Q(is_published=False) | Q(first_published_at__isnull=False),
                name="book_published_since",
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("book_detail", args=[self.pk])

    def publish(self):
        """Put the book into the shop."""
        self.is_published = True
        self.first_published_at = self.first_published_at or timezone.now()
        self.save(update_fields=["is_published", "first_published_at"])

    def unpublish(self):
        """Take the book out of the shop; those who own it keep it."""
        self.is_published = False
        self.save(update_fields=["is_published"])

    @property
    def author_names(self):
        """The authors in the order of the title page, as one phrase."""
        return ", ".join(authorship.author.name for authorship in self.authorships.all())

    @property
    def reviews_by_stars(self):
        """How many reviews there are of each rating, as (stars, count), for a book that has its tallies."""
        return [(stars, getattr(self, f"reviews_of_{stars}")) for stars in RATINGS]

    @property
    def direction(self):
        """Which way the book's language is written, as HTML's `dir`."""
        return "rtl" if self.language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"

    @property
    def chapter_count(self):
        """How many chapters the table of contents names, without their sections."""
        return sum(entry["depth"] == 0 for entry in self.contents)

    @property
    def turns_leftwards(self):
        """Whether the next page is on the left: as the EPUB says, or else as its script is written."""
        if self.page_progression == PageProgression.DEFAULT:
            return self.direction == "rtl" or self.writing_mode == WritingMode.VERTICAL
        return self.page_progression == PageProgression.RIGHT_TO_LEFT
