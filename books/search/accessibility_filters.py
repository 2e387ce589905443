"""Which books are accessible in what way: what one can narrow the catalogue to.

Each goes by what the book claims, as its page says it: see books.reading.accessibility.
"""

from django.db.models import Q

from books.models.catalogue import BookQuerySet


def _says(name: str, *values: str) -> Q:
    """Return the condition that a list among the facts has one of these values."""
    # A list as text is JSON on every database, and in JSON a quote within a value has a backslash before it.
    return Q(**{f"accessibility__{name}__regex": f'"({"|".join(values)})"'})


# What one may ask for, in the words of the page, and the books that have it.
FILTERS = {
    "read-aloud": (
        "All of it can be read aloud",
        Q(accessibility__accessMode=["textual"]) | _says("accessModeSufficient", "textual"),
    ),
    "described": (
        "Pictures are described",
        _says("accessibilityFeature", "alternativeText", "longDescriptions?"),
    ),
    "no-flashing": ("Nothing flashes", _says("accessibilityHazard", "none", "noFlashingHazard")),
}


def accessible(books: BookQuerySet, ways: list[str]) -> BookQuerySet:
    """Return those of the books that have every one of these ways, keys of FILTERS."""
    for way in ways:
        _, condition = FILTERS[way]
        books = books.filter(condition)
    return books
