"""A book's page for staff, with what only `orders` knows of the book."""

from collections.abc import Iterator
from itertools import islice

from django.contrib import admin, messages
from django.db.models import Q
from django.utils import timezone

from books.admin.catalogue import BookAdmin
from books.models import Book
from orders.models import LIVE_OUTCOMES, DiscountCode, OrderLine

# As many as anybody reads.
MOST_SAID = 12

admin.site.unregister(Book)


@admin.register(Book)
class CodedBookAdmin(BookAdmin):
    """The book's page in `books`; on saving it says which discount codes its price makes pointless.

    A book is not deleted while an order promises it to somebody who does not own it yet.
    """

    def promised_among(self, books):
        """Return the ids of those in bundles of which an order is open, or may still be paid."""
        # A line names only the bundle, which alone the database protects. Copies are nobody's until taken.
        promises = OrderLine.objects.filter(
            Q(is_open=True) | Q(order__attempts__outcome__in=LIVE_OUTCOMES), bundle__isnull=False
        ).order_by()
        begun = books.filter(first_published_at__isnull=False).order_by()
        if not promises.filter(bundle__everything=True).exists():
            begun = begun.filter(bundles__in=promises.values("bundle"))
        return set(begun.values_list("pk", flat=True))

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        warn(self, request, books=form.instance.pk)


def warn(model_admin, request, **which):
    """Tell staff who have saved a book or a code what pointless_codes says of the codes found by `which`."""
    for sentence in pointless_codes(**which):
        model_admin.message_user(request, sentence, messages.WARNING)


def pointless_codes(**which) -> Iterator[str]:
    """Yield a sentence for each code that names a book which buyers may have for free without it."""
    is_free = Q(books__price=0) | Q(books__minimum_price=0)
    codes = DiscountCode.objects.filter(is_free, **which).filter(
        Q(ends_at=None) | Q(ends_at__gt=timezone.now())
    )
    for code, title in islice(codes.values_list("code", "books__title"), MOST_SAID):
        yield f"Buyers may have “{title}” for free: the code {code} takes nothing off it."
