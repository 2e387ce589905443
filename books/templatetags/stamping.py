"""Whether copies of books carry their reader's address, for the page that offers them."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def downloads_are_stamped():
    """Tell whether this shop puts readers' addresses into what they download."""
    return settings.STAMP_DOWNLOADS
