"""Links for other sites at which one product is bought, with what to paste there."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import mark_safe

from books.models import offered_lists
from orders.models import BuyLink
from users.model_admin import ShopModelAdmin

FURTHER = "in_other_currencies"


class BuyLinkForm(forms.ModelForm):
    class Meta:
        model = BuyLink
        fields = ["slug", "book", "bundle", "campaign"]
        labels = {"slug": "Word in its address"}

    def clean(self):
        """Refuse both and neither: a link is to one product."""
        if bool(self.cleaned_data.get("book")) == bool(self.cleaned_data.get("bundle")):
            raise forms.ValidationError("Choose a book or a bundle.")
        return self.cleaned_data


@admin.register(BuyLink)
class BuyLinkAdmin(ShopModelAdmin):
    form = BuyLinkForm
    fields = ["slug", "book", "bundle", "campaign", "link", FURTHER, "button"]
    readonly_fields = ["link", FURTHER, "button"]
    autocomplete_fields = ["book", "bundle"]
    list_display = ["slug", "what", "campaign"]
    list_select_related = ["book", "bundle"]
    search_fields = ["slug", "campaign"]

    def get_fields(self, request, obj=None):
        """Return the fields; a link that is not saved has no address yet."""
        if obj is None:
            return [name for name in self.fields if name not in self.readonly_fields]
        return self.fields if _further_currencies() else [each for each in self.fields if each != FURTHER]

    @admin.display(description="what")
    def what(self, link):
        return link.product.title

    @admin.display(description="link")
    def link(self, link):
        return format_html('<a href="{0}">{0}</a>', _whole(link.get_absolute_url()))

    @admin.display(description="in another currency")
    def in_other_currencies(self, link):
        """Show the address for readers who pay in another currency; each price list has one."""
        address = _whole(link.get_absolute_url())
        addresses = ((f"{address}?currency={each}",) for each in _further_currencies())
        return format_html_join(mark_safe("<br>"), "<code>{}</code>", addresses)

    @admin.display(description="button for other sites")
    def button(self, link):
        """Show the lines to paste into another site's page."""
        anchor = format_html('<a href="{}">Buy {}</a>', _whole(link.get_absolute_url()), link.product.title)
        script = format_html('<script src="{}" async></script>', _whole(reverse("buy_button")))
        return format_html("<code>{}<br>{}</code>", escape(anchor), escape(script))


def _further_currencies():
    return [each.currency for each in offered_lists()]


def _whole(address):
    return f"{settings.SITE_URL}{address}"
