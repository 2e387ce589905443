"""Addresses of pages that are about a name: /books/authors/12-ada-quill/."""

from django.db.models import Model
from django.urls import reverse
from django.utils.text import slugify

LONGEST_SLUG = 60


def readable_address(page: str, named: Model) -> str:
    """Return the address of the page about an author, a subject or a series.

    The number alone finds it: a name may change, and one in signs alone leaves no words for an address.
    """
    slug = slugify(str(named), allow_unicode=True)[:LONGEST_SLUG].strip("-")
    return reverse(page, args=[f"{named.pk}-{slug}" if slug else str(named.pk)])
