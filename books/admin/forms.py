"""The forms in which staff describe books and bundles."""

from django import forms

from books.admin.pricing.fields import PresetsField, PriceField
from books.models import Book, Bundle
from books.models.catalogue.contributors import from_lines, in_lines
from books.models.catalogue.presentation import DatePrecision
from books.publishing.editions.locking import LABELS, locked_in
from books.publishing.quarantine.examined import MAX_COVER_BYTES, UnusableCover
from books.publishing.quarantine.examining import UnusablePdf, examine_cover, examine_pdf

LARGEST_PDF = 200 * 1024**2
FREE_OR_IN_BUNDLES = "0 gives it away. Leave it empty to sell it only in bundles."
FROM_THE_FILE = "From the book’s file. If you change it, new editions leave it as you typed it."


class ContributorsField(forms.CharField):
    """Contributors, one a line, as a title page has them."""

    widget = forms.Textarea

    def prepare_value(self, value):
        return in_lines(value) if isinstance(value, list) else value

    def clean(self, value):
        try:
            return from_lines(super().clean(value))
        except ValueError as error:
            raise forms.ValidationError(
                f"“{error}” does not begin with what the person did, such as “Translated by”."
            ) from error

    def has_changed(self, initial, data):
        return in_lines(initial or []).splitlines() != (data or "").splitlines()


class ParagraphsField(forms.CharField):
    """Text of several lines. Browsers end each with two characters, which is no change of what is stored."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class PrecisionField(forms.ChoiceField):
    """How much of a date is known; what a form does not say stays."""

    def has_changed(self, initial, data):
        return bool(data) and super().has_changed(initial, data)


class BookForm(forms.ModelForm):
    new_cover = forms.FileField(
        required=False, help_text="A PNG, JPEG, GIF or WebP picture, 960 pixels wide or more."
    )

    new_pdf = forms.FileField(
        label="New PDF",
        required=False,
        help_text=f"For readers who prefer pages to the EPUB. At most {LARGEST_PDF // 1024**2} MB.",
    )
    remove_pdf = forms.BooleanField(label="Remove the PDF", required=False)
    follow_file = forms.MultipleChoiceField(
        label="Take from the next file again",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What staff have typed; new editions leave it as it is.",
    )

    contributors = ContributorsField(
        required=False,
        help_text="One a line: “Translated by Ilya Line”, “Edited by Edda Page”, “With Bea Bell”.",
    )
    published_to = PrecisionField(
        label="Publication date is exact to the", choices=DatePrecision, required=False
    )

    opens_at = forms.DateTimeField(
        label="Opens on",
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text="For a pre-order. Until this moment, in the shop’s time zone, buyers can read only the "
        "sample and take their money back. Leave it empty for a book that is complete.",
    )

    class Meta:
        model = Book
        fields = [
            "title",
            "title_file_as",
            "subtitle",
            "contributors",
            "description",
            "price",
            "minimum_price",
            "presets",
            "language",
            "published",
            "published_to",
            "subjects",
            "series",
            "series_position",
            "isbn",
            "sample_chapters",
            "opens_at",
        ]
        field_classes = {"description": ParagraphsField}
        # The browser's own calendar.
        widgets = {"published": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        book = self.instance
        locked = locked_in(book) if book.pk and not book._state.adding else set()
        # Staff without the right to change books see no fields.
        if "price" in self.fields:
            self.fields["price"] = PriceField(required=False, may_be_zero=True, help_text=FREE_OR_IN_BUNDLES)
            self.fields["minimum_price"] = PriceField(
                required=False,
                may_be_zero=True,
                label="Buyers may pay less, from",
                help_text="Type it to let buyers choose what they pay: the price above is then suggested, "
                "and what they pay beyond this one is a tip. Empty: the price is fixed.",
            )
            self.fields["presets"] = PresetsField()
        if field := self.fields.get("follow_file"):
            field.choices = [(name, label) for name, label in LABELS.items() if name in locked]
        if book.epub:
            for name in self.fields.keys() & (LABELS.keys() - locked):
                field = self.fields[name]
                field.help_text = " ".join(filter(None, [str(field.help_text), FROM_THE_FILE]))

    def clean_presets(self):
        """Return the amounts to choose from, none of them below what buyers have to pay."""
        presets, least = self.cleaned_data["presets"], self.cleaned_data.get("minimum_price")
        if presets and least is None and "minimum_price" not in self.errors:
            raise forms.ValidationError("Buyers choose only if they may pay less: type from what amount.")
        if presets and presets[0] < (least or 0):
            raise forms.ValidationError("One of them is less than buyers have to pay.")
        return presets

    def clean_sample_chapters(self):
        """Return the number; at least a chapter, and some of the text, must stay outside the sample."""
        chosen, most = self.cleaned_data["sample_chapters"], self.instance.largest_sample
        if most is not None and chosen > most:
            raise forms.ValidationError(f"The sample can have at most {most}: the rest is for buyers.")
        return chosen

    def clean_opens_at(self):
        """Return the moment; a book that somebody may be reading does not close, and none opens unawares."""
        chosen, book = self.cleaned_data["opens_at"], self.instance
        is_on_sale = not book._state.adding and book.first_published_at is not None
        if not is_on_sale or chosen == book.opens_at:
            return chosen
        if book.epub and book.has_opened and chosen is not None:
            raise forms.ValidationError("The book is open already, and whoever has it keeps reading.")
        if chosen is None and not book.has_opened:
            raise forms.ValidationError("To open it now, type a moment that has just passed.")
        return chosen

    def clean_published_to(self):
        """Return the choice, or what was stored if none was sent."""
        return self.cleaned_data["published_to"] or self.instance.published_to

    def clean_new_cover(self):
        """Return the checked picture in our sizes, or None."""
        file = self.cleaned_data["new_cover"]
        if not file:
            return None
        try:
            return examine_cover(file.read(MAX_COVER_BYTES + 1))
        except UnusableCover as reason:
            raise forms.ValidationError(str(reason)) from reason

    def clean_new_pdf(self):
        """Return the file if it is a PDF that we can open, or None."""
        file = self.cleaned_data["new_pdf"]
        if not file:
            return None
        if file.size > LARGEST_PDF:
            raise forms.ValidationError(f"The file is larger than {LARGEST_PDF // 1024**2} MB.")
        if file.read(5) != b"%PDF-":
            raise forms.ValidationError("This is not a PDF.")
        file.seek(0)
        try:
            # Watermarking does the same at each download, in the site's own process.
            examine_pdf(file)
        except UnusablePdf as reason:
            raise forms.ValidationError(str(reason)) from reason
        file.seek(0)
        return file


class BundleForm(forms.ModelForm):
    class Meta:
        model = Bundle
        fields = ["title", "slug", "description", "price", "books"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "price" in self.fields:
            self.fields["price"] = PriceField()
