"""Filters of the catalogue: which books are accessible, and how.

They go by what the books claim. Their pages say the same in books.reading.accessibility.
"""

from django.db.models import Q

from books.models.catalogue.querysets import BookQuerySet


def _says(name: str, *values: str) -> Q:
    """Return the condition that a list among the facts has one of these values."""
    # As text, a list is JSON on every database, where a quotation mark inside a value follows a backslash.
    return Q(**{f"accessibility__{name}__regex": f'"({"|".join(values)})"'})


# What visitors can ask for, in the words of the page, and the condition for a book.
FILTERS = {
    "read-aloud": (
        "The whole book can be read aloud",
        Q(accessibility__accessMode=["textual"]) | _says("accessModeSufficient", "textual"),
    ),
    "described": (
        "Pictures are described",
        _says("accessibilityFeature", "alternativeText", "longDescriptions?"),
    ),
    "no-flashing": ("Nothing flashes", _says("accessibilityHazard", "none", "noFlashingHazard")),
}


def accessible(books: BookQuerySet, ways: list[str]) -> BookQuerySet:
    """Return the books that are accessible in all of these ways, which are keys of FILTERS."""
    for way in ways:
        _, condition = FILTERS[way]
        books = books.filter(condition)
    return books
