"""What buyers can pay with, in words."""

from django import template

from orders.checks import ways_to_pay as checks

register = template.Library()

# More would not be read.
MOST = 4


@register.simple_tag
def ways_to_pay(currency, *, with_card=False):
    """Return the first few as one text, "PayPal or Apple Pay"; empty if nothing is known but a card."""
    known = checks.known(currency)
    if not known:
        return ""
    names = ["card", *known] if with_card else known
    if len(names) > MOST:
        return f"{', '.join(names[:MOST])} and more"
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
