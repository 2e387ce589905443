"""What an attempt asks Stripe for."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.text import Truncator

from orders.models import Attempt, AttemptApi
from orders.stripe_gateway import types

# How long a buyer may take to pay in a session. Stripe's minimum is half an hour, counted from when Stripe
# creates the session, which may be some time after the attempt began.
SESSION_LIFETIME = timedelta(hours=1)
# What Stripe's page shows as the one thing that is bought; a cart may hold twenty of 200 characters.
LONGEST_TITLE = 250


def payment_request(attempt: Attempt) -> types.PaymentRequest:
    order = attempt.order
    return types.PaymentRequest(
        amount=order.amount,
        currency=order.currency,
        description=f"{settings.SHOP.name}: order {order.number}",
        receipt_email=order.email,
        order_id=str(order.pk),
        attempt=attempt.number,
        key=attempt.idempotency_key,
    )


def session_request(attempt: Attempt, *, customer_id: str) -> types.SessionRequest:
    """Return the same request for the same attempt each time, if the customer is the same.

    Stripe refuses a request that differs from an earlier one with the same idempotency key.
    """
    order = attempt.order
    return types.SessionRequest(
        payment=payment_request(attempt),
        embedded=attempt.api == AttemptApi.EMBEDDED_PAGE,
        title=Truncator(", ".join(line.label for line in order.lines.all())).chars(LONGEST_TITLE),
        return_url=f"{settings.SITE_URL}{reverse('checkout_return')}?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=settings.SITE_URL + order.get_absolute_url(),
        expires_at=attempt.created_at + SESSION_LIFETIME,
        customer_id=customer_id,
    )
