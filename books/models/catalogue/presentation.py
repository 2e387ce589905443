"""How books ask to be shown, in the words of EPUB and CSS."""

from django.db import models

# ISO 639 codes of the languages written from right to left, and ISO 15924 codes of the scripts.
RIGHT_TO_LEFT = frozenset(
    "ar arc arz azb bal bqi ckb dv fa glk he iw ks lrc mzn nqo pnb prs ps sam sd sdh syc syr ug ur yi".split()
)
RIGHT_TO_LEFT_SCRIPTS = frozenset("Adlm Arab Aran Hebr Mand Nkoo Rohg Samr Syrc Thaa".split())


def direction_of(tag: str) -> str:
    """Return in which direction the language of a BCP 47 tag is written, as HTML's `dir`.

    A tag may name a script that the language is not usually written in: "ar-Latn", "pa-Arab".
    """
    language, *rest = tag.split("-")
    script = next((part.title() for part in rest if len(part) == 4 and part.isalpha()), "")
    is_rtl = script in RIGHT_TO_LEFT_SCRIPTS if script else language.lower() in RIGHT_TO_LEFT
    return "rtl" if is_rtl else "ltr"


class DatePrecision(models.TextChoices):
    """Which part of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


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


class Presented:
    """What follows for a book from how it asks to be shown."""

    @property
    def direction(self):
        """The direction in which the book's language is written, as HTML's `dir`."""
        return direction_of(self.language)

    @property
    def chapter_count(self):
        """The number of chapters in the table of contents, without their sections."""
        return sum(entry["depth"] == 0 for entry in self.contents)

    @property
    def turns_leftwards(self):
        """Whether the next page is on the left: as the EPUB says, or else as its script is written."""
        if self.page_progression == PageProgression.DEFAULT:
            return self.direction == "rtl" or self.writing_mode == WritingMode.VERTICAL
        return self.page_progression == PageProgression.RIGHT_TO_LEFT
