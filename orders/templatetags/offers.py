"""What products cost the reader of a page.

The templates of `books` load these tags, since `books` may not import `orders`.
"""

from django import template

from books.models import Bundle
from orders import pricing

register = template.Library()


@register.simple_tag(takes_context=True)
def offers_of(context, products):
    """Return the books or bundles that are for sale, at their prices for the reader."""
    return pricing.offers_of(products, context["user"])


@register.simple_tag(takes_context=True)
def offer_of(context, product):
    """Return a book or bundle at its price for the reader, or None if it is not for sale."""
    return next(iter(pricing.offers_of(filter(None, [product]), context["user"])), None)


@register.simple_tag(takes_context=True)
def offers_with(context, book):
    """Return every way to buy a book: on its own if it has a price, in each of its bundles, in All Books."""
    bundles = Bundle.objects.with_book(book)
    return pricing.offers_of([book, *bundles], context["user"])
