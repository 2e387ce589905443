"""What products cost the reader of a page.

The templates of `books` load these tags, since `books` may not import `orders`.
"""

from django import template

from books.models import Bundle
from books.rendering import prices_of
from orders import pricing

register = template.Library()


@register.simple_tag(takes_context=True)
def offer_of(context, product):
    """Return a book or bundle at its price for the reader, or None if it is not for sale."""
    return next(iter(_offers(context, filter(None, [product]))), None)


@register.simple_tag(takes_context=True)
def each_with_offer(context, things):
    """Return each pair of a product and what belongs to it with its offer, None if it is not for sale."""
    offers = {offer.reference: offer for offer in _offers(context, [product for product, _ in things])}
    return [(product, its, offers.get(product.reference)) for product, its in things]


@register.simple_tag(takes_context=True)
def offers_with(context, book, bundles=None):
    """Return every way to buy a book: on its own if it has a price, in each of its bundles, in All Books.

    The bundles are looked up unless they are given.
    """
    bundles = bundles if isinstance(bundles, list) else Bundle.objects.with_book(book)
    return _offers(context, [book, *bundles])


def _offers(context, products):
    """Price the products: in a page's personal parts, all products of the page at once."""
    reader = context.get("reader")
    if reader is None:
        return pricing.offers_at(prices_of(context["request"]), products, context["user"])
    if not hasattr(reader, "offers"):
        offers = pricing.offers_at(reader.prices, reader.products, reader.user)
        reader.offers = {offer.reference: offer for offer in offers}
    return [reader.offers[each.reference] for each in products if each.reference in reader.offers]
