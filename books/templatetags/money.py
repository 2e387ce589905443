from django import template

from books.money import CURRENCY, in_units, money

register = template.Library()
register.filter("money", money)
register.filter("in_units", in_units)


@register.simple_tag
def currency_code():
    """Return the shop's currency as machines know it: "USD"."""
    return CURRENCY.upper()
