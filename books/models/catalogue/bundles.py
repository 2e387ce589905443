"""Books that are sold together."""

from typing import Literal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse

from books.money import SMALLEST_CHARGE
from users.fields import NameField

from .books import Book
from .querysets import BookQuerySet

# The reference of the bundle of every book.
ALL_BOOKS = "all-books"


class BundleQuerySet(models.QuerySet):
    def for_offers(self):
        """Bundles with their number of published books; those without any are left out, except All Books."""
        published = Q(books__is_published=True)
        counted = self.annotate(book_count=Count("books", filter=published, distinct=True))
        return counted.filter(Q(everything=True) | Q(book_count__gt=0)).order_by(
            "everything", "price", "title"
        )

    def with_book(self, book):
        """Bundles that include this book for whoever buys them now, All Books last."""
        if not book.is_published:
            return self.none()
        return self.for_offers().filter(
            Q(everything=True) | Q(pk__in=Bundle.books.through.objects.filter(book=book).values("bundle"))
        )

    def all_books(self):
        """The bundle of every book, or None if staff have deleted it."""
        return self.filter(everything=True).first()


class Bundle(models.Model):
    """Several books at one price; the one with `everything` is All Books, present and future."""

    title = NameField(max_length=200)
    slug = models.SlugField(unique=True)
    description = models.TextField(blank=True)
    price = models.PositiveIntegerField(validators=[MinValueValidator(SMALLEST_CHARGE)])
    everything = models.BooleanField(default=False, help_text="Every book, present and future.")
    books = models.ManyToManyField(Book, blank=True, related_name="bundles")

    objects = BundleQuerySet.as_manager()

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

    def get_absolute_url(self):
        return reverse("book_list") if self.everything else reverse("bundle_detail", args=[self.slug])

    # As a product.

    kind: Literal["bundle"] = "bundle"
    is_offered = True

    @property
    def reference(self) -> str:
        """The word by which orders and forms name it: "all-books" or "bundle:<slug>"."""
        return ALL_BOOKS if self.everything else f"{self.kind}:{self.slug}"

    def included_books(self) -> BookQuerySet:
        """The books that a buyer gets, unpublished ones among them."""
        return Book.objects.all() if self.everything else self.books.all()

    def grant_parts(self) -> list[tuple[Book | None, "Bundle | None"]]:
        """What to grant a buyer, as (book, bundle): the bundle itself, then each of its books."""
        return [(None, self), *((book, self) for book in self.books.published())]
