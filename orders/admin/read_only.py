"""What the pages about money have in common: nothing in them is typed in, changed or deleted."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from users.model_admin import ShopModelAdmin

# What stands where there is nothing to show.
NOTHING = "–"

# Where Stripe's dashboard shows what an id names, by how the id begins.
DASHBOARD = "https://dashboard.stripe.com"
SECTIONS = {
    "ch": "payments",
    "cs": "checkout/sessions",
    "dp": "disputes",
    "du": "disputes",
    "evt": "events",
    "pi": "payments",
    "re": "refunds",
}


class ReadOnlyAdmin(ShopModelAdmin):
    """A list and its pages, to be read."""

    list_per_page = 50
    show_full_result_count = False
    view_on_site = False  # those pages are their owners'

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ReadOnlyInline(admin.TabularInline):
    """What belongs to an order, for everybody who may see the order."""

    extra = 0
    can_delete = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("order")

    def has_view_permission(self, request, obj=None):
        return True

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


def order_link(order):
    """Return the way to an order's page."""
    address = reverse("admin:orders_order_change", args=[order.pk])
    return format_html('<a href="{}">{}</a>', address, order.number)


def stripe_link(identifier, *, livemode):
    """Return the way to what Stripe's dashboard shows under an id, the bare id if it has no page there."""
    section = SECTIONS.get(identifier.partition("_")[0])
    if section is None:
        return identifier or NOTHING
    mode = "" if livemode else "/test"
    return format_html(
        '<a href="{}{}/{}/{}" target="_blank" rel="noopener noreferrer">{}</a>',
        DASHBOARD,
        mode,
        section,
        identifier,
        identifier,
    )


def stripe_column(field, description):
    """Return a column that shows a field with one of Stripe's ids as a link."""

    @admin.display(description=description)
    def column(self, row):
        known = row if hasattr(row, "livemode") else row.order
        return stripe_link(getattr(row, field), livemode=known.livemode)

    return column
