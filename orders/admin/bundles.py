"""A bundle's page for staff, with its price for readers who own another bundle with some of its books."""

from django.contrib import admin, messages

from books.admin.catalogue import BundleAdmin
from books.models import Book, Bundle
from books.money import base_currency, chargeable, money
from orders.pricing.apportionment import apportion_among_books

# Nobody would read more.
MOST_SHOWN = 20

admin.site.unregister(Bundle)


@admin.register(Bundle)
class PricedBundleAdmin(BundleAdmin):
    """The bundle's page in `books`; on saving it says what owners of a part of the bundle pay."""

    def save_related(self, request, form, formsets, change):
        """Save, then compare the bundle, now with its books, with the others."""
        super().save_related(request, form, formsets, change)
        after_others = prices_after_others(form.instance)
        if prices := [f"{title}: {money(price, base_currency())}" for title, price in after_others]:
            said = f"Readers who have bought another bundle with some of its books pay: {', '.join(prices)}."
            self.message_user(request, said, messages.INFO)


def prices_after_others(bundle):
    """Yield the title of each overlapping bundle, and what this one costs readers who have bought that one.

    They are taken to have paid its current price and to have bought nothing else.
    """
    books = Book.objects.all() if bundle.everything else bundle.books.all()
    others = Bundle.objects.filter(everything=False, books__in=books).exclude(pk=bundle.pk).distinct()
    for other in others[:MOST_SHOWN]:
        shares = apportion_among_books(other.price, other.books.published())
        common = set(books.filter(pk__in=shares).values_list("pk", flat=True))
        credit = sum(share for book, share in shares.items() if book in common)
        yield other.title, chargeable(max(bundle.price - credit, 0), base_currency())
