"""Events as Stripe posts them."""

import hmac
import json
import time

from django.urls import reverse

SECRET = "whsec_for_tests"


def signature(body, *secrets, moment=None):
    """Return the Stripe-Signature header for a body, signed with each of the secrets or the tests' own."""
    moment = int(time.time()) if moment is None else moment
    signed = f"{moment}.".encode() + body
    hashes = [hmac.new(secret.encode(), signed, "sha256").hexdigest() for secret in secrets or [SECRET]]
    return ",".join([f"t={moment}", *(f"v1={each}" for each in hashes)])


def post(client, body, header, **extra):
    """Post bytes to the webhook, with this Stripe-Signature header or with none."""
    headers = {} if header is None else {"Stripe-Signature": header}
    return client.post(
        reverse("stripe_webhook"), body, content_type="application/json", headers=headers, **extra
    )


def tell(client, event):
    """Post an event, signed; return the answer."""
    body = json.dumps(event).encode()
    return post(client, body, signature(body))
