"""What readers write about a place in a book."""

from django import forms

from books.models import Mark
from books.models.marks import LONGEST_NOTE
from books.models.places import BEFORE
from books.reading.forms import LongTextField
from users.formats import number


class _NoteField(LongTextField):
    def __init__(self):
        super().__init__(required=False)

    def validate(self, value):
        """Refuse a note that is too long."""
        if len(value) > LONGEST_NOTE:
            most, its = number(LONGEST_NOTE), number(len(value))
            raise forms.ValidationError(f"A note holds up to {most} characters. Yours has {its}.")


class _QuotationField(LongTextField):
    def to_python(self, value):
        # A browser sends the white space of the markup too.
        return " ".join(super().to_python(value).split())


class NewMarkForm(forms.Form):
    """A bookmark; or with a colour, a highlight of the quotation."""

    note = _NoteField()
    colour = forms.ChoiceField(choices=Mark.Colour, required=False)
    quotation = _QuotationField(required=False)
    # The words right before the quotation, which may be in the chapter several times.
    before = forms.CharField(required=False, max_length=BEFORE)

    def clean(self):
        """Refuse a highlight without words."""
        cleaned = super().clean()
        if cleaned.get("colour") and not cleaned.get("quotation"):
            raise forms.ValidationError("Select some text to highlight it.")
        return cleaned


class ParagraphForm(forms.Form):
    """A bookmark at a paragraph; or with a colour, a highlight of it."""

    note = _NoteField()
    colour = forms.ChoiceField(choices=Mark.Colour, required=False)


class MarkForm(forms.ModelForm):
    """The note of a mark, and the colour of a highlight."""

    note = _NoteField()

    class Meta:
        model = Mark
        fields = ["note", "colour"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.is_highlight:
            self.fields["colour"].required = True
        else:
            del self.fields["colour"]


class ShownForm(forms.Form):
    """The chapter whose page is open while a mark is changed, which may be another than the mark's."""

    beside = forms.IntegerField(min_value=1, max_value=100_000)


def first_error(form):
    """Return the first sentence about what is wrong with the form."""
    return next(iter(form.errors.values()))[0]
