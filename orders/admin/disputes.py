from django.contrib import admin
from django.db.models import Case, F, Value, When
from django.utils import timezone
from django.utils.html import format_html

from orders.models import TO_BE_ANSWERED, Dispute
from users.formats import day_and_time

from .read_only import NOTHING, ReadOnlyAdmin, order_link, stripe_column

# Stripe's statuses, and what they mean to staff (https://docs.stripe.com/api/disputes/object).
MEANINGS = {
    "needs_response": "Needs an answer",
    "under_review": "The bank is deciding",
    "won": "Won: the money was returned",
    "lost": "Lost: the money is gone",
    "warning_needs_response": "Inquiry: needs an answer",
    "warning_under_review": "Inquiry: the bank is deciding",
    "warning_closed": "Inquiry closed",
    "prevented": "Prevented",
}
# A status that is in neither list is new at Stripe, and counts as open so that somebody looks.
CLOSED = ("won", "lost", "warning_closed", "prevented")


def in_words(dispute):
    """Return the status of a dispute as staff read it."""
    return MEANINGS.get(dispute.status) or dispute.status.replace("_", " ").capitalize()


class OpenFilter(admin.SimpleListFilter):
    title = "open"
    parameter_name = "open"

    def lookups(self, request, model_admin):
        return [("yes", "Open"), ("no", "Closed")]

    def queryset(self, request, queryset):
        if self.value() == "yes":
            return queryset.exclude(status__in=CLOSED)
        if self.value() == "no":
            return queryset.filter(status__in=CLOSED)
        return queryset


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """Disputes, which are answered in Stripe's dashboard; the one due first comes first."""

    list_display = ["state", "answer_due", "of_order", "price", "reason", "stripe", "opened_at"]
    list_filter = [OpenFilter, "reason", "opened_at"]
    list_select_related = ["order"]
    search_fields = [
        "stripe_dispute_id",
        "stripe_charge_id",
        "order__id",
        "order__email",
        "order__user__email",
    ]
    search_help_text = (
        "By the beginning of an order number, the buyer's e-mail address, or"
        " Stripe's whole id of the dispute or charge."
    )
    ordering = [
        Case(
            When(status__in=TO_BE_ANSWERED, then=Value(0)),
            When(status__in=CLOSED, then=Value(2)),
            default=Value(1),
        ).asc(),
        F("due_by").asc(nulls_last=True),
        "-opened_at",
    ]
    fields = readonly_fields = [
        "state",
        "answer_due",
        "of_order",
        "buyer",
        "price",
        "reason",
        "opened_at",
        "charge",
        "stripe",
    ]
    charge = stripe_column("stripe_charge_id", "charge")
    stripe = stripe_column("stripe_dispute_id", "Stripe")

    @admin.display(description="status", ordering="status")
    def state(self, dispute):
        return in_words(dispute)

    @admin.display(description="answer due", ordering="due_by")
    def answer_due(self, dispute):
        if dispute.status not in TO_BE_ANSWERED or dispute.due_by is None:
            return NOTHING
        shown = day_and_time(dispute.due_by)
        return (
            format_html("<strong>Overdue: {}</strong>", shown) if dispute.due_by < timezone.now() else shown
        )

    @admin.display(description="order")
    def of_order(self, dispute):
        return order_link(dispute.order)

    @admin.display(description="buyer")
    def buyer(self, dispute):
        return dispute.order.email or dispute.order.user
