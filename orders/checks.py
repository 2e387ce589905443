"""What `manage.py check --deploy` says about payments."""

from django.conf import settings
from django.core.checks import Warning as CheckWarning
from django.core.checks import register


@register(deploy=True)
def payments_are_real(app_configs, **kwargs):
    """Warn that a shop which looks like production takes no real money; a staging site may well want that."""
    if settings.STRIPE_LIVE_MODE:
        return []
    return [
        CheckWarning(
            "Payments are a test: no real money moves, and every page says so.",
            hint="Set STRIPE_LIVE_MODE=True and Stripe's live pair of keys.",
            id="orders.W001",
        )
    ]
