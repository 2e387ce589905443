"""Letters with a link to what somebody bought. They go to the address of the order, whoever asks for them."""

from orders.models import Order
from orders.models.buying.claim_links import claim_address
from users.mail import limits
from users.mail.letters import queue_letters

# Counted by mailbox: see users/mail/limits.py.
KIND = "orders/email/claim"


def send_link_to_order(address: str, number: str) -> None:
    """Send a link to the order with this number, if it was paid and its letters go to this address.

    Returns nothing, so that nobody learns whether there is such an order. `address` as accounts store it.
    """
    try:
        order = Order.objects.select_related("user").find(number)
    except (ValueError, Order.DoesNotExist, Order.MultipleObjectsReturned):
        return
    if order.paid_at is not None and order.email == address:
        send_claim_link(order)


def send_claim_link(order: Order) -> None:
    """Send the order's letter with its link again, unless its mailbox has had too many."""
    if limits.may_write(KIND, order.email):
        context = {"order": order, "claim_address": claim_address(order) if order.user.is_guest else ""}
        queue_letters([order.email], f"Your order {order.number}", "orders/email/claim.txt", context)
