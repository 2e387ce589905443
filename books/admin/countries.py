"""Countries as staff type them, by their two letters, and as they read them."""

import re

from babel import Locale
from django import forms

# ISO 3166 keeps these for groups of countries and for nobody.
NO_COUNTRIES = {"EU", "EZ", "UN", "ZZ"}


class CountriesField(forms.CharField):
    """Countries as two letters each, kept as a list."""

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value):
        codes = re.findall(r"[^\s,;]+", super().clean(value).upper())
        if wrong := [code for code in codes if not _is_country(code)]:
            raise forms.ValidationError(f"{wrong[0]} is not a country’s two letters, such as DE.")
        return sorted(set(codes))

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial or []), data)


def _is_country(code):
    """Tell whether these are a country's two letters."""
    return bool(re.fullmatch("[A-Z]{2}", code)) and code in _names() and code not in NO_COUNTRIES


def _names():
    """Return the English names of countries by their two letters."""
    return Locale("en").territories


def named(codes):
    """Return these countries as people read them: "Austria (AT), Germany (DE)"."""
    names = _names()
    return ", ".join(sorted(f"{names.get(code, code)} ({code})" for code in codes))
