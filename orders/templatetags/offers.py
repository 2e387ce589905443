"""What a page offers to whoever looks at it: the shelf knows books, the till knows what they cost whom."""

from django import template

from books.models import Bundle
from orders import pricing

register = template.Library()


@register.simple_tag(takes_context=True)
def offers_of(context, products):
    """Return those of the books or bundles that are for sale, at their prices for the reader."""
    return pricing.offers_of(products, context["user"])


@register.simple_tag(takes_context=True)
def offer_of(context, product):
    """Return one book or bundle at its price for the reader, or None if it is not for sale."""
    return next(iter(pricing.offers_of(filter(None, [product]), context["user"])), None)


@register.simple_tag(takes_context=True)
def offers_with(context, book):
    """Return every way to buy a book: alone if it has a price, in each of its bundles, with all books."""
    bundles = Bundle.objects.with_book(book)
    return pricing.offers_of([book, *bundles], context["user"])
