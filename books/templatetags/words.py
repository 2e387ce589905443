"""Facts about a book, put into words for pages."""

from datetime import date
from typing import NamedTuple

from django import template
from django.conf import settings

from books.reading import accessibility
from books.reading.languages import language_name
from books.reading.pace import WORDS_PER_MINUTE
from users.formats import day, month, percent

register = template.Library()
register.filter(language_name)


# By how much of a date is known.
DATES = {"day": day, "month": month, "year": lambda moment: str(moment.year)}


@register.filter
def publication_date(book):
    """Return when the book was published, as exactly as we know: "17 June 2024", "June 2024" or "1813"."""
    return DATES[book.published_to](book.published)


@register.filter
def reading_time(words):
    """Return "about 3 hours" for the number of words, or "about 40 minutes"."""
    minutes = words / WORDS_PER_MINUTE
    if minutes < 90:
        return f"about {max(5, round(minutes / 5) * 5)} minutes"
    return f"about {round(minutes / 60)} hours"


@register.simple_tag
def downloads_are_watermarked():
    """Tell whether this shop puts readers' addresses into what they download."""
    return settings.STAMP_DOWNLOADS


@register.filter
def statements(book):
    """Return what to say about a book's accessibility: sections, each a heading with its sentences; none if
    the book says nothing.
    """
    if not book.accessibility:
        return ()
    sections = accessibility.statements(book.accessibility, layout=book.layout)
    return tuple((heading, tuple(sentences)) for heading, sentences in sections)


class Facts(NamedTuple):
    """What a book’s page lists about it, in plain values; `subjects` are names with their addresses."""

    published: date | None
    published_to: str
    language: str
    word_count: int
    chapter_count: int
    printed_page_count: int
    subjects: tuple[tuple[str, str], ...]
    isbn: str
    has_pdf: bool


@register.filter
def facts(book):
    """Return the facts about a book."""
    subjects = tuple((subject.name, subject.get_absolute_url()) for subject in book.subjects.all())
    texts = (book.language, book.word_count, book.chapter_count, book.printed_page_count)
    return Facts(book.published, book.published_to, *texts, subjects, book.isbn, bool(book.pdf))


class Entry(NamedTuple):
    """A line of a table of contents."""

    title: str
    chapter: int
    fragment: str
    depth: int


@register.filter
def entries(contents):
    """Return Book.contents as plain values."""
    return tuple(Entry(*(entry[field] for field in Entry._fields)) for entry in contents)


@register.filter
def stars(rating):
    """Return "★★★★☆" for 4."""
    return "★" * rating + "☆" * (5 - rating)


register.filter("percent", percent)
