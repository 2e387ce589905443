"""What every page needs: the shop's name, its own address, whether payments are real, the theme."""

from email.utils import parseaddr

from django.conf import settings
from django.utils.encoding import escape_uri_path

from books.reading import preferences


def shop(request):
    """Return the shop's name and e-mail address, the page's address, whether payments are a test, and the
    visitor's preferences.
    """
    return {
        "shop_name": settings.SHOP_NAME,
        "shop_email": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "canonical_url": f"{settings.SITE_URL}{escape_uri_path(request.path)}",
        "payments_are_a_test": not settings.STRIPE_LIVE_MODE,
        "preferences": preferences.from_cookies(request),
    }
