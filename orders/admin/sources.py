"""Where buyers came from: each order's source, and what each source has sold."""

from datetime import timedelta

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, Sum
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from books.money import money
from orders.models import OrderSource

from .read_only import ReadOnlyAdmin, order_link

# The latest sales that are added up, and the rows that are shown, of which the first have sold most.
MOST_ADDED_UP, MOST_SHOWN = 10_000, 100
GROUPED_BY = ("source", "medium", "campaign", "referrer")


class PeriodForm(forms.Form):
    days = forms.TypedChoiceField(
        label="Sold in the last",
        choices=[(7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "year")],
        coerce=int,
        empty_value=30,
        required=False,
    )


@admin.register(OrderSource)
class OrderSourceAdmin(ReadOnlyAdmin):
    """The source of each order, and a page that adds up the sales of each."""

    list_display = ["of_order", "source", "medium", "campaign", "referrer", "price", "state", "created_at"]
    list_select_related = ["order"]
    list_filter = ["created_at"]
    search_fields = ["order__id", "source", "medium", "campaign", "referrer"]
    search_help_text = "By the beginning of an order number, or a whole source, medium, campaign or referrer."
    fields = readonly_fields = [
        "of_order",
        "source",
        "medium",
        "campaign",
        "term",
        "content",
        "referrer",
        "created_at",
    ]

    def get_urls(self):
        page = self.admin_site.admin_view(self.sums_page)
        return [path("sums/", page, name="orders_ordersource_sums"), *super().get_urls()]

    @admin.display(description="order")
    def of_order(self, source):
        return order_link(source.order)

    @admin.display(description="price")
    def price(self, source):
        return money(source.order.amount, source.order.currency)

    @admin.display(description="status")
    def state(self, source):
        return source.order.get_status_display()

    def sums_page(self, request):
        """Show what each source has sold in a period, less refunds."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = PeriodForm(request.GET)
        days = form.cleaned_data["days"] if form.is_valid() else 30
        context = self.admin_site.each_context(request) | {
            "title": "Sales by source",
            "opts": self.opts,
            "form": PeriodForm(initial={"days": days}),
            "rows": sales_by_source(timezone.now() - timedelta(days=days)),
            "most_added_up": MOST_ADDED_UP,
        }
        return render(request, "admin/orders/ordersource/sums.html", context)


def sales_by_source(since):
    """Return what each source has sold since then, less refunds: rows with `count` and `sum_shown`.

    Each currency has rows of its own. No more than MOST_ADDED_UP sales, the latest, are added up.
    """
    latest = OrderSource.objects.filter(created_at__gte=since, order__paid_at__isnull=False)
    rows = (
        OrderSource.objects.filter(pk__in=latest.order_by("-created_at").values("pk")[:MOST_ADDED_UP])
        .order_by()
        .values(*GROUPED_BY, "order__currency")
        .annotate(count=Count("pk"), amount=Sum(F("order__amount") - F("order__refunded_amount")))
        .order_by("-amount", *GROUPED_BY)[:MOST_SHOWN]
    )
    return [row | {"sum_shown": money(row["amount"], row["order__currency"])} for row in rows]
