"""A rule for passwords that Django does not have."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError

SHOP_WORDS = ("bookstore", "bookshop", "book", "books", "ebook", "reader", "reading", "library", "shop")
LEAST_REST = 6


class ShopWordsValidator:
    """Refuses passwords that are little more than the shop's name or words such as “bookstore”."""

    def validate(self, password, user=None):
        """Raise ValidationError if almost nothing is left without the shop's words."""
        letters_and_digits = re.sub(r"[\W_]", "", password.lower())
        name = re.sub(r"[\W_]", "", settings.SHOP.name.lower())
        words = sorted({name, *SHOP_WORDS} - {""}, key=len, reverse=True)
        rest = re.sub("|".join(map(re.escape, words)), "", letters_and_digits)
        if rest != letters_and_digits and len(rest) < LEAST_REST:
            raise ValidationError(
                "This password is too easy to guess: it is based on the shop’s name.",
                code="password_of_shop_words",
            )

    def get_help_text(self):
        return "Your password can’t be based on the shop’s name."
