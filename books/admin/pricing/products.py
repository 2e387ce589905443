"""The admin's page of what is sold, a book or a bundle, as far as it is about prices."""

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.html import format_html

from books.admin.pricing.history import courses_of
from books.admin.pricing.pointless import pointless_prices, pointless_sales, warn
from books.admin.pricing.prices import ListPriceInline
from books.models import PriceList
from users.model_admin import ShopModelAdmin


class ProductAdmin(ShopModelAdmin):
    """The page of a book or bundle, with its prices in further currencies if the shop has any.

    It says which prices make others pointless, and so does a message after saving, and leads to what it has
    cost.
    """

    def get_inlines(self, request, obj):
        return [*self.inlines, ListPriceInline] if PriceList.objects.exists() else self.inlines

    def get_fields(self, request, obj=None):
        """Return the fields; what is not saved yet is compared with nothing."""
        return self.fields if obj else [name for name in self.fields if name not in {"compared", "past"}]

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_prices"
        page = self.admin_site.admin_view(self.prices_page)
        return [path("<path:object_id>/prices/", page, name=name), *super().get_urls()]

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        warn(self, request, [form.instance])

    def prices_page(self, request, object_id):
        """Show what a book or bundle has cost, costs and will cost, and what a sale may announce."""
        product = self.get_object(request, unquote(object_id))
        if not self.has_view_permission(request, product):
            raise PermissionDenied
        if product is None:
            raise Http404
        context = self.admin_site.each_context(request) | {
            "title": f"Prices of {product}",
            "opts": self.opts,
            "product": product,
            "courses": list(courses_of(product)),
        }
        return render(request, "admin/books/price_history.html", context)

    @admin.display(description="price history")
    def past(self, product):
        """Link the page of its prices."""
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_prices", args=[product.pk])
        return format_html('<a href="{}">What it has cost, and sales to come</a>', address)

    @admin.display(description="compared with others")
    def compared(self, product):
        """Say what is wrong with the saved price beside those of other products."""
        said = [*pointless_prices([product]), *pointless_sales([product])]
        return " ".join(said) or "Its price fits the others."
