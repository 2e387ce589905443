"""Readers' reviews, reports of them and the publisher's replies."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import IntegerField, Q, UUIDField
from django.utils import timezone

from users.prepared import Given, Prepared

from .catalogue import Book


class ReviewQuerySet(models.QuerySet):
    def by(self, reader):
        """Reviews by this reader, at most one for each book."""
        return self.filter(author=reader)

    def visible(self):
        """Reviews that staff have not hidden."""
        return self.filter(hidden_at=None)


class Review(models.Model):
    """One reader's rating, 1 to 5, and text. When its author is erased, it stays without a name."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="reviews"
    )
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.TextField(max_length=5000)
    created_at = models.DateTimeField(auto_now_add=True)
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    hidden_reason = models.CharField(
        "hidden, because",
        max_length=300,
        blank=True,
        help_text="A reason hides the review, and its author is told. Clear it to show the review again.",
    )
    reply = models.TextField(
        max_length=5000, blank=True, help_text="The publisher’s reply, shown below the review."
    )

    exported_fields = ("book__title", "rating", "text", "created_at", "hidden_reason", "reply")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["book", "-created_at", "-id"], name="review_newest_of_book"),
            models.Index(fields=["-created_at", "-id"], name="review_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "author"],
                name="review_once_per_reader",
                violation_error_message="This reader has reviewed the book already.",
            ),
            models.CheckConstraint(
                condition=Q(rating__gte=1) & Q(rating__lte=5), name="review_rating_one_to_five"
            ),
            models.CheckConstraint(
                condition=Q(hidden_at=None, hidden_reason="")
                | (Q(hidden_at__isnull=False) & ~Q(hidden_reason="")),
                name="review_hidden_for_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.book}: {self.rating} of 5"

    def hide(self, reason):
        """Leave it out of the page, the average and the count; an empty reason brings it back."""
        self.hidden_reason = reason
        self.hidden_at = (self.hidden_at or timezone.now()) if reason else None
        self.save(update_fields=["hidden_reason", "hidden_at"])

    hide.alters_data = True


def review_by(reader, book):
    """Return this reader's review of the book, hidden or not, or None."""
    rows = _review(reader=reader.pk, book=book.pk)
    return Review.from_db("default", _FIELDS, rows[0]) if rows else None


_FIELDS = [field.attname for field in Review._meta.concrete_fields]


@Prepared
def _review():
    given = {"author": Given("reader", IntegerField()), "book": Given("book", UUIDField())}
    return Review.objects.filter(**given).order_by().values_list(*_FIELDS)


class ReviewReport(models.Model):
    """A request that staff look at a review. It is open until they have."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="review_reports"
    )
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    exported_fields = ("review__book__title", "reason", "created_at")

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["review"], condition=Q(closed_at=None), name="review_report_open")]
        constraints = [
            models.UniqueConstraint(fields=["review", "reporter"], name="review_reported_once_per_reader"),
        ]

    def __str__(self):
        return f"Report of {self.review}"
