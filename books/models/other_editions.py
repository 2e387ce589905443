"""Other editions of a book, such as a printed one, that somebody else sells."""

from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import Q

from users.fields import NameField

from .catalogue import Book


class EditionKind(models.TextChoices):
    """How a book can be had elsewhere."""

    HARDCOVER = "hardcover", "Hardcover"
    PAPERBACK = "paperback", "Paperback"
    LARGE_PRINT = "large-print", "Large print"
    AUDIOBOOK = "audiobook", "Audiobook"
    EBOOK = "ebook", "E-book"


# schema.org's names (https://schema.org/BookFormatType), which has none for large print.
SCHEMA_FORMATS = {
    EditionKind.HARDCOVER: "Hardcover",
    EditionKind.PAPERBACK: "Paperback",
    EditionKind.LARGE_PRINT: "Paperback",
    EditionKind.AUDIOBOOK: "AudiobookFormat",
    EditionKind.EBOOK: "EBook",
}


class OtherEdition(models.Model):
    """One edition at one seller: a link on the book's page. No import changes it."""

    book = models.ForeignKey(Book, on_delete=models.CASCADE, related_name="other_editions")
    kind = models.CharField(max_length=11, choices=EditionKind)
    seller = NameField("sold by", max_length=80, blank=True, help_text="As readers know the shop.")
    address = models.URLField(
        max_length=500,
        validators=[URLValidator(schemes=["https"], message="Enter an address that begins with https://.")],
    )
    isbn = models.CharField(
        "ISBN",
        max_length=13,
        blank=True,
        validators=[RegexValidator(r"^97[89]\d{10}$", "An ISBN has 13 digits and begins with 978 or 979.")],
    )
    price = models.CharField(
        max_length=40,
        blank=True,
        help_text="As text, with its currency: $18.00. Leave it empty if it changes.",
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(address__startswith="https://"), name="other_edition_at_secure_address"
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} at {self.seller}" if self.seller else self.get_kind_display()

    @property
    def schema_format(self):
        """Its format by schema.org's name."""
        return SCHEMA_FORMATS[EditionKind(self.kind)]
