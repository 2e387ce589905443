"""How books ask to be shown, in the words of EPUB and CSS."""

from django.db import models

# ISO 639 codes of the languages written from right to left.
RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "syr", "ug", "ur", "yi"}


class Layout(models.TextChoices):
    """Whether a book's text flows or lies in pages of fixed size."""

    REFLOWABLE = "reflowable"
    FIXED = "fixed"


class WritingMode(models.TextChoices):
    """CSS's words for text in lines, and for text in columns from right to left."""

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical-rl"


class PageProgression(models.TextChoices):
    """EPUB's words for the direction in which pages are turned; the default is the language's."""

    LEFT_TO_RIGHT = "ltr"
    RIGHT_TO_LEFT = "rtl"
    DEFAULT = "default"
