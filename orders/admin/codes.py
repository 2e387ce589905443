"""Discount codes: what each takes off and for whom, who has used it, and many of one use each at once."""

import csv

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join

from books.admin.pricing.fields import PriceField
from books.models import offered_lists
from books.money import base_currency, money
from orders.admin.books import warn
from orders.models import DiscountCode
from orders.models.buying.codes import key_of
from orders.pricing.codes import uses_of
from users.formats import percentage
from users.model_admin import ShopModelAdmin

# How many orders the page of a code lists, and how many codes are made at once.
MOST_LISTED, MOST_MADE = 50, 1000
# As browsers' own calendars send it, in the shop's time zone.
TYPED = "%Y-%m-%dT%H:%M"


def _calendar():
    return forms.DateTimeInput(format=TYPED, attrs={"type": "datetime-local"})


class DiscountCodeForm(forms.ModelForm):
    """The form of a code, with a field for its amount in each currency that the shop sells in."""

    begins_at = forms.DateTimeField(label="Valid from", required=False, widget=_calendar())
    ends_at = forms.DateTimeField(label="Valid until", required=False, widget=_calendar())

    class Meta:
        model = DiscountCode
        fields = [
            *("code", "batch", "percent", "amount", "books", "bundles", "begins_at", "ends_at"),
            *("most_uses", "most_uses_each", "first_purchase_only", "combines"),
        ]
        labels = {"percent": "Per cent off"}
        help_texts = {
            "percent": "Of the price, or of what is left to pay of a set.",
            "books": "Without books and bundles, it is for everything.",
            "most_uses": "Empty: as often as you like. A refund does not give a use back; raise the number. "
            "A code with a limit, here or below, is for one copy: it takes nothing off copies for a class.",
            "most_uses_each": "Empty: as often as they like. Buyers without an account are known by their "
            "browser and by the address they type, so somebody with several addresses can use it again.",
            "first_purchase_only": "For buyers who have not paid for anything here yet.",
            "combines": "If a reader has paid for a part of a bundle before, the code is taken off what is "
            "left. Otherwise they pay whichever is less: the price with the code, or what is left.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "amount" not in self.fields:  # staff who may only look
            return
        self.fields["amount"] = PriceField(
            least=1,
            required=False,
            label=f"Or an amount in {base_currency().upper()}",
            help_text="Off the whole purchase: in a cart, off each thing in proportion to its price.",
        )
        self.lists = offered_lists()
        for each in self.lists:
            by_rate = "Empty: worked out by its price list’s rate." if each.rate else "Empty: not valid."
            self.fields[f"amount_{each.currency}"] = PriceField(
                currency=each.currency,
                least=1,
                required=False,
                initial=self.instance.amounts.get(each.currency),
                label=f"The same in {each.currency.upper()}",
                help_text=by_rate,
            )

    def clean_code(self):
        """Return the code in upper case, if no other looks like it."""
        code = self.cleaned_data["code"].strip().upper()
        self.instance.key = key_of(code)
        if DiscountCode.objects.filter(key=self.instance.key).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is such a code already, or one that looks like it.")
        return code

    def clean(self):
        """Keep the amounts in other currencies: only of a code over an amount."""
        cleaned = super().clean()
        typed = {each.currency: cleaned.get(f"amount_{each.currency}") for each in self.lists}
        self.instance.amounts = {currency: amount for currency, amount in typed.items() if amount}
        if self.instance.amounts and cleaned.get("amount") is None:
            raise forms.ValidationError("Type the amount in the shop’s own currency too.")
        return cleaned


class CopiesForm(forms.Form):
    number = forms.IntegerField(label="How many", min_value=1, max_value=MOST_MADE)
    batch = forms.CharField(
        label="What you call them",
        max_length=60,
        required=False,
        help_text="By which you find them in the list, for example who gets them.",
    )


@admin.register(DiscountCode)
class DiscountCodeAdmin(ShopModelAdmin):
    """Codes are ended rather than deleted once somebody has used them."""

    form = DiscountCodeForm
    readonly_fields = ["link", "used_by"]
    autocomplete_fields = ["books", "bundles"]
    list_display = ["code", "takes_off", "used", "ends_at", "batch"]
    search_fields = ["code", "key", "batch"]
    search_help_text = "By a part of the code, or what you call it."
    actions = ["export"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_uses()

    def get_fields(self, request, obj=None):
        """Return the fields, those for other currencies beside the amount; a new code has no uses."""
        names = list(DiscountCodeForm._meta.fields)
        if self.has_change_permission(request, obj) or (obj is None and self.has_add_permission(request)):
            after = names.index("amount") + 1
            names[after:after] = [f"amount_{each.currency}" for each in offered_lists()]
        return [*names, *(self.readonly_fields if obj else ())]

    def get_form(self, request, obj=None, change=False, **kwargs):
        """Return the form; its fields for other currencies are no fields of the model."""
        kwargs["fields"] = DiscountCodeForm._meta.fields
        return super().get_form(request, obj, change, **kwargs)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        warn(self, request, pk=form.instance.pk)

    def get_urls(self):
        page = self.admin_site.admin_view(self.copies_page)
        return [path("<int:pk>/copies/", page, name="orders_discountcode_copies"), *super().get_urls()]

    def has_delete_permission(self, request, obj=None):
        """Allow deleting what no order names."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and (obj is None or not obj.orders.exists())

    def delete_queryset(self, request, queryset):
        queryset.filter(orders=None).delete()

    @admin.display(description="takes off")
    def takes_off(self, code):
        return money(code.amount, base_currency()) if code.amount else percentage(code.percent / 100)

    @admin.display(description="used")
    def used(self, code):
        return str(code.uses) if code.most_uses is None else f"{code.uses} of {code.most_uses}"

    @admin.display(description="link")
    def link(self, code):
        return format_html("{}<br>Any other page of the shop with ?code={} will do.", _address(code), code)

    @admin.display(description="used by")
    def used_by(self, code):
        """Link the latest orders that hold a use."""
        orders = uses_of(code).select_related("user")[:MOST_LISTED]
        rows = (
            (reverse("admin:orders_order_change", args=[order.pk]), order.number, order.email or order.user)
            for order in orders
        )
        return format_html_join("", '<div><a href="{}">{}</a> {}</div>', rows) or "Nobody yet"

    @admin.action(description="Download as CSV", permissions=["view"])
    def export(self, request, queryset):
        """Send the chosen codes with their links."""
        return _as_csv(queryset)

    def copies_page(self, request, pk):
        """Ask how many codes of one use to make like this one, make them, and send them as CSV."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        code = get_object_or_404(DiscountCode, pk=pk)
        form = CopiesForm(request.POST or None, initial={"batch": code.batch})
        if request.method == "POST" and form.is_valid():
            made = code.make_copies(form.cleaned_data["number"], batch=form.cleaned_data["batch"])
            return _as_csv(DiscountCode.objects.filter(pk__in=[each.pk for each in made]).with_uses())
        context = self.admin_site.each_context(request) | {
            "title": f"Codes like {code}",
            "opts": self.opts,
            "code": code,
            "form": form,
        }
        return render(request, "admin/orders/discountcode/copies.html", context)


def _as_csv(codes):
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="discount-codes.csv"'
    rows = csv.writer(response)
    rows.writerow(["code", "link", "uses", "uses in all"])
    for code in codes:
        rows.writerow([code.code, _address(code), code.uses, code.most_uses])
    return response


def _address(code):
    return f"{settings.SITE_URL}{reverse('book_list', query={'code': code.code})}"
