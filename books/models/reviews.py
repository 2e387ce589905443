"""What readers say of a book."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from .catalogue import Book


class ReviewQuerySet(models.QuerySet):
    def by(self, reader):
        """Those that this reader wrote: one of each book at most."""
        return self.filter(author=reader)


class Review(models.Model):
    """One reader's rating, 1 to 5, and words. It stays, without a name, when its author leaves."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="reviews")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="reviews"
    )
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    text = models.TextField(max_length=5000)
    created_at = models.DateTimeField(auto_now_add=True)

    exported_fields = ("book__title", "rating", "text", "created_at")

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["book", "-created_at", "-id"], name="review_newest_of_book")]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "author"],
                name="review_once_per_reader",
                violation_error_message="This reader has reviewed the book already.",
            ),
            models.CheckConstraint(
                condition=Q(rating__gte=1) & Q(rating__lte=5), name="review_rating_one_to_five"
            ),
        ]

    def __str__(self):
        return f"{self.book}: {self.rating} of 5"
