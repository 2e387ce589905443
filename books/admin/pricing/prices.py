"""Prices in further currencies: the price lists, and what is typed for one book or bundle."""

from django import forms
from django.contrib import admin, messages
from django.forms.models import BaseInlineFormSet
from django.template.defaultfilters import pluralize
from django.template.loader import render_to_string

from books.admin.countries import CountriesField, named
from books.admin.pricing.fields import PriceField
from books.admin.pricing.pointless import warn
from books.models import Book, Bundle, ListPrice, PriceList, Prices, offered_lists
from books.money import base_currency, money
from users.model_admin import ShopModelAdmin

# As many of the newest books, and of the bundles, show what a price list makes of their prices.
PREVIEWED = 10


class PriceListForm(forms.ModelForm):
    countries = CountriesField(
        required=False,
        help_text="Two letters each, as in DE, AT, FR. Visitors from there see these prices first, if your "
        "proxy says where they are (docs/going-live.md). Everybody can choose another currency.",
    )

    class Meta:
        model = PriceList
        fields = ["currency", "rate", "ending", "rounding", "countries"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if field := self.fields.get("rate"):
            code = base_currency().upper()
            field.label = f"One {code} is worth"
            field.help_text = (
                f"In this currency. What you don’t type is worked out: the price in {code} times this, with "
                f"the ending below. Without it, what you don’t type is sold in {code}."
            )
            self.initial["rate"] = trimmed(self.instance.rate)
        if (field := self.fields.get("countries")) and self.instance.countries:
            field.help_text = f"Now: {named(self.instance.countries)}. {field.help_text}"

    def clean_currency(self):
        """Return the code in lower case; the shop’s own currency has no list."""
        currency = self.cleaned_data["currency"].lower()
        if currency == base_currency():
            raise forms.ValidationError("This is the shop’s own currency: its prices are those of the books.")
        return currency

    def clean_countries(self):
        """Return the countries; each belongs to one list."""
        countries = self.cleaned_data["countries"]
        for other in PriceList.objects.exclude(pk=self.instance.pk):
            if taken := set(countries) & set(other.countries):
                raise forms.ValidationError(f"{min(taken)} is among the countries of {other}.")
        return countries

    def _post_clean(self):
        # The model knows currencies in lower case only.
        if currency := self.cleaned_data.get("currency"):
            self.cleaned_data["currency"] = currency.lower()
        super()._post_clean()


@admin.register(PriceList)
class PriceListAdmin(ShopModelAdmin):
    form = PriceListForm
    fields = ["currency", "rate", "ending", "rounding", "countries", "preview"]
    readonly_fields = ["preview"]
    list_display = ["__str__", "worth", "ending", "shown_in"]

    def get_fields(self, request, obj=None):
        return self.fields if obj else [name for name in self.fields if name != "preview"]

    def get_readonly_fields(self, request, obj=None):
        """Return what cannot be changed: of a saved list, the currency that typed prices are in."""
        return [*self.readonly_fields, "currency"] if obj else self.readonly_fields

    @admin.display(description="countries")
    def shown_in(self, price_list):
        return named(price_list.countries)

    @admin.display(description="rate", ordering="rate")
    def worth(self, price_list):
        return trimmed(price_list.rate)

    @admin.display(description="prices")
    def preview(self, price_list):
        """Show what some books and all bundles cost by the saved list."""
        return render_to_string("admin/books/pricelist/preview.html", {"rows": list(_preview(price_list))})

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if number := too_cheap(obj).count():
            least = money(obj.smallest_charge, obj.currency)
            said = (
                f"{number} book{pluralize(number)} would cost less than {least}, Stripe’s minimum. "
                f"{pluralize(number, 'It is,They are')} sold in {base_currency().upper()} instead."
            )
            self.message_user(request, said, messages.WARNING)
        warn(self, request, Bundle.objects.all()[:PREVIEWED])


def trimmed(rate):
    """Return a rate without the zeros that the database adds: "0.92"; None for none."""
    return None if rate is None else f"{rate.normalize():f}"


def too_cheap(price_list):
    """Return the books whose price in this list is below what a card can be charged."""
    typed = ListPrice.objects.filter(price_list=price_list, book__isnull=False)
    books = Book.objects.filter(pk__in=typed.filter(amount__lt=price_list.smallest_charge).values("book"))
    if price_list.formula is None:
        return books
    least = price_list.formula.least_base(price_list.smallest_charge)
    return books | Book.objects.filter(price__gt=0, price__lt=least).exclude(pk__in=typed.values("book"))


def _preview(price_list):
    """Yield the title of a product, its base price, its price in the list, and a word about that."""
    books = Book.objects.filter(price__isnull=False).only("title", "price")[:PREVIEWED]
    products = [*Bundle.objects.order_by("-everything", "title")[:PREVIEWED], *books]
    prices = Prices(price_list)
    prices.look_up(product.pk for product in products)
    typed = {each.book_id or each.bundle_id for each in price_list.prices.all()}
    for product in products:
        amount = prices.listed(product.pk, product.price)
        shown = "" if amount is None else money(amount, price_list.currency)
        if amount is None:
            note = f"sold in {base_currency().upper()}"
        elif amount == 0:
            note = "free"
        elif amount < price_list.smallest_charge:
            note = f"below Stripe’s minimum: sold in {base_currency().upper()}"
        else:
            note = "typed" if product.pk in typed else "worked out"
        yield product.title, money(product.price, base_currency()), shown, note


class ListPriceForm(forms.ModelForm):
    """The price of a product in one list; empty, it is worked out again."""

    class Meta:
        model = ListPrice
        fields = ["price_list", "amount"]
        widgets = {"price_list": forms.HiddenInput}

    def __init__(self, *args, product, price_list, **kwargs):
        super().__init__(*args, **kwargs)
        self.price_list = price_list
        worked_out = ""
        if price_list.formula and product.price:
            by_rate = money(price_list.formula.price(product.price), price_list.currency)
            worked_out = f"Empty: {by_rate}, worked out from the saved price."
        elif product.price == 0:
            worked_out = "What is free is free in every currency."
        self.fields["amount"] = PriceField(
            currency=price_list.currency,
            least=price_list.smallest_charge,
            required=False,
            help_text=worked_out or f"Empty: sold in {base_currency().upper()}.",
        )

    def clean_price_list(self):
        """Return the list; the lists may have changed since the form was made."""
        if self.cleaned_data["price_list"] != self.price_list:
            raise forms.ValidationError("The price lists have changed. Open this page again.")
        return self.price_list


class ListPriceFormSet(BaseInlineFormSet):
    """A form for each price list: with the price that staff have typed, or an empty one."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        lists = offered_lists()
        typed = {each.price_list_id for each in self.get_queryset()} if self.instance.pk else set()
        self._empty = [each for each in lists if each.pk not in typed]
        self._lists = {each.pk: each for each in lists}
        self.extra = len(self._empty)
        self.initial_extra = [{"price_list": each.pk} for each in self._empty]

    def get_queryset(self):
        """Return the typed prices in lists that are offered now."""
        if not hasattr(self, "_queryset"):
            found = super().get_queryset().exclude(price_list__currency=base_currency())
            self._queryset = found.order_by("price_list__currency")
        return self._queryset

    def get_form_kwargs(self, index):
        """Return the list of a form, and whose price it is."""
        if index is None or index >= self.initial_form_count() + len(self._empty):
            return {"product": self.instance, "price_list": PriceList(currency=base_currency())}
        typed = list(self.get_queryset())
        known = typed[index].price_list_id if index < len(typed) else self._empty[index - len(typed)].pk
        return {"product": self.instance, "price_list": self._lists[known]}

    def save_existing(self, form, obj, commit=True):
        """Save a price, or remove it if it was emptied: then it is worked out again."""
        if form.cleaned_data["amount"] is None:
            obj.delete()
            # For the history, which says what was there.
            obj.amount = form.initial["amount"]
            return obj
        return super().save_existing(form, obj, commit)


class ListPriceInline(admin.StackedInline):
    """What a book or bundle costs in further currencies; whoever may change it may change its prices."""

    model = ListPrice
    form = ListPriceForm
    formset = ListPriceFormSet
    template = "admin/books/list_prices.html"
    can_delete = False

    def has_change_permission(self, request, obj=None):
        opts = self.parent_model._meta
        return any(
            request.user.has_perm(f"{opts.app_label}.{verb}_{opts.model_name}") for verb in ("add", "change")
        )

    has_add_permission = has_view_permission = has_change_permission
