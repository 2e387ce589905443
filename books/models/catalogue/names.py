"""Names and titles: the addresses of their pages, /books/authors/12-ada-quill/, and how they are sorted."""

from django.db.models import Case, CharField, F, GeneratedField, Model, When
from django.urls import reverse
from django.utils.text import slugify

LONGEST_SLUG = 60


def sorted_as(file_as: str, name: str) -> GeneratedField:
    """Return a column for sorting, which the database keeps: what to file the name as, or else the name."""
    return GeneratedField(
        expression=Case(When(**{file_as: ""}, then=F(name)), default=F(file_as)),
        output_field=CharField(max_length=200),
        db_persist=True,
    )


def readable_address(page: str, named: Model) -> str:
    """Return the address of the page about an author, a subject or a series.

    The number alone finds it: a name may change, and one in signs alone leaves no words for an address.
    """
    slug = slugify(str(named), allow_unicode=True)[:LONGEST_SLUG].strip("-")
    return reverse(page, args=[f"{named.pk}-{slug}" if slug else str(named.pk)])
