from django import forms
from django.core.exceptions import ValidationError

from orders.pricing import ForgedOffer, SignedOffer
from orders.pricing.agreements import ForgedAgreements, read_signed


class ItemForm(forms.Form):
    """A form that buys: `item` holds the signed offer of its page; without the field it buys All Books."""

    item = forms.CharField(required=False)
    agreed = forms.CharField(required=False)

    def clean_item(self):
        """Return the offer that the buyer saw, or None if the form has no such field."""
        # Some clients send a list as "item[]" or "item[0]", and a file is not among the data. Whoever meant
        # to name a product must never be charged for All Books.
        named = [name for name in [*self.data, *self.files] if name.split("[")[0] == "item"]
        if not named:
            return None
        if named != ["item"] or len(self.data.getlist("item")) != 1:
            raise ValidationError("This form names several products, or none.")
        try:
            return SignedOffer.read(self.cleaned_data["item"])
        except ForgedOffer as error:
            raise ValidationError("This form was not made by this shop.") from error

    def clean_agreed(self):
        """Return what the page said that the buyer agrees to; nothing if it said nothing."""
        try:
            return read_signed(value) if (value := self.cleaned_data["agreed"]) else ()
        except ForgedAgreements as error:
            raise ValidationError("This form was not made by this shop.") from error


class ChargeForm(ItemForm):
    """What Stripe's classic checkout posts, with its own names, and the page's signed offer.

    stripeTokenType and stripeEmail are not read: the order belongs to whoever is logged in, whatever address
    they type at the checkout.
    """

    stripeToken = forms.CharField(max_length=255)  # noqa: N815
