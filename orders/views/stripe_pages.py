"""The pages where a reader can pay: Stripe's scripts and frames may run on them and on no others."""

from urllib.parse import urlsplit

from django.conf import settings
from django.shortcuts import render
from django.utils.csp import CSP
from django.views.decorators.csp import csp_override

# Codes of attempts by card token after which only a Checkout Session can pay.
SESSION_NEEDED = {"authentication_required", "card_tokens_refused"}


def needs_session(attempt):
    """Tell whether, after this attempt by card token, only a Checkout Session can pay."""
    return attempt is not None and attempt.code in SESSION_NEEDED


def render_with_stripe(request, template, context):
    """Render a page that lets Stripe's scripts and frames run."""
    stripe = {"stripe_key": settings.STRIPE_PUBLISHABLE_KEY, "stripe_js_url": settings.STRIPE_JS_URL}
    return csp_override(_policy_with_stripe())(render)(request, template, context | stripe)


def _policy_with_stripe():
    """Return the site's Content-Security-Policy, extended by what Stripe's checkouts load.

    Source: https://docs.stripe.com/security/guide#content-security-policy; checkout.js needs some more.
    """
    classic, current = _origin(settings.STRIPE_CHECKOUT_JS_URL), _origin(settings.STRIPE_JS_URL)
    policy = {name: list(sources) for name, sources in settings.SECURE_CSP.items()}
    policy["script-src"] += [classic, current, "https://*.js.stripe.com"]
    policy["style-src"] += [classic]
    policy["connect-src"] += [classic, current, settings.STRIPE_API_BASE]
    policy["frame-src"] = [CSP.SELF, classic, current, "https://*.js.stripe.com", "https://hooks.stripe.com"]
    policy["img-src"] += [classic, "https://*.stripe.com"]
    # Where the form of a Checkout Session redirects to.
    policy["form-action"] += [classic]
    return {name: list(dict.fromkeys(sources)) for name, sources in policy.items()}


def _origin(address):
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
