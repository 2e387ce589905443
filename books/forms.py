"""What staff and readers fill in."""

from decimal import Decimal

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.template.defaultfilters import pluralize

from books.models import Book, Bundle, Review, ReviewReport
from books.money import CURRENCY, SMALLEST_CHARGE, in_units
from books.quarantine.examining import UnusablePdf, examine_cover, examine_pdf
from books.renditions import MAX_BYTES, UnusableCover

LARGEST_PDF = 200 * 1024**2


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

    new_pdf = forms.FileField(
        label="New PDF",
        required=False,
        help_text=f"For readers who want pages, beside the EPUB. {LARGEST_PDF // 1024**2} MB at most.",
    )
    remove_pdf = forms.BooleanField(label="Take the PDF away", required=False)

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
            return examine_cover(file.read(MAX_BYTES + 1))
        except UnusableCover as reason:
            raise forms.ValidationError(str(reason)) from reason

    def clean_new_pdf(self):
        """Return the file, which begins as every PDF does, or None."""
        file = self.cleaned_data["new_pdf"]
        if not file:
            return None
        if file.size > LARGEST_PDF:
            raise forms.ValidationError(f"The file is larger than {LARGEST_PDF // 1024**2} MB.")
        if file.read(5) != b"%PDF-":
            raise forms.ValidationError("This is not a PDF.")
        file.seek(0)
        try:
            # What a stamp would do at each download, in the site's own process.
            examine_pdf(file)
        except UnusablePdf as reason:
            raise forms.ValidationError(str(reason)) from reason
        file.seek(0)
        return file


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
        # The label once more: some programs read only what is drawn, and the form is folded away at first.
        widget=forms.Textarea(attrs={"rows": 6, "aria-label": "What did you think of it?"}),
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


class ReportForm(forms.ModelForm):
    """Its one field is written out in the template, beneath each review."""

    class Meta:
        model = ReviewReport
        fields = ["reason"]

    def save_as(self, reporter, review):
        """Save it as this person's one report of the review, unless there is one already."""
        ReviewReport.objects.get_or_create(review=review, reporter=reporter, defaults=self.cleaned_data)
