import logging

from django.contrib import admin, messages

from orders.models import StripeEvent
from orders.payments import webhooks

from .read_only import NOTHING, ReadOnlyAdmin, order_link, stripe_column

logger = logging.getLogger(__name__)

# Each may ask Stripe several times.
MOST_AT_ONCE = 50


def in_words(event):
    """Return the outcome of an event as staff read it."""
    if event.handled_at is None:
        return f"Failed: {event.error}" if event.error else "Not handled"
    return f"Ignored: {event.ignored}" if event.ignored else "Handled"


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"
    conditions = {
        "handled": {"handled_at__isnull": False, "ignored": ""},
        "ignored": {"handled_at__isnull": False, "ignored__gt": ""},
        "failed": {"handled_at": None, "error__gt": ""},
        "waiting": {"handled_at": None, "error": ""},
        "open": {"handled_at": None},
    }

    def lookups(self, request, model_admin):
        return [
            ("handled", "Handled"),
            ("ignored", "Ignored"),
            ("failed", "Failed"),
            ("waiting", "Not handled"),
            ("open", "Failed or not handled"),
        ]

    def queryset(self, request, queryset):
        return queryset.filter(**self.conditions.get(self.value(), {}))


class TypeFilter(admin.SimpleListFilter):
    title = "type"
    parameter_name = "type"

    def lookups(self, request, model_admin):
        return [(name, name) for name in webhooks.EVENT_TYPES]

    def queryset(self, request, queryset):
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    """Stripe's events; staff may have them handled again."""

    list_display = ["received_at", "type", "of_order", "state", "attempts"]
    list_filter = [StateFilter, TypeFilter, "livemode"]
    list_per_page = MOST_AT_ONCE
    list_select_related = ["order"]
    search_fields = ["id", "type", "object_id", "payment_id", "order__id"]
    search_help_text = (
        "By the beginning of an order number, whole type, or"
        " Stripe's whole id of the event, its object or the payment."
    )
    actions = ["handle_again"]
    fields = readonly_fields = [
        "event",
        "type",
        "object",
        "payment",
        "of_order",
        "state",
        "attempts",
        "livemode",
        "api_version",
        "created_at",
        "received_at",
        "handled_at",
    ]
    event = stripe_column("id", "event")
    object = stripe_column("object_id", "object")
    payment = stripe_column("payment_id", "payment")

    @admin.display(description="order")
    def of_order(self, event):
        return order_link(event.order) if event.order else NOTHING

    @admin.display(description="status")
    def state(self, event):
        return in_words(event)

    @admin.action(description="Handle selected events again", permissions=["repair"])
    def handle_again(self, request, queryset):
        """Settle what the chosen events are about. Doing so once too often changes nothing."""
        chosen = list(queryset[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            self.message_user(request, f"Choose at most {MOST_AT_ONCE} events at once.", messages.ERROR)
            return
        for event in chosen:
            level = messages.SUCCESS if _handle(event) else messages.ERROR
            self.message_user(request, f"{event}: {in_words(event)}.", level)
            self.log_change(request, event, "Handled again.")

    def has_repair_permission(self, request):
        return request.user.has_perm("orders.repair_order")


def _handle(event):
    """Handle an event and return whether that worked; the event keeps the error."""
    try:
        webhooks.handle(event)
    except webhooks.NotHandled:
        return False
    except Exception:
        # One event that cannot be handled must not stop the others.
        logger.exception("An event could not be handled.")
        return False
    return True
