"""What buyers agree to, on the page with the button to pay."""

from django import template
from django.conf import settings

from orders.pricing.agreements import sign

register = template.Library()


@register.simple_tag
def agreements_now():
    """Return the versions that a buyer who pays now agrees to."""
    return settings.SHOP.agreements


register.filter("signed_agreements", sign)
