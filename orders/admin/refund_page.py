"""The page that asks how much of the chosen orders to refund, and why."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.core.exceptions import BadRequest
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from books.admin.pricing.fields import PriceField
from books.money import money, smallest_step
from orders.models import Order, RefundStatus, Seat
from orders.payments import refunds
from orders.payments.consequences import say_consequences

# As many as a person can check before confirming.
MOST_AT_ONCE = refunds.REFUNDS_PER_HOUR


class ChosenOrdersForm(forms.Form):
    order = forms.ModelMultipleChoiceField(Order.objects.select_related("user"))

    def clean_order(self):
        orders = self.cleaned_data["order"]
        if len(orders) > MOST_AT_ONCE:
            raise forms.ValidationError("Too many.")
        return orders


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500,
        help_text="For your records and your colleagues. The buyer does not see it.",
        widget=forms.TextInput({"class": "vLargeTextField"}),
    )


class LinesWidget(forms.CheckboxSelectMultiple):
    """Checkboxes; those of refunded lines are disabled."""

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        # PostgreSQL answers 0 where nothing is refunded, and any value but False would disable the box.
        option["attrs"]["disabled"] = bool(value.instance.is_refunded)
        return option


class LinesField(forms.ModelMultipleChoiceField):
    widget = LinesWidget

    def label_from_instance(self, line):
        label = f"{line.label}, {money(line.amount, line.order.currency)}"
        return f"{label} (already refunded)" if line.is_refunded else label


class RefundForm(forms.Form):
    """How much of one order to refund: lines, all of them unless somebody changes that, or an amount."""

    # The refund takes this id, so sending the same form twice makes one refund.
    refund_id = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    lines = LinesField(None, required=False)

    def __init__(self, order, data=None):
        super().__init__(data, prefix=str(order.pk))
        self.order = order
        is_refunded = Q(pk__in=order.refunded_line_ids())
        lines = order.lines.select_related("order").annotate(is_refunded=is_refunded).order_by("pk")
        self.kept_lines = [line for line in lines if not line.is_refunded]
        self.fields["lines"].label = f"Refund of {order.number}"
        self.fields["lines"].queryset = lines
        self.fields["lines"].initial = self.kept_lines
        self.fields["amount"] = PriceField(
            currency=order.currency,
            least=smallest_step(order.currency),
            required=False,
            label=f"Or an amount in {order.currency.upper()}",
            help_text="Instead of whole lines. The buyer keeps access unless the whole price is refunded.",
        )

        if free := Seat.objects.free().filter(line__order=order).count() if order.is_for_others else 0:
            self.fields["copies"] = forms.IntegerField(
                min_value=1,
                max_value=free,
                required=False,
                label="Or so many copies that nobody has taken",
                help_text=f"{free} of them are left. Their links stop working.",
            )

    def clean(self):
        lines, amount = self.cleaned_data.get("lines", ()), self.cleaned_data.get("amount")
        if self.errors:
            return
        if self.cleaned_data.get("copies"):
            if amount or (lines and not self._takes_all(lines)):
                self.add_error("copies", "Choose lines, type an amount, or say how many copies.")
            return
        if amount and lines and not self._takes_all(lines):
            self.add_error("amount", "Choose lines or type an amount, not both.")
        if not amount and not lines:
            self.add_error("lines", "Choose what to refund.")

    @property
    def share(self):
        """The arguments for refunds.refund; none of them means everything that is left."""
        lines, amount = self.cleaned_data["lines"], self.cleaned_data["amount"]
        if copies := self.cleaned_data.get("copies"):
            return {"copies": copies}
        if amount:
            return {"amount": amount}
        return {} if self._takes_all(lines) else {"lines": lines}

    def _takes_all(self, lines):
        return set(lines) >= set(self.kept_lines)


def show_refund_page(model_admin, request):
    """Ask how much of the orders in the address to refund, or refund it and return to the order or list.

    The caller checks that the visitor may refund.
    """
    chosen = ChosenOrdersForm(request.GET)
    if not chosen.is_valid():
        raise BadRequest("The address names no orders, or too many.")
    orders = chosen.cleaned_data["order"]
    forms_shown, refusals = _offer(orders, request)
    sent = [form for form in forms_shown if form.is_bound]
    reason_form = ReasonForm(request.POST or None)
    if sent and all([reason_form.is_valid(), *(form.is_valid() for form in sent)]):
        for form in sent:
            _refund(model_admin, request, form, reason_form.cleaned_data["reason"])
        return HttpResponseRedirect(_way_back(orders))
    context = {
        "title": "Refund orders",
        "opts": model_admin.opts,
        "shown": [
            *map(_in_admin, forms_shown),
            AdminForm(reason_form, [("Why", {"fields": ["reason"]})], {}),
        ],
        "is_offered": bool(forms_shown),
        "refusals": refusals,
        "back": _way_back(orders),
    }
    page = "admin/orders/order/refund.html"
    return TemplateResponse(request, page, model_admin.admin_site.each_context(request) | context)


def _offer(orders, request):
    """Return a form for each order that can be refunded, and why the others cannot.

    A form that was sent is processed even if nothing is left to refund, because it may be the one that
    refunded it.
    """
    offered, refusals = [], []
    for order in orders:
        if f"{order.pk}-refund_id" in request.POST:
            offered.append(RefundForm(order, request.POST))
            continue
        try:
            refunds.check(order, by=request.user)
        except refunds.NotRefunded as refusal:
            refusals.append(str(refusal))
        else:
            offered.append(RefundForm(order))
    return offered, refusals


def _in_admin(form):
    """Return the form in the admin's layout, below the facts about its order."""
    order = form.order
    facts = format_html(
        "{} has paid {}. Refunded so far: {}. Left, and refunded if you tick all lines: <strong>{}</strong>.",
        order.email or order.user,
        order.price,
        money(order.refunded_amount, order.currency),
        money(refunds.refundable(order), order.currency),
    )
    for sentence in say_consequences(order):
        facts = format_html("{} <strong>{}</strong>", facts, sentence)
    fields = [name for name in ("lines", "amount", "copies") if name in form.fields]
    options = {"fields": fields, "description": facts}
    return AdminForm(form, [(str(order), options)], {})


def _refund(model_admin, request, form, reason):
    """Make the refund of one form, and say how far it has come."""
    # Before the refund, which expires the sessions that this order made cheaper.
    consequences = say_consequences(form.order)
    try:
        made = refunds.refund(
            form.order,
            by=request.user,
            reason=reason,
            refund_id=form.cleaned_data["refund_id"],
            **form.share,
        )
    except refunds.NotRefunded as refusal:
        model_admin.message_user(request, str(refusal), messages.ERROR)
        return
    said = refunds.describe(made)
    waits = made.status == RefundStatus.REQUESTED
    model_admin.message_user(request, said, messages.WARNING if waits else messages.SUCCESS)
    for sentence in consequences:
        model_admin.message_user(request, sentence, messages.WARNING)


def _way_back(orders):
    """Return the address of the one order, or of the list."""
    if len(orders) == 1:
        return reverse("admin:orders_order_change", args=[orders[0].pk])
    return reverse("admin:orders_order_changelist")
