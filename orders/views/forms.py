import re

from django import forms
from django.core.exceptions import ValidationError

from books.models.grants import ORDER_NUMBER_LENGTH
from books.money import LARGEST_CHARGE, NotAnAmount, chargeable, money, read_units, written_units
from orders.pricing import ForgedOffer, SignedOffer
from orders.pricing.agreements import ForgedAgreements, read_signed
from users.addresses import LONGEST_ADDRESS, usable

# What a product's reference looks like, whether there is such a product or not.
REFERENCE = re.compile(r"all-books|book:[0-9a-f-]{36}|bundle:[a-zA-Z0-9_-]{1,50}")
# Characters of an amount that a buyer types.
LONGEST_AMOUNT = 30


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

    @property
    def address(self):
        """What was typed as the buyer's address, on our page or else in Stripe's form; not checked."""
        return self.data.get("email") or self.data.get("stripeEmail", "")

    @property
    def may_remind(self):
        """Whether the buyer wants a letter if they leave; None if the page did not ask."""
        return "may_remind" in self.data if "reminder" in self.data else None

    @property
    def typed(self):
        """What the buyer has typed for which product, as its page shows it again if nothing is bought."""
        shown = self.cleaned_data.get("item")
        amount = {"amount": self.data["amount"][:LONGEST_AMOUNT]} if "amount" in self.data else {}
        return amount | {
            "reference": shown.reference if shown else "",
            "email": self.address[:LONGEST_ADDRESS],
            "may_remind": bool(self.may_remind),
        }


def reminder_box(order, typed):
    """Return whether the box for a reminder is ticked on the page of an order, or of none yet.

    None if there is no box, because the buyer has had their letter.
    """
    reminder = getattr(order, "reminder", None)
    if reminder is not None and reminder.sent_at is not None:
        return None
    return typed.get("may_remind", reminder is not None)


class ChargeForm(ItemForm):
    """What Stripe's classic checkout posts, with its own names, and the page's signed offer.

    stripeTokenType is not read.
    """

    stripeToken = forms.CharField(max_length=255)  # noqa: N815


class ProductsForm(forms.Form):
    """A form that names products for the cart: `product` holds a reference each time.

    So does `instead_of`, for products whose place they take.
    """

    def clean(self):
        """Return the references of the products; refuse what names none."""
        named, instead_of = self.data.getlist("product"), self.data.getlist("instead_of")
        if not named or not all(map(REFERENCE.fullmatch, [*named, *instead_of])):
            raise ValidationError("The form names no product.")
        return {"products": named, "instead_of": instead_of}


class AmountForm(forms.Form):
    """What the buyer of something whose price they choose wants to pay; `offer` says the least."""

    amount = forms.CharField(max_length=LONGEST_AMOUNT)

    def __init__(self, *args, offer, **kwargs):
        super().__init__(*args, **kwargs)
        self.offer = offer

    @classmethod
    def of(cls, typed, offer):
        """Return the form with what the buyer has typed; None if that is nothing, or the price is fixed."""
        is_asked = len(offer.parts) == 1 and offer.suggested and "amount" in typed
        return cls(typed, offer=offer) if is_asked else None

    def clean_amount(self):
        """Return the amount in minor units, if it can be charged."""
        offer = self.offer
        try:
            amount = read_units(self.cleaned_data["amount"], offer.currency)
        except NotAnAmount as error:
            example = written_units(offer.suggested, offer.currency)
            raise ValidationError(f"Please type an amount, such as {example}.") from error
        if amount < offer.minimum:
            raise ValidationError(f"{offer.title} costs at least {offer.minimum_price}.")
        if chargeable(amount, offer.currency, least=offer.least) != amount:
            least = money(offer.least, offer.currency)
            raise ValidationError(
                f"A card can’t be charged less than {least}. Please choose that or more, or 0."
            )
        if amount > LARGEST_CHARGE:
            raise ValidationError("A card can’t be charged as much at once.")
        return amount


class FindForm(forms.Form):
    """An address and the number of an order that was sent there."""

    email = forms.CharField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text="The one your receipt went to.",
    )
    number = forms.CharField(
        label="Order number",
        max_length=40,
        help_text=f"{ORDER_NUMBER_LENGTH} letters and digits, as on your receipt.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def clean_email(self):
        """Return the address as orders have it."""
        return usable(self.cleaned_data["email"])

    def clean_number(self):
        """Return the number without spaces and the word before it."""
        return self.cleaned_data["number"].strip().split()[-1]
