"""What every page says: whose shop it is, where it is, whether its payments are real, in which colours."""

from email.utils import parseaddr

from django.conf import settings
from django.utils.encoding import escape_uri_path

from books.reading import preferences


def shop(request):
    """Give templates the shop's name and mail, the page's own address, whether payments are a test, and how
    the visitor likes the pages.
    """
    return {
        "shop_name": settings.SHOP_NAME,
        "shop_email": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "canonical_url": f"{settings.SITE_URL}{escape_uri_path(request.path)}",
        "payments_are_a_test": not settings.STRIPE_LIVE_MODE,
        "preferences": preferences.from_cookies(request),
    }
