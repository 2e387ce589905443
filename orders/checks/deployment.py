"""What `manage.py check --deploy` says about payments."""

from urllib.parse import urlsplit

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


@register(deploy=True)
def stripe_can_report(app_configs, **kwargs):
    """Warn that refunds, disputes and late payments reach the shop only when it asks Stripe itself."""
    if settings.STRIPE_WEBHOOK_SECRETS:
        return []
    return [
        CheckWarning(
            "The webhook endpoint is off: Stripe cannot tell the shop about payments, refunds and disputes.",
            hint="Set STRIPE_WEBHOOK_SECRET to the secret of an endpoint made at Stripe.",
            id="orders.W002",
        )
    ]


@register(deploy=True)
def browsers_and_shop_use_the_same_stripe(app_configs, **kwargs):
    """Warn of a Stripe that is half the real one: what the browser makes at one is unknown at the other."""
    addresses = (settings.STRIPE_API_BASE, settings.STRIPE_CHECKOUT_JS_URL, settings.STRIPE_JS_URL)
    if len({urlsplit(address).hostname.endswith(".stripe.com") for address in addresses}) == 1:
        return []
    return [
        CheckWarning(
            "Some addresses are Stripe's own and some are not: no payment can succeed.",
            hint="Set STRIPE_API_BASE, STRIPE_CHECKOUT_JS_URL and STRIPE_JS_URL together, or none of them.",
            id="orders.W003",
        )
    ]
