"""The languages of books, in words."""

from django.utils.translation import get_language_info


def language_name(tag: str) -> str:
    """Return "German" for "de"; a tag that Django has no name for stays as it is."""
    try:
        return get_language_info(tag.lower())["name"]
    except KeyError:
        return tag
