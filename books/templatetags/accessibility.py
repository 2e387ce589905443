"""What a book says of its accessibility, for people and for search engines."""

from django import template

from books import accessibility

register = template.Library()


@register.filter
def statements(book):
    """Return what to say of a book: sections, each a heading and its sentences."""
    return accessibility.statements(book.accessibility, layout=book.layout)


@register.filter
def modes(combination):
    """Return "textual, visual", which EPUB writes in one, as the list that schema.org wants."""
    return [mode.strip() for mode in combination.split(",")]
