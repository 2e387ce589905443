from django import template

from books.money import currency_name, in_units, money
from books.rendering import prices_of

register = template.Library()
register.filter("money", money)
register.filter("currency_name", currency_name)


@register.filter
def price_in_units(price):
    """Return a price as machines read it: 39.00."""
    return in_units(price.amount, price.currency)


@register.simple_tag(takes_context=True)
def price_of(context, product):
    """Return what a book or bundle costs in the currency of the page, or None if it is not sold by itself."""
    return product and prices_of(context["request"]).price_of(product)
