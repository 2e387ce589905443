"""The forms with which staff upload EPUBs and import them."""

from django import forms
from django.template.defaultfilters import pluralize
from django.utils.text import Truncator

from books import access
from books.admin.forms import FREE_OR_IN_BUNDLES
from books.admin.pricing.fields import PriceField
from books.publishing import importing, intake
from books.publishing.editions.locking import COVER, differences
from books.reading.forms import LongTextField
from users.formats import number
from users.requests import bodies

# As many as one person can go through afterwards, and as a server checks before the browser stops waiting.
MOST_AT_ONCE = 20
# In characters, of a description that differs.
LONGEST_FACT = 200


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


class DecisionForm(forms.Form):
    """What is decided about every file: how much of it is free, and whether its errors do not matter."""

    def __init__(self, waiting, data=None, **kwargs):
        super().__init__(data, **kwargs)
        most = waiting.largest_sample
        self.fields["sample_chapters"] = forms.IntegerField(
            min_value=0,
            max_value=most,
            initial=min(waiting.sample_chapters, most),
            help_text=f"How many chapters everybody can read for free: at most {most}, "
            "so that something is left to buy.",
        )
        if count := waiting.error_count:
            errors = "this error" if count == 1 else f"these {number(count)} errors"
            self.fields["accepts_errors"] = forms.BooleanField(
                label=f"Import it anyway: I have seen {errors}",
                help_text="Your name and the time are kept with the file’s findings.",
            )

    def choices(self, by):
        """Return what was decided, as books.publishing.intake takes it."""
        chosen = dict(self.cleaned_data)
        return chosen | {"accepted_by": by if chosen.pop("accepts_errors", False) else None}


class NewBookForm(DecisionForm):
    def __init__(self, waiting, data=None):
        super().__init__(waiting, data)
        self.fields["price"] = PriceField(required=False, may_be_zero=True, help_text=FREE_OR_IN_BUNDLES)
        self.order_fields(["price"])

    def carry_out(self, waiting, by):
        """Import the file; return the book and a sentence about it."""
        imported = intake.import_new(waiting, **self.choices(by))
        said = f"“{imported.book}” has been imported. It is not published yet."
        return imported.book, " ".join([said, *imported.notes])


class EditionForm(DecisionForm):
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
        super().__init__(waiting, data, initial={"notes": changes if waiting.changes else ""})
        readers = access.readers_of(waiting.book).count()
        label = (
            f"Write to the {number(readers)} reader{pluralize(readers)} who own{pluralize(readers, 's,')} it"
        )
        self.fields["write_to_readers"].label = label
        sample, now = self.fields["sample_chapters"], waiting.book.sample_chapters
        if waiting.book.largest_sample:
            # Somebody chose it, though for another division into chapters.
            sample.initial = min(now, waiting.largest_sample)
        sample.help_text += f" In the edition on sale: {number(now)}."
        if different := differences(waiting.book, waiting.facts or {}):
            self.fields["taken"] = forms.MultipleChoiceField(
                label="Take from the file",
                required=False,
                choices=[(each.name, _in_a_line(each)) for each in different],
                initial=[each.name for each in different if not each.is_locked],
                widget=forms.CheckboxSelectMultiple,
                help_text="What you leave out stays as it is, in later editions too.",
            )

    def carry_out(self, waiting, by):
        """Replace the book's text; return the book and a sentence about it."""
        imported, letters = intake.replace(waiting, **self.choices(by))
        said = [f"“{imported.book}” now has its new edition: {imported.changes or 'no chapter changed'}."]
        if letters:
            said.append(f"{number(letters)} e-mail{pluralize(letters)} will go out.")
        return imported.book, " ".join([*said, *imported.notes])


def _in_a_line(difference):
    """Return what is in the shop and what is in the file, for a tick box."""
    if difference.name == COVER:
        return f"{difference.label}: the file’s" if difference.ours else f"{difference.label}: none now"
    ours, theirs = (
        f"“{Truncator(words).chars(LONGEST_FACT)}”" if words else "empty"
        for words in (difference.ours, difference.theirs)
    )
    typed = " (typed by staff)" if difference.is_locked else ""
    return f"{difference.label}: {ours}{typed} becomes {theirs}"
