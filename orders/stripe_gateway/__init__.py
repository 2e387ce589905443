"""The shop's requests to Stripe and their answers. The only package that imports stripe.

Plain values go in and out (types.py). What Stripe may answer instead is in errors.py; any other exception is
a bug and is not caught. The address is STRIPE_API_BASE, the API version client.API_VERSION.
"""

from .customers import change_address, create_customer, delete_customer, find_customer
from .events import list_events, read_event
from .lookup import find_payment, list_charges, list_disputes, list_payment_intents, list_refunds
from .payments import cancel_payment_intent, charge_token, confirm_payment_intent, create_payment_intent
from .refunds import create_refund
from .sessions import create_session, expire_session, find_session

__all__ = [
    "cancel_payment_intent",
    "change_address",
    "charge_token",
    "confirm_payment_intent",
    "create_customer",
    "create_payment_intent",
    "create_refund",
    "create_session",
    "delete_customer",
    "expire_session",
    "find_customer",
    "find_payment",
    "find_session",
    "list_charges",
    "list_disputes",
    "list_events",
    "list_payment_intents",
    "list_refunds",
    "read_event",
]
