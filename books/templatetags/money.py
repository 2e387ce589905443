from django import template

from books.money import currency_name, money, written_units
from books.rendering import prices_of

register = template.Library()
register.filter("money", money)
register.filter("currency_name", currency_name)
register.filter("units", written_units)


@register.simple_tag(takes_context=True)
def price_of(context, product):
    """Return what a book or bundle costs in the currency of the page, or None if it is not sold by itself."""
    return product and prices_of(context["request"]).price_of(product)
