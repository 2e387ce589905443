from django import forms
from django.core.exceptions import ValidationError

from orders import pricing


class ItemForm(forms.Form):
    """What every form that buys carries: the page's own signed item; without it, All Books."""

    item = forms.CharField(required=False)

    def clean_item(self):
        """Return what the buyer saw, or None if the page did not say."""
        value = self.cleaned_data["item"]
        try:
            return pricing.read_signed(value) if value else None
        except pricing.ForgedItem as error:
            raise ValidationError("This form was not made by this shop.") from error


class ChargeForm(ItemForm):
    """What Stripe's classic checkout posts, beside the page's own signed item.

    The names are Stripe's. Its stripeTokenType and stripeEmail are not read: the order belongs to whoever is
    logged in, never to whoever has a certain address.
    """

    stripeToken = forms.CharField(max_length=255)  # noqa: N815
