"""What every page needs: the shop's settings, its own address, whether payments are real, the theme."""

from django.conf import settings
from django.utils.encoding import escape_uri_path

from books.reading import preferences
from books.rendering import choice_of


def shop(request):
    """Return the shop's settings, the page's address, whether payments are a test, the choice of a currency,
    and the visitor's preferences.
    """
    currencies, currency = choice_of(request)
    return {
        "shop": settings.SHOP.current(),
        "shop_name": settings.SHOP.name,
        "shop_email": settings.SHOP.contact_address,
        "canonical_url": f"{settings.SITE_URL}{escape_uri_path(request.path)}",
        "payments_are_a_test": not settings.STRIPE_LIVE_MODE,
        "currencies": currencies or None,
        "currency": currency,
        "preferences": preferences.from_cookies(request),
    }
