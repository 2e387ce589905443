"""The forms with which staff upload EPUBs and import them."""

from django import forms
from django.template.defaultfilters import pluralize

from books import access
from books.admin.forms import PriceField
from books.publishing import importing, intake
from books.reading.forms import LongTextField
from users.requests import bodies

# As many as one person can go through afterwards, and as a server checks before the browser stops waiting.
MOST_AT_ONCE = 20


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """Files chosen together, as a list. A fault in one is no reason to refuse the others."""

    widget = SeveralFilesInput

    def clean(self, data, initial=None):
        files = [super(SeveralFilesField, self).clean(file) for file in data or [None]]
        if len(files) > MOST_AT_ONCE:
            raise forms.ValidationError(f"At most {MOST_AT_ONCE} files at once, please.")
        return files


class UploadForm(forms.Form):
    files = SeveralFilesField(
        label="EPUB files",
        allow_empty_file=True,  # refused like any other that is no EPUB
        widget=SeveralFilesInput({"accept": ".epub,application/epub+zip"}),
        help_text=f"Up to {MOST_AT_ONCE} files of at most {importing.MAX_BYTES // 1024**2} MB each, "
        f"and {bodies.WITH_FILES // 1024**2} MB in all.",
    )


class NewBookForm(forms.Form):
    price = PriceField(required=False, help_text="Leave it empty to sell it only in bundles.")

    def __init__(self, waiting, data=None):
        super().__init__(data)
        self.fields["sample_chapters"] = forms.IntegerField(
            min_value=0,
            max_value=waiting.chapter_count,
            initial=waiting.sample_chapters,
            help_text="How many chapters everybody can read for free.",
        )

    def carry_out(self, waiting):
        """Import the file; return the book and a sentence about it."""
        imported = intake.import_new(waiting, **self.cleaned_data)
        said = f"“{imported.book}” has been imported. It is not published yet."
        return imported.book, " ".join([said, *imported.notes])


class EditionForm(forms.Form):
    notes = LongTextField(
        label="What’s new",
        required=False,
        max_length=5000,
        widget=forms.Textarea({"rows": 6, "class": "vLargeTextField"}),
        help_text="Readers who own the book see this on its page and in the e-mail.",
    )
    write_to_readers = forms.BooleanField(required=False)

    def __init__(self, waiting, data=None):
        changes = f"{waiting.changes[:1].upper()}{waiting.changes[1:]}."
        super().__init__(data, initial={"notes": changes if waiting.changes else ""})
        readers = access.readers_of(waiting.book).count()
        label = f"Write to the {readers:,} reader{pluralize(readers)} who own{pluralize(readers, 's,')} it"
        self.fields["write_to_readers"].label = label

    def carry_out(self, waiting):
        """Replace the book's text; return the book and a sentence about it."""
        imported, letters = intake.replace(waiting, **self.cleaned_data)
        said = [f"“{imported.book}” now has its new edition: {imported.changes or 'no chapter changed'}."]
        if letters:
            said.append(f"{letters:,} e-mail{pluralize(letters)} will go out.")
        return imported.book, " ".join([*said, *imported.notes])
