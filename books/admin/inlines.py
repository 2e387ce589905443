"""What staff type in tables on the page of a book: its authors, and where else it can be had."""

from django import forms
from django.contrib import admin

from books.models import Authorship, OtherEdition


class AuthorshipInline(admin.TabularInline):
    model = Authorship
    autocomplete_fields = ["author"]
    extra = 1

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("author", "book")


class OtherEditionForm(forms.ModelForm):
    # A field of the model would take "http" for what is typed without a scheme.
    address = forms.URLField(max_length=500, assume_scheme="https")

    class Meta:
        model = OtherEdition
        fields = ["kind", "seller", "address", "isbn", "price", "position"]
        # A table has no room for help beside a field.
        help_texts = dict.fromkeys(["seller", "price"], "")
        widgets = {
            "seller": forms.TextInput(attrs={"placeholder": "As readers know the shop"}),
            "price": forms.TextInput(attrs={"placeholder": "$18.00"}),
        }


class OtherEditionInline(admin.TabularInline):
    model = OtherEdition
    form = OtherEditionForm
    extra = 0
    verbose_name = "other edition"
    verbose_name_plural = "also available as"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("book")
