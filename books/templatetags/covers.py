"""Covers in templates: the picture in the sizes that we have, or a typeset one."""

from django import template

from books.publishing.covers import cover_urls

register = template.Library()

# As many as static/css/covers.css has cover-typeset-… classes.
PALETTES = 8


@register.inclusion_tag("books/_cover.html")
def cover(book, *, sizes="(min-width: 40rem) 15rem, 45vw", eager=False, decorative=False):
    """Show a book's cover; `sizes` as in HTML, `decorative` where the title is beside it anyway."""
    context = {"book": book, "sizes": sizes, "eager": eager, "decorative": decorative, "source": ""}
    if not (book.cover and book.cover_widths):
        return context | {"palette": book.pk.int % PALETTES}
    pictures = cover_urls(book)
    return context | {
        "source": pictures[-1][0],
        "source_set": ", ".join(f"{address} {width}w" for address, width in pictures),
        "width": book.cover_widths[-1],
        "height": book.cover_height,
    }
