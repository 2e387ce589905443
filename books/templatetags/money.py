from django import template

from books.money import currency_name, in_units, money, written_units
from books.rendering import prices_of

register = template.Library()
register.filter("money", money)
register.filter("currency_name", currency_name)
register.filter("units", written_units)


@register.filter
def price_in_units(price):
    """Return a price as machines read it: 39.00."""
    return in_units(price.amount, price.currency)


@register.simple_tag(takes_context=True)
def minimum_of(context, product):
    """Return what buyers must pay at least for what they choose the price of; None if the price is fixed."""
    return product and prices_of(context["request"]).minimum_of(product)


@register.simple_tag(takes_context=True)
def price_of(context, product):
    """Return what a book or bundle costs in the currency of the page, or None if it is not sold by itself."""
    return product and prices_of(context["request"]).price_of(product)
