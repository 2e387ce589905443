from django.contrib import admin

from books.money import money
from orders.models import Attempt, Order, OrderLine


class ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class OrderLineInline(ReadOnlyInline):
    model = OrderLine
    fields = readonly_fields = ["title", "price"]

    @admin.display(description="price")
    def price(self, line):
        return money(line.amount, line.order.currency)


class AttemptInline(ReadOnlyInline):
    model = Attempt


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """Orders are read here, never typed in by hand."""

    list_display = ["number", "user", "item", "price", "status", "created_at"]
    list_filter = ["status", "livemode", "created_at"]
    list_select_related = ["user"]
    search_fields = ["id", "user__email", "stripe_charge_id", "stripe_payment_intent_id"]
    search_help_text = "By order id, e-mail address, or Stripe's id of the charge or payment."
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = [OrderLineInline, AttemptInline]
    fields = readonly_fields = [
        "id",
        "user",
        "item",
        "status",
        "price",
        "refunded",
        "livemode",
        "stripe_charge_id",
        "stripe_payment_intent_id",
        "created_at",
        "paid_at",
    ]

    @admin.display(description="refunded")
    def refunded(self, order):
        return money(order.refunded_amount, order.currency)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
