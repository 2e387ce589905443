"""How staff type amounts of money."""

import re

from django import forms

from books.money import (
    LARGEST_CHARGE,
    base_currency,
    in_minor_units,
    in_units,
    minor_digits,
    money,
    smallest_charge,
    smallest_step,
)

# As many fit in a row on a phone, and nobody compares more.
MOST_PRESETS = 5


class PriceField(forms.DecimalField):
    """An amount typed in units of a currency, and stored in its minor unit: "9.00" dollars are 900.

    `currency` is the base currency unless it is given; `least`, in minor units, what a card can be charged;
    `may_be_zero` says whether 0 can be typed too. A form makes it in its __init__: the base currency is a
    setting of the shop, in the database.
    """

    def __init__(self, *, currency=None, least=None, may_be_zero=False, **kwargs):
        self._least, self._may_be_zero = least, may_be_zero
        # Before the rest, which makes the widget.
        self.currency = currency or base_currency()
        super().__init__(**self._limits() | {"label": f"Price in {self.currency.upper()}"} | kwargs)

    @property
    def least(self):
        """What a card can be charged at least, in minor units."""
        return smallest_charge(self.currency) if self._least is None else self._least

    def _limits(self):
        return {
            "min_value": in_units(0 if self._may_be_zero else self.least, self.currency),
            "max_value": in_units(LARGEST_CHARGE, self.currency),
            "decimal_places": minor_digits(self.currency),
        }

    def prepare_value(self, value):
        return in_units(value, self.currency) if isinstance(value, int) else value

    def clean(self, value):
        units = super().clean(value)
        if units is None:
            return None
        amount = in_minor_units(units, self.currency)
        if 0 < amount < self.least:
            least = money(self.least, self.currency)
            raise forms.ValidationError(f"Stripe charges at least {least}: type that or more, or 0.")
        if step := amount % smallest_step(self.currency):
            nearest = money(amount - step, self.currency)
            raise forms.ValidationError(f"Stripe takes no such fraction: type {nearest}, for example.")
        return amount

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)


class PresetsField(forms.CharField):
    """Amounts in the base currency from which buyers choose what they pay, kept in minor units, lowest first.

    None for none: then a few are worked out (orders.pricing.offers).
    """

    def __init__(self, **kwargs):
        super().__init__(
            required=False,
            label="Amounts to choose from",
            help_text=f"Up to {MOST_PRESETS}, as in 5, 10, 20; buyers can type another one. Empty: the least "
            "that they may pay, the price above, and twice that.",
            **kwargs,
        )

    def prepare_value(self, value):
        if not isinstance(value, list):
            return value
        currency = base_currency()
        return ", ".join(str(in_units(amount, currency)) for amount in value)

    def clean(self, value):
        field = PriceField(may_be_zero=True)
        typed = filter(None, re.split(r"[,;\s]+", super().clean(value)))
        amounts = sorted({field.clean(each) for each in typed})
        if len(amounts) > MOST_PRESETS:
            raise forms.ValidationError(f"Type at most {MOST_PRESETS} amounts.")
        return amounts or None

    def has_changed(self, initial, data):
        return (self.prepare_value(initial or []) or "") != (data or "")
