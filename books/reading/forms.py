"""What readers write: reviews, reports of reviews."""

from django import forms
from django.template.defaultfilters import pluralize

from books.models import Review, ReviewReport


class LongTextField(forms.CharField):
    """A text of several lines, whose line ends count as one character each, as browsers count them."""

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class ReviewForm(forms.ModelForm):
    """The template writes its fields, in half the time that its widgets would take."""

    rating = forms.TypedChoiceField(
        coerce=int,
        choices=[(number, f"{number} star{pluralize(number)}") for number in range(1, 6)],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(["required", "invalid_choice"], "Please choose from one to five stars."),
    )
    text = LongTextField(
        label="What did you think of it?",
        max_length=5000,
        error_messages={"required": "Please write a few words."},
    )

    class Meta:
        model = Review
        fields = ["rating", "text"]

    def save_as(self, reader, book):
        """Save it as this reader's one review of the book."""
        Review.objects.update_or_create(book=book, author=reader, defaults=self.cleaned_data)


class ReportForm(forms.ModelForm):
    """The template writes its only field, below each review."""

    class Meta:
        model = ReviewReport
        fields = ["reason"]

    def save_as(self, reporter, review):
        """Save it as this person's one report of the review, unless there is one already."""
        ReviewReport.objects.get_or_create(review=review, reporter=reporter, defaults=self.cleaned_data)
