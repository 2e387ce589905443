"""What staff and readers fill in."""

from decimal import Decimal

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.template.defaultfilters import pluralize

from books.covers import MAX_BYTES, UnusableCover, prepare_cover
from books.models import Book, Bundle, Review
from books.money import CURRENCY, SMALLEST_CHARGE, in_units


class PriceField(forms.DecimalField):
    """An amount typed in dollars and kept in cents: "9.00" is 900."""

    # The most that Stripe takes in one payment.
    LARGEST_PRICE = Decimal("999999.99")

    def __init__(self, **kwargs):
        defaults = {
            "min_value": in_units(SMALLEST_CHARGE),
            "max_value": self.LARGEST_PRICE,
            "decimal_places": 2,
            "label": f"Price in {CURRENCY.upper()}",
        }
        super().__init__(**(defaults | kwargs))

    def prepare_value(self, value):
        return in_units(value) if isinstance(value, int) else value

    def clean(self, value):
        amount = super().clean(value)
        return None if amount is None else int(amount.scaleb(2))

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)


class BookForm(forms.ModelForm):
    price = PriceField(required=False, help_text="Leave it empty to sell the book only with others.")
    new_cover = forms.FileField(
        required=False, help_text="A PNG, JPEG, GIF or WebP picture, 960 pixels wide or more."
    )

    class Meta:
        model = Book
        fields = [
            "title",
            "subtitle",
            "description",
            "price",
            "language",
            "published",
            "subjects",
            "isbn",
            "sample_chapters",
        ]

    def clean_new_cover(self):
        """Return the picture checked and in its sizes, or None."""
        file = self.cleaned_data["new_cover"]
        if not file:
            return None
        try:
            return prepare_cover(file.read(MAX_BYTES + 1))
        except UnusableCover as reason:
            raise forms.ValidationError(str(reason)) from reason


class BundleForm(forms.ModelForm):
    price = PriceField()

    class Meta:
        model = Bundle
        fields = ["title", "slug", "description", "price", "books"]


class LongTextField(forms.CharField):
    """A text of many lines, in which the end of a line counts as one character, as browsers count it."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class ReviewForm(forms.ModelForm):
    rating = forms.TypedChoiceField(
        coerce=int,
        choices=[(number, f"{number} star{pluralize(number)}") for number in range(1, 6)],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(["required", "invalid_choice"], "Please choose from one to five stars."),
    )
    text = LongTextField(
        label="What did you think of it?",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "Please write a few words."},
    )

    class Meta:
        model = Review
        fields = ["rating", "text"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        # Its button to delete needs a form of the template's.
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(InlineRadios("rating"), "text")

    def save_as(self, reader, book):
        """Save it as this reader's one review of the book."""
        Review.objects.update_or_create(book=book, author=reader, defaults=self.cleaned_data)
