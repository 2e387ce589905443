"""Books that are sold together."""

from typing import Literal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import BigAutoField, Count, Exists, OuterRef, Q, Subquery, UUIDField, Window
from django.db.models.functions import Coalesce, RowNumber
from django.urls import reverse

from users.fields import NameField
from users.prepared import Given, Prepared, PreparedForSeveral

from .books import Book
from .cards import card_columns, cards_of
from .orders import BOOK_ORDERS
from .querysets import BookQuerySet

# The reference of the bundle of every book.
ALL_BOOKS = "all-books"
COVERS_OF_BUNDLE = 4
# In the catalogue, which links to a list of the others.
MOST_LISTED = 12


class BundleQuerySet(models.QuerySet):
    def for_offers(self):
        """Bundles with their number of published books; those without any are left out, except All Books."""
        included = Bundle.books.through.objects.filter(bundle=OuterRef("pk"), book__is_published=True)
        # Of those that are returned, not of all.
        number = included.order_by().values("bundle").annotate(number=Count("*")).values("number")
        return (
            self.filter(Q(everything=True) | Exists(included))
            .annotate(book_count=Coalesce(Subquery(number), 0))
            .order_by("everything", "price", "title")
        )

    def with_book(self, book):
        """Bundles that include this book for whoever buys them now, All Books last."""
        if not book.is_published:
            return self.none()
        return self.for_offers().filter(
            Q(everything=True) | Q(pk__in=Bundle.books.through.objects.filter(book=book).values("bundle"))
        )


class Bundle(models.Model):
    """Several books at one price; the one with `everything` is All Books, present and future."""

    title = NameField(max_length=200)
    slug = models.SlugField(unique=True)
    description = models.TextField(blank=True)
    price = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    everything = models.BooleanField(default=False, help_text="Every book, present and future.")
    books = models.ManyToManyField(Book, blank=True, related_name="bundles")

    objects = BundleQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gt=0),
                name="bundle_price_above_zero",
                violation_error_message="The price must be above zero.",
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
        # All Books has this address whatever its slug.
        return reverse("bundle_detail", args=[ALL_BOOKS if self.everything else self.slug])

    # As a product.

    kind: Literal["bundle"] = "bundle"
    is_offered = True
    minimum_price: None = None
    presets: None = None

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


def bundles_on_offer():
    """Return All Books, None if staff have deleted it, and the first of the other bundles that have books.

    There may be one more than MOST_LISTED. Each comes with its `book_count` and `first_books`.
    """
    first = [_offered(*row) for row in _first_on_offer()]
    all_books = next((bundle for bundle in first if bundle.everything), None)
    others = [bundle for bundle in first if not bundle.everything][: MOST_LISTED + 1]
    return all_books, with_first_books(others)


def with_first_books(bundles):
    """Give these bundles their `first_books`, the cards of a few of their books, in two queries."""
    first = {}
    rows = _first_books([bundle.pk for bundle in bundles])
    for (bundle, *_), card in zip(rows, cards_of(row[1:] for row in rows), strict=True):
        first.setdefault(bundle, []).append(card)
    for bundle in bundles:
        bundle.first_books = tuple(first.get(bundle.pk, ()))
    return bundles


def all_books():
    """Return the bundle of every book, or None if staff have deleted it."""
    return next((Bundle.from_db("default", _FIELDS, row) for row in _all_books()), None)


def bundles_with(book):
    """Return the bundles that include this book for whoever buys them now, as Bundle.objects.with_book()."""
    return [_offered(*row) for row in _with_book(book=book.pk)] if book.is_published else []


_FIELDS = ("id", "title", "slug", "price", "everything")


def _offered(*row):
    bundle = Bundle.from_db("default", _FIELDS, row[:-1])
    bundle.book_count = row[-1]
    return bundle


@Prepared
def _first_on_offer():
    all_books_first = Bundle.objects.for_offers().order_by("-everything", "price", "title")
    return all_books_first.values_list(*_FIELDS, "book_count")[: MOST_LISTED + 2]


_all_books = Prepared(lambda: Bundle.objects.filter(everything=True).values_list(*_FIELDS))


@Prepared
def _with_book():
    included = Bundle.books.through.objects.filter(book=Given("book", UUIDField())).values("bundle")
    return (
        Bundle.objects.for_offers()
        .filter(Q(everything=True) | Q(pk__in=included))
        .values_list(*_FIELDS, "book_count")
    )


@PreparedForSeveral.of(BigAutoField())
def _first_books(bundles):
    included = Bundle.books.through.objects.filter(bundle__pk__in=bundles, book__is_published=True)
    place = Window(
        RowNumber(),
        partition_by="bundle",
        order_by=[f"book__{column}" for column in BOOK_ORDERS["title"].columns],
    )
    numbered = included.annotate(place=place).filter(place__lte=COVERS_OF_BUNDLE)
    return numbered.order_by("place").values_list("bundle", *card_columns("book__"))
