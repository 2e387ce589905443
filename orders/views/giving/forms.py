from datetime import timedelta

from django import forms
from django.core.exceptions import ValidationError

from orders.giving.gifts import today
from orders.models import Gift, Seat
from orders.models.giving.wishes import GiftWish
from users.addresses import LONGEST_ADDRESS, usable
from users.names import visible

# Copies in one order: more are several orders, and one is a gift.
FEWEST, MOST = 2, 500
A_YEAR = timedelta(days=365)
LONGEST_MESSAGE = Gift._meta.get_field("message").max_length
LONGEST_NAME = Gift._meta.get_field("giver").max_length


class NameField(forms.CharField):
    """A name as somebody types it, without invisible characters."""

    def __init__(self, **named):
        super().__init__(max_length=LONGEST_NAME, **named)

    def clean(self, value):
        return visible(super().clean(value))


class AddressForm(forms.Form):
    """Whom a gift is for, and on which day a letter goes there; without an address the giver passes it on."""

    recipient = NameField(label="Who is it for?", widget=forms.TextInput({"placeholder": "Tom"}))
    email = forms.CharField(
        label="Their e-mail address (optional)",
        required=False,
        max_length=LONGEST_ADDRESS,
        # Not a field for an address of one's own, which browsers would fill in.
        widget=forms.TextInput({"inputmode": "email", "autocomplete": "off", "autocapitalize": "none"}),
        help_text="Leave it empty to pass the link on yourself.",
    )
    day = forms.DateField(
        label="When shall we send it?",
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args, **named):
        super().__init__(*args, **named)
        first = today()
        self.fields["day"].initial = first
        self.fields["day"].widget.attrs |= {"min": first.isoformat(), "max": (first + A_YEAR).isoformat()}

    def clean_email(self):
        """Return the address as accounts store it, or nothing."""
        typed = self.cleaned_data["email"]
        return usable(typed) if typed else ""

    def clean_day(self):
        """Return the day, by default today, in the shop's time zone."""
        day = self.cleaned_data["day"] or today()
        if not today() <= day <= today() + A_YEAR:
            raise ValidationError("Choose a day from today on, within a year.")
        return day


class GiftForm(AddressForm):
    """A gift: from whom, to whom, with which words."""

    giver = NameField(label="Your name, as they know you")
    message = forms.CharField(
        label="Message (optional)",
        required=False,
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea({"rows": 4}),
    )

    field_order = ("recipient", "giver", "message", "email", "day")

    @property
    def wish(self):
        typed = self.cleaned_data
        return GiftWish(
            copies=1,
            giver=typed["giver"],
            recipient=typed["recipient"],
            email=typed["email"],
            message=typed["message"],
            day=typed["day"].isoformat(),
        )


class SeatsForm(forms.Form):
    """Copies for a class, a team or a library."""

    copies = forms.IntegerField(label="How many copies?", min_value=FEWEST, max_value=MOST, initial=25)

    @property
    def wish(self):
        return GiftWish(copies=self.cleaned_data["copies"])


class TakeForm(forms.Form):
    """What somebody who takes one of several copies is called in the buyer's list."""

    name = forms.CharField(
        label="Your name (optional)",
        required=False,
        max_length=Seat._meta.get_field("name").max_length,
        help_text="Whoever bought the copies sees it in their list. They see nothing else about you.",
    )

    def clean_name(self):
        return visible(self.cleaned_data["name"])
