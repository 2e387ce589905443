"""What the admin pages about money share: nothing is added, changed or deleted there by hand."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from users.model_admin import ShopModelAdmin

# Shown in place of an empty value.
NOTHING = "–"

# The sections of Stripe's dashboard by the prefix of an id.
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
    """A list and its pages, for reading only."""

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
    """Rows that belong to an order, for everybody who may see the order."""

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
    """Return a link to an order's page."""
    address = reverse("admin:orders_order_change", args=[order.pk])
    return format_html('<a href="{}">{}</a>', address, order.number)


def stripe_link(identifier, *, livemode):
    """Return a link to an id's page in Stripe's dashboard, or the bare id if it has none."""
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
    """Return a column that shows a field with an id of Stripe's as a link."""

    @admin.display(description=description)
    def column(self, row):
        known = row if hasattr(row, "livemode") else row.order
        return stripe_link(getattr(row, field), livemode=known.livemode)

    return column
