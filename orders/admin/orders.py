from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from books.money import money
from orders.models import Attempt, Dispute, Order, OrderLine, OrderStatus, Refund, StripeEvent
from orders.payments import mail, refunds
from users.formats import short_day

from . import disputes, events
from .read_only import NOTHING, ReadOnlyAdmin, ReadOnlyInline, stripe_column
from .refund_page import MOST_AT_ONCE, show_refund_page


class NeedsALookFilter(admin.SimpleListFilter):
    title = "needs a look"
    parameter_name = "look"

    def lookups(self, request, model_admin):
        return [("doubt", "In doubt"), ("disputed", "Disputed"), ("partly", "Refunded in part")]

    def queryset(self, request, queryset):
        if self.value() == "doubt":
            return queryset.in_doubt(since=timezone.now())
        if self.value() == "disputed":
            return queryset.filter(status=OrderStatus.DISPUTED)
        if self.value() == "partly":
            return queryset.filter(refunded_amount__gt=0).exclude(status=OrderStatus.REFUNDED)
        return queryset


class OrderLineInline(ReadOnlyInline):
    model = OrderLine
    fields = readonly_fields = ["title", "copies", "price", "state"]

    @admin.display(description="copies for others")
    def copies(self, line):
        if not line.for_others:
            return NOTHING
        return f"{line.seats.filter(redeemer__isnull=False).count()} of {line.quantity} taken"

    @admin.display(description="price")
    def price(self, line):
        shown = money(line.amount, line.order.currency)
        return f"{shown}, {money(line.tip, line.order.currency)} of it a tip" if line.tip else shown

    @admin.display(description="status")
    def state(self, line):
        is_refunded = line.order.status == OrderStatus.PAID and not line.is_open
        return OrderStatus.REFUNDED.label if is_refunded else line.order.get_status_display()


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = readonly_fields = ["api", "outcome", "code", "message", "payment", "session", "created_at"]
    charge = stripe_column("stripe_charge_id", "charge")
    session = stripe_column("stripe_checkout_session_id", "session")
    payment_intent = stripe_column("stripe_payment_intent_id", "payment")

    @admin.display(description="payment")
    def payment(self, attempt):
        return self.payment_intent(attempt) if attempt.stripe_payment_intent_id else self.charge(attempt)


class RefundInline(ReadOnlyInline):
    model = Refund
    fields = readonly_fields = [
        "price",
        "status",
        "origin",
        "requested_by",
        "reason",
        "code",
        "stripe",
        "created_at",
    ]
    stripe = stripe_column("stripe_refund_id", "Stripe")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("requested_by")


class DisputeInline(ReadOnlyInline):
    model = Dispute
    fields = readonly_fields = ["price", "state", "reason", "due_by", "stripe", "opened_at"]
    stripe = stripe_column("stripe_dispute_id", "Stripe")

    @admin.display(description="status")
    def state(self, dispute):
        return disputes.in_words(dispute)


class EventInline(ReadOnlyInline):
    model = StripeEvent
    fields = readonly_fields = ["state", "attempts", "created_at", "received_at", "handled_at"]
    verbose_name_plural = "Stripe events"

    @admin.display(description="status")
    def state(self, event):
        return events.in_words(event)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders, which staff read and refund here, and never type in."""

    list_display = ["number", "user", "what", "price", "state", "refunded", "begun"]
    list_filter = ["status", NeedsALookFilter, "livemode", "created_at"]
    search_fields = [
        "id",
        "email",
        "user__email",
        "stripe_charge_id",
        "stripe_payment_intent_id",
        "stripe_checkout_session_id",
    ]
    search_help_text = (
        "By the beginning of an order number, an e-mail address,"
        " or Stripe's whole id of the charge, payment or session."
    )
    date_hierarchy = "created_at"
    actions = ["refund_selected", "send_receipts"]
    inlines = [OrderLineInline, AttemptInline, RefundInline, DisputeInline, EventInline]
    fields = readonly_fields = [
        "what",
        "user",
        "email",
        "state",
        "price",
        "discount_code",
        "refunded",
        "livemode",
        "charge",
        "payment",
        "session",
        "came_from",
        "created_at",
        "paid_at",
        "id",
    ]
    charge = stripe_column("stripe_charge_id", "charge")
    payment = stripe_column("stripe_payment_intent_id", "payment")
    session = stripe_column("stripe_checkout_session_id", "session")

    def get_queryset(self, request):
        return (
            super()
            .get_queryset(request)
            .select_related("user", "source", "discount_code")
            .prefetch_related("attempts", "lines")
        )

    def get_urls(self):
        page = self.admin_site.admin_view(self.refund_page)
        return [path("refund/", page, name="orders_order_refund"), *super().get_urls()]

    @admin.display(description="what")
    def what(self, order):
        return ", ".join(line.label for line in order.lines.all())

    @admin.display(description="source")
    def came_from(self, order):
        return getattr(order, "source", NOTHING)

    @admin.display(description="created", ordering="created_at")
    def begun(self, order):
        return short_day(order.created_at)

    @admin.display(description="status", ordering="status")
    def state(self, order):
        return f"{order.get_status_display()}, in doubt" if order.in_doubt else order.get_status_display()

    @admin.display(description="refunded", ordering="refunded_amount")
    def refunded(self, order):
        return money(order.refunded_amount, order.currency) if order.refunded_amount else NOTHING

    @admin.action(description="Refund selected orders", permissions=["refund"])
    def refund_selected(self, request, queryset):
        """Redirect to the page that asks how much to refund, and why."""
        chosen = list(queryset.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            self.message_user(request, f"Refund at most {MOST_AT_ONCE} orders at once.", messages.ERROR)
            return None
        return HttpResponseRedirect(_refund_address(*chosen))

    @admin.action(description="Send the receipt again", permissions=["send"])
    def send_receipts(self, request, queryset):
        """Queue a new receipt for each chosen order that is paid; sent mail is not kept for long."""
        paid = queryset.filter(status=OrderStatus.PAID)
        for order in paid:
            mail.queue_thanks(order)
        self.message_user(request, f"Receipts queued: {len(paid)}.")

    def refund_page(self, request):
        """Ask how much of the chosen orders to refund, and refund it."""
        if not self.has_refund_permission(request):
            raise PermissionDenied
        return show_refund_page(self, request)

    def has_refund_permission(self, request):
        return self.has_view_permission(request) and request.user.has_perm("orders.refund_order")

    def has_send_permission(self, request):
        return self.has_view_permission(request) and request.user.has_perm("post_office.change_email")

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if self.has_refund_permission(request) and refunds.refundable(obj) > 0:
            context["refund_address"] = _refund_address(obj.pk)
        return super().render_change_form(request, context, add, change, form_url, obj)


def _refund_address(*orders):
    query = urlencode([("order", pk) for pk in orders])
    return f"{reverse('admin:orders_order_refund')}?{query}"
