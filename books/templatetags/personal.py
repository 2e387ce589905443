"""What differs from reader to reader on a page that is otherwise the same for all (books/rendering)."""

from django import template

from books import access
from books.models.reviews import review_by
from books.reading.forms import ReviewForm
from books.rendering.personal_parts import gaps_of, render_part

register = template.Library()


@register.simple_tag(takes_context=True)
def personal(context, name, *, by_standing=False, **variables):
    """Show the template `name` with these variables; in a shared page, leave a gap for it.

    `by_standing` says that it depends on nothing but how the reader stands to `book`.
    """
    gaps = gaps_of(context)
    return gaps.leave(name, variables, by_standing) if gaps else render_part(context, name, variables)


@register.simple_block_tag(takes_context=True)
def owners_see(context, content, book):
    """Show the content to those who own the book. Nothing in it may be personal itself."""
    return personal(context, "includes/_seen_by.html", book=book, owners=content, by_standing=True)


@register.simple_block_tag(takes_context=True)
def others_see(context, content, book):
    """Show the content to those who do not own the book. Nothing in it may be personal itself."""
    return personal(context, "includes/_seen_by.html", book=book, others=content, by_standing=True)


@register.filter
def owns(reader, product):
    """Tell whether the reader has nothing left to buy in a book or bundle."""
    return access.owns(reader.user, product)


register.simple_tag(review_by)


@register.simple_tag
def review_form_of(review, given):
    """Return the form with which a reader writes or changes a review; a given one has errors to correct."""
    return given or ReviewForm(instance=review)
