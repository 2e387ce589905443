"""The links in letters to guests: whoever opens one has the mailbox that was typed at the checkout.

A link names an order and is signed; it is stored nowhere, and a new one can be sent at any time.
"""

from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.urls import reverse

from orders.models.orders import Order

# Long enough for a gift or a holiday; afterwards a new link can be asked for.
LIFE = timedelta(days=60)
_SIGNER = signing.TimestampSigner(salt="orders.claim")


class NoSuchClaim(Exception):
    """The link was not made by this shop, or is too old."""


def claim_address(order: Order) -> str:
    """Return the path of a new link by which the owner of `order.email` claims what the guest bought."""
    return reverse("order_claim", args=[_SIGNER.sign(order.pk.hex)])


def order_of_claim(token: str) -> Order:
    """Return the order that a link names, with its reader; raises NoSuchClaim."""
    try:
        return Order.objects.select_related("user").get(pk=UUID(_SIGNER.unsign(token, max_age=LIFE)))
    except (signing.BadSignature, ValueError, Order.DoesNotExist) as error:
        raise NoSuchClaim from error
