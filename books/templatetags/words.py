"""Facts about a book, put into words."""

from django import template
from django.utils.translation import get_language_info

WORDS_PER_MINUTE = 250

register = template.Library()


@register.filter
def language_name(tag):
    """Return "German" for "de"; a tag that Django has no name for stays as it is."""
    try:
        return get_language_info(tag.lower())["name"]
    except KeyError:
        return tag


@register.filter
def reading_time(words):
    """Return "about 3 hours" for the number of words, or "about 40 minutes"."""
    minutes = words / WORDS_PER_MINUTE
    if minutes < 90:
        return f"about {max(5, round(minutes / 5) * 5)} minutes"
    return f"about {round(minutes / 60)} hours"


@register.filter
def stars(rating):
    """Return "★★★★☆" for 4."""
    return "★" * rating + "☆" * (5 - rating)
