"""Mail about orders, to buyers and staff, queued in the transaction that it reports."""

from django.conf import settings
from django.urls import reverse

from books.models import unopened_among
from orders.models import Dispute, Gift, Order, Refund
from orders.models.buying.claim_links import claim_address
from orders.models.giving.links import class_url, seat_url
from orders.pricing import discounts
from users.mail.letters import queue_letters
from users.models import CustomUser

from . import consequences


def queue_thanks(order: Order) -> None:
    """Queue the confirmation of a paid order, with its receipt and a link to start reading.

    For a guest it is the link that makes the books an account's.
    """
    lines = order.lines.all()
    _tell_buyer(
        order,
        f"Thank you for your order {order.number}",
        "orders/email/thanks.txt",
        {
            "lines": lines,
            "unopened": unopened_among([line.product for line in lines]),
            "claim_address": claim_address(order) if order.user.is_guest else "",
            "link": _link_to_pass_on(order),
        },
    )


def _link_to_pass_on(order: Order) -> str:
    """Return the link of a gift that its giver passes on, or of all copies; empty for any other order."""
    if not order.is_for_others:
        return ""
    if Gift.objects.filter(order=order).exclude(email="").exists():
        return ""
    [line] = order.lines.all()
    return class_url(line) if line.quantity > 1 else seat_url(line.seats.get())


def queue_refund_made(refund: Refund) -> None:
    """Tell the buyer that a refund is on its way, and which access ends."""
    _tell_buyer(
        refund.order,
        f"Your refund for order {refund.order.number}",
        "orders/email/refund_made.txt",
        {"refund": refund},
    )


def queue_refund_failed(refund: Refund) -> None:
    """Tell staff that a refund has failed, and the buyer too if they were told that it was on its way."""
    order = refund.order
    if refund.stripe_refund_id:
        subject = f"Your refund for order {order.number} did not arrive"
        _tell_buyer(order, subject, "orders/email/refund_failed.txt", {"refund": refund})
    subject = f"A refund for order {order.number} failed"
    _tell_staff(order, subject, "orders/email/staff_refund_failed.txt", {"refund": refund})


def queue_refund_alarm(refund: Refund) -> None:
    """Tell everybody who may refund that somebody does, and what the order had made cheaper.

    Otherwise one member of staff could drain the account unnoticed.
    """
    subject = f"Refund of {refund.price} for order {refund.order.number}"
    context = {"refund": refund, "consequences": consequences.say_consequences(refund.order)}
    _tell_staff(refund.order, subject, "orders/email/staff_refund.txt", context)


def queue_dispute(dispute: Dispute) -> None:
    """Tell staff what a buyer's bank wants and by when, or what it has decided, and for which orders."""
    subject = f"{dispute}: {dispute.status.replace('_', ' ')}"
    context = {"dispute": dispute, "cheapened": discounts.list_cheapened_by(dispute.order)}
    _tell_staff(dispute.order, subject, "orders/email/staff_dispute.txt", context)


def _tell_buyer(order: Order, subject: str, template: str, context: dict[str, object]) -> None:
    # Without an address of its own: an order that the version before has made during the deploy.
    if not order.user.is_erased and (address := order.email or order.user.address):
        queue_letters([address], subject, template, {"order": order} | context)


def _tell_staff(order: Order, subject: str, template: str, context: dict[str, object]) -> None:
    """Write to everybody who may refund, each in a message of their own."""
    context["admin_url"] = settings.SITE_URL + reverse("admin:orders_order_change", args=[order.pk])
    addresses = [member.email for member in CustomUser.objects.with_perm("orders.refund_order")]
    queue_letters(addresses, subject, template, {"order": order} | context)
