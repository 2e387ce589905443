"""What every page says: whose shop it is, and whether its payments are real."""

from django.conf import settings


def shop(request):
    """Give templates the shop's name, and whether a visitor must be told that payments are a test."""
    return {"shop_name": settings.SHOP_NAME, "payments_are_a_test": not settings.STRIPE_LIVE_MODE}
