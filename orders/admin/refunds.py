from django.contrib import admin

from orders.models import Refund

from .read_only import NOTHING, ReadOnlyAdmin, order_link, stripe_column


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Refunds, which staff make on the orders' pages."""

    list_display = ["created_at", "of_order", "price", "status", "who", "reason"]
    list_filter = ["status", "origin", "created_at"]
    list_select_related = ["order", "requested_by"]
    search_fields = [
        "id",
        "order__id",
        "order__email",
        "order__user__email",
        "stripe_refund_id",
        "stripe_charge_id",
    ]
    search_help_text = (
        "By the beginning of an order number, the buyer's e-mail address, or"
        " Stripe's whole id of the refund or charge."
    )
    date_hierarchy = "created_at"
    fields = readonly_fields = [
        "id",
        "of_order",
        "buyer",
        "price",
        "taken_back",
        "status",
        "code",
        "origin",
        "requested_by",
        "reason",
        "charge",
        "stripe",
        "created_at",
        "asked_at",
        "asks",
    ]
    charge = stripe_column("stripe_charge_id", "charge")
    stripe = stripe_column("stripe_refund_id", "Stripe")

    @admin.display(description="order")
    def of_order(self, refund):
        return order_link(refund.order)

    @admin.display(description="buyer")
    def buyer(self, refund):
        return refund.order.email or refund.order.user

    @admin.display(description="by")
    def who(self, refund):
        return refund.requested_by or refund.get_origin_display()

    @admin.display(description="lines")
    def taken_back(self, refund):
        return ", ".join(line.title for line in refund.lines.all()) or NOTHING
