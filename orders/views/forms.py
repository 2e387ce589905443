from django import forms
from django.core.exceptions import ValidationError

from orders import pricing


class ItemForm(forms.Form):
    """What every form that buys carries: the page's own signed item; only without the field, All Books."""

    item = forms.CharField(required=False)

    def clean_item(self):
        """Return what the buyer saw, or None if the form has no such field."""
        # Some clients send a list as "item[]" or "item[0]", and a file's name is not among the data: whoever
        # meant to name something must never be charged for All Books.
        named = [name for name in [*self.data, *self.files] if name.split("[")[0] == "item"]
        if not named:
            return None
        if named != ["item"] or len(self.data.getlist("item")) != 1:
            raise ValidationError("This form names several products, or none.")
        try:
            return pricing.read_signed(self.cleaned_data["item"])
        except pricing.ForgedItem as error:
            raise ValidationError("This form was not made by this shop.") from error


class ChargeForm(ItemForm):
    """What Stripe's classic checkout posts, beside the page's own signed item.

    The names are Stripe's. Its stripeTokenType and stripeEmail are not read: the order belongs to whoever is
    logged in, never to whoever has a certain address.
    """

    stripeToken = forms.CharField(max_length=255)  # noqa: N815
