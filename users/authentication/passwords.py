"""A rule for passwords that Django does not have."""

import re

from django.conf import settings
from django.core.exceptions import ValidationError

SHOP_WORDS = ("bookstore", "bookshop", "book", "books", "ebook", "reader", "reading", "library", "shop")
LEAST_REST = 6


class ShopWordsValidator:
    """Refuses passwords that are little more than this shop's name or the words of its trade."""

    def validate(self, password, user=None):
        """Raise ValidationError if next to nothing is left once the shop's words are taken out."""
        letters_and_digits = re.sub(r"[\W_]", "", password.lower())
        words = sorted({settings.SHOP_NAME.lower().replace(" ", ""), *SHOP_WORDS}, key=len, reverse=True)
        rest = re.sub("|".join(map(re.escape, words)), "", letters_and_digits)
        if rest != letters_and_digits and len(rest) < LEAST_REST:
            raise ValidationError(
                "This password is too easy to guess here: it is mostly words of this shop.",
                code="password_of_shop_words",
            )

    def get_help_text(self):
        return "Your password can’t be made of words of this shop."
