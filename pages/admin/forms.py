"""The form in which staff say what the shop is called, who sells, and how."""

from math import floor
from urllib.parse import urlsplit

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from books.publishing.quarantine.examined import MAX_LOGO_BYTES, UnusableLogo
from books.publishing.quarantine.examining import examine_logo
from pages import choices
from pages.accent import LEAST, Unreadable, in_light, is_colour
from pages.models import ShopSettings
from pages.models.settings import HOME_SECTIONS

MARKDOWN = "Markdown: **bold**, *italic*, [a link](https://example.com), # a heading, - a list."
# The fields that say what stands first, second … on the home page.
PLACES = ["first_section", "second_section", "third_section", "fourth_section"]


class HomeSectionField(forms.ChoiceField):
    """A section of the home page, or nothing."""

    def __init__(self, **kwargs):
        super().__init__(choices=[("", "Nothing"), *HOME_SECTIONS.items()], required=False, **kwargs)


class ShopSettingsForm(forms.ModelForm):
    new_logo = forms.FileField(
        required=False,
        help_text="A PNG, JPEG, GIF or WebP picture, shown 40 pixels high in place of the name. The icon in "
        "the browser’s tab is made from it, too.",
    )
    remove_logo = forms.BooleanField(label="Remove the logo", required=False)
    first_section = HomeSectionField(label="First")
    second_section = HomeSectionField(label="Second")
    third_section = HomeSectionField(label="Third")
    fourth_section = HomeSectionField(label="Fourth")

    class Meta:
        model = ShopSettings
        fields = [
            *("name", "tagline", "accent"),
            *("contact", "seller_name", "postal_address", "register_numbers", "social_addresses"),
            *("base_currency", "locale", "time_zone", "refund_days"),
            *("home_text", "about_text"),
        ]
        labels = {
            "accent": "Accent colour",
            "contact": "E-mail address for buyers",
            "seller_name": "Name of the seller",
            "social_addresses": "Elsewhere on the web",
            "base_currency": "Currency",
            "locale": "How money and dates are written",
            "refund_days": "Refunds within",
            "home_text": "Your own text for the home page",
            "about_text": "Text of the About page",
        }
        help_texts = {
            "name": "On every page, in every letter, and beside each payment at Stripe.",
            "tagline": "What you are, in a line. It is the title of the home page.",
            "accent": "The colour of links and buttons, such as #9c3418. Dark pages have a lighter shade. "
            "Leave it empty for ours.",
            "contact": "Where a person answers. Leave it empty to show the address that letters come from.",
            "seller_name": "The person or company that sells, if it isn’t the shop’s name.",
            "postal_address": "As on an envelope, without the name. Many countries require it of shops.",
            "register_numbers": "One a line, as you want them shown: “VAT ID: DE123456789”.",
            "social_addresses": "Full addresses of your pages elsewhere, one a line.",
            "refund_days": "Days in which buyers get a refund without giving a reason. 0: you don’t refund, "
            "except where the law gives them the right. Every page that speaks of refunds says so.",
            "home_text": MARKDOWN,
            "about_text": f"{MARKDOWN} Leave it empty for our description of how the shop works. Refunds and "
            "your address are shown below it.",
        }
        widgets = {
            name: AdminTextareaWidget(attrs={"rows": rows})
            for name, rows in {
                "postal_address": 3,
                "register_numbers": 3,
                "social_addresses": 3,
                "home_text": 6,
                "about_text": 12,
            }.items()
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Staff who may only look at the settings see no fields.
        if self.fields.get("base_currency"):
            self._offer_choices()

    def _offer_choices(self):
        currency = self.fields["base_currency"] = forms.ChoiceField(
            label="Currency",
            choices=[("", "Choose one"), *choices.currencies()],
            help_text="The currency of your prices. You can change it until your first order; prices that "
            "you have typed keep their figures.",
        )
        if self.instance.currency_is_fixed():
            currency.disabled = True
            self.initial["base_currency"] = self.instance.currency
            currency.help_text = "Fixed, because you have orders in it."
        self.fields["locale"] = forms.ChoiceField(
            label="How money and dates are written", choices=choices.locales(), initial=self.instance.locale
        )
        zones = [(name, name.replace("_", " ")) for name in choices.time_zones()]
        help_text = "Dates and times on pages and in letters are those of this place."
        self.fields["time_zone"] = forms.ChoiceField(
            choices=zones, help_text=help_text, initial=self.instance.time_zone
        )
        self._offer_sections()

    def _offer_sections(self):
        shown = self.instance.home_sections
        for position, name in enumerate(PLACES):
            self.fields[name].initial = shown[position] if position < len(shown) else ""

    def clean_accent(self):
        """Return the colour in lower case, if it can be read."""
        colour = self.cleaned_data["accent"].strip().lower()
        if not colour:
            return ""
        if not is_colour(colour):
            raise ValidationError("Write the colour as # and six digits, such as #9c3418.")
        try:
            in_light(colour)
        except Unreadable as refused:
            ratio = floor(refused.ratio * 10) / 10
            raise ValidationError(
                f"This colour is too pale to read: its contrast on our pages is {ratio} to 1, and text needs "
                f"{LEAST} to 1. Choose a darker one."
            ) from refused
        return colour

    def clean_social_addresses(self):
        """Return the addresses, one a line."""
        addresses = self.cleaned_data["social_addresses"].split()
        for address in addresses:
            try:
                URLValidator(schemes=["http", "https"])(address)
            except ValidationError as error:
                raise ValidationError(
                    f"“{address}” is not a full address, such as https://example.com/you."
                ) from error
            if not urlsplit(address).hostname:
                raise ValidationError(f"“{address}” names no website.")
        return "\n".join(addresses)

    def clean_new_logo(self):
        """Return the checked logo, or None."""
        file = self.cleaned_data["new_logo"]
        if not file:
            return None
        try:
            return examine_logo(file.read(MAX_LOGO_BYTES + 1))
        except UnusableLogo as reason:
            raise ValidationError(str(reason)) from reason

    def clean(self):
        """Put the sections of the home page together; each can be shown once."""
        cleaned = super().clean()
        sections = [cleaned[place] for place in PLACES if cleaned.get(place)]
        if len(set(sections)) < len(sections):
            raise ValidationError("The home page can show each section only once.")
        self.instance.home_sections = sections
        return cleaned
