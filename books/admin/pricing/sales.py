"""Sales: what is cheaper for a while, and what readers will be told about it."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.defaultfilters import pluralize
from django.template.loader import render_to_string
from django.utils import timezone

from books.admin.pricing.fields import PriceField
from books.admin.pricing.pointless import warn
from books.models import Book, Bundle, Prices, Sale, begun_sales, offered_lists
from books.models.prices import NO_SALES
from books.money import base_currency, money
from users.formats import percentage
from users.model_admin import ShopModelAdmin

# With more, choose everything: each page looks up which of its products are in a sale.
MOST_PRODUCTS = 1_000
# As many products are shown with their prices.
PREVIEWED = 20


class AmountsField(forms.CharField):
    """Prices in further currencies, one a line ("EUR 3.99"), kept as minor units by currency."""

    widget = forms.Textarea

    def prepare_value(self, value):
        if isinstance(value, dict):
            fields = {currency: PriceField(currency=currency) for currency in sorted(value)}
            return "\n".join(
                f"{currency.upper()} {field.prepare_value(value[currency])}"
                for currency, field in fields.items()
            )
        return value

    def clean(self, value):
        lists = {each.currency: each for each in offered_lists()}
        amounts = {}
        for line in super().clean(value).splitlines():
            code, _, units = line.strip().partition(" ")
            if not code:
                continue
            if (price_list := lists.get(code.lower())) is None:
                raise ValidationError(f"The shop has no price list in {code}.")
            field = PriceField(currency=price_list.currency, least=price_list.smallest_charge)
            amounts[price_list.currency] = field.clean(units.strip())
        return amounts

    def has_changed(self, initial, data):
        return (self.prepare_value(initial or {}) or "").split() != (data or "").split()


class SaleForm(forms.ModelForm):
    amounts = AmountsField(
        label="Price in other currencies",
        required=False,
        help_text="One a line, as in EUR 3.99. In those that you leave out, it is in proportion.",
    )

    class Meta:
        model = Sale
        fields = ["name", "begins", "ends", "percent", "amount", "amounts", "everything", "books", "bundles"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "amount" in self.fields:
            said = "What each product costs while the sale runs. Leave it empty for a percentage."
            self.fields["amount"] = PriceField(required=False, help_text=said)

    def clean_begins(self):
        """Return the instant, now at the earliest: nobody has seen a sale that begins in the past."""
        return max(self.cleaned_data["begins"], timezone.now())

    def clean_ends(self):
        """Return the instant, not before now: until then readers were promised the price."""
        ends = self.cleaned_data["ends"]
        if ends < timezone.now():
            raise ValidationError("This is in the past. To end a sale now, choose it in the list of sales.")
        return ends

    def clean(self):
        """Refuse a sale of nothing, and one by which something would cost no less."""
        given = super().clean()
        if self.errors or not {"everything", "books", "bundles"} <= self.fields.keys():
            return given
        products = [*given["bundles"][: MOST_PRODUCTS + 1], *given["books"][: MOST_PRODUCTS + 1]]
        if given["everything"]:
            if products:
                raise ValidationError("Choose everything, or some products, not both.")
            return given
        if not products:
            raise ValidationError("Choose what is on sale.")
        if len(products) > MOST_PRODUCTS:
            raise ValidationError(f"Choose at most {MOST_PRODUCTS:,} products, or everything.")
        if (given["percent"] is None) != (given["amount"] is None):
            self._check_that_it_is_lower(products, given)
        return given

    def _check_that_it_is_lower(self, products, given):
        sale = Sale(
            **{name: given[name] for name in ("begins", "ends", "percent", "amount", "amounts")}
        ).terms
        for price_list in (None, *(each for each in offered_lists() if each.currency in given["amounts"])):
            prices = Prices(price_list, NO_SALES)
            prices.look_up(product.pk for product in products)
            for product in products:
                regular = prices.regular_price_of(product)
                if regular is None:
                    raise ValidationError(f"“{product}” is not sold on its own.")
                amount, currency = regular[:2]
                least = prices.least_for(currency)
                if sale.price(amount, currency, base=product.price, least=least) >= amount:
                    raise ValidationError(f"“{product}” costs {regular} anyway: this is no reduction.")


@admin.register(Sale)
class SaleAdmin(ShopModelAdmin):
    form = SaleForm
    fields = [
        *("name", "begins", "ends", "percent", "amount", "amounts", "everything", "books", "bundles"),
        "preview",
    ]
    readonly_fields = ["preview"]
    autocomplete_fields = ["books", "bundles"]
    list_display = ["name", "state", "begins", "ends", "reduction"]
    search_fields = ["name"]
    actions = ["end"]

    def get_fields(self, request, obj=None):
        """Return the fields; prices in other currencies only if the shop has any to sell in."""
        left_out = {"preview"} if obj is None else set()
        if not offered_lists():
            left_out.add("amounts")
        return [name for name in self.fields if name not in left_out]

    def get_readonly_fields(self, request, obj=None):
        """Return what cannot be changed: once a sale has begun, what readers have been told."""
        if obj is None or not obj.has_begun():
            return self.readonly_fields
        kept = {"name"} if obj.ends <= timezone.now() else {"name", "ends"}
        return [name for name in self.fields if name not in kept]

    def has_delete_permission(self, request, obj=None):
        """Allow it until the sale begins: later, its prices count for what other sales may announce."""
        has_begun = obj is not None and obj.has_begun()
        return super().has_delete_permission(request, obj) and not has_begun

    def delete_queryset(self, request, queryset):
        queryset.filter(begins__gt=timezone.now()).delete()

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        sale = form.instance
        products = [*sale.bundles.all()[:PREVIEWED], *sale.books.all()[:PREVIEWED]]
        warn(self, request, products, at=max(sale.begins, timezone.now()))

    @admin.action(permissions=["change"], description="End the selected sales now")
    def end(self, request, queryset):
        chosen = [sale for sale in queryset if sale.terms.runs_at(timezone.now())]
        with transaction.atomic():
            for sale in chosen:
                sale.end()
                self.log_change(request, sale, "Ended.")
        self.message_user(request, f"{len(chosen)} sale{pluralize(len(chosen))} ended.")

    @admin.display(description="status")
    def state(self, sale):
        now = timezone.now()
        if not sale.has_begun(now):
            return "To come"
        return "Running" if now < sale.ends else "Ended"

    @admin.display(description="reduction")
    def reduction(self, sale):
        return (
            f"{percentage(sale.percent / 100)} off"
            if sale.percent
            else f"for {money(sale.amount, base_currency())}"
        )

    @admin.display(description="prices")
    def preview(self, sale):
        """Show what products cost in the sale, and the price that readers see struck through."""
        return render_to_string("admin/books/sale/preview.html", {"rows": list(_preview(sale))})


def _preview(sale):
    """Yield the title of a product, its regular price, the one in the sale, and what pages say of it."""
    bundles, books = (
        (Bundle.objects.order_by("-everything", "title"), Book.objects.published())
        if sale.everything
        else (sale.bundles.all(), sale.books.all())
    )
    products = [*bundles[:PREVIEWED], *books.filter(price__isnull=False)[:PREVIEWED]]
    sales = begun_sales(sale.begins)
    for price_list in (None, *offered_lists()):
        prices = Prices(price_list, sales)
        prices.look_up(product.pk for product in products)
        for product in products:
            price = prices.price_of(product)
            if price is not None and price.currency == prices.currency:
                was = money(price.was, price.currency) if price.was else ""
                yield product.title, money(price.regular, price.currency), price, was
