"""A bundle's page for staff: what it costs readers who have bought another one with some of its books."""

from django.contrib import admin, messages

from books.admin.catalogue import BundleAdmin
from books.models import Book, Bundle
from books.money import chargeable, money
from orders.pricing.apportionment import apportion_among_books

# More would not be read.
MOST_SHOWN = 20

admin.site.unregister(Bundle)


@admin.register(Bundle)
class PricedBundleAdmin(BundleAdmin):
    """The shelf's page, which on saving says what readers pay who have a part of the bundle already."""

    def save_related(self, request, form, formsets, change):
        """Save, and only then, with its books in place, compare the bundle with the others."""
        super().save_related(request, form, formsets, change)
        if prices := [f"{title}: {money(price)}" for title, price in prices_after_others(form.instance)]:
            told = f"Readers who have bought another bundle with some of its books pay: {', '.join(prices)}."
            self.message_user(request, told, messages.INFO)


def prices_after_others(bundle):
    """Yield as (title, price) what a bundle costs somebody who has bought one of those that overlap with it.

    That one at its price of now, and nothing else before.
    """
    books = Book.objects.all() if bundle.everything else bundle.books.all()
    others = Bundle.objects.filter(everything=False, books__in=books).exclude(pk=bundle.pk).distinct()
    for other in others[:MOST_SHOWN]:
        shares = apportion_among_books(other.price, other.books.published())
        common = set(books.filter(pk__in=shares).values_list("pk", flat=True))
        credit = sum(share for book, share in shares.items() if book in common)
        yield other.title, chargeable(max(bundle.price - credit, 0))
