"""What is told by mail, to buyers and staff. Queued in the transaction that makes it true."""

from django.conf import settings
from django.urls import reverse

from orders.models import Dispute, Order, Refund
from orders.pricing import discounts
from users.mail.letters import queue_letters
from users.models import CustomUser

from . import consequences


def queue_thanks(order: Order) -> None:
    """Queue the confirmation of a paid order, with its receipt and the way to read."""
    _tell_buyer(
        order,
        f"Thank you for your order {order.number}",
        "orders/email/thanks.txt",
        {"lines": order.lines.all()},
    )


def queue_refund_made(refund: Refund) -> None:
    """Queue the news that money is on its way back, and what that closes."""
    _tell_buyer(
        refund.order,
        f"Your refund for order {refund.order.number}",
        "orders/email/refund_made.txt",
        {"refund": refund},
    )


def queue_refund_failed(refund: Refund) -> None:
    """Queue the news that money did not go back: to staff, and to a buyer who was told that it would."""
    order = refund.order
    if refund.stripe_refund_id:
        subject = f"Your refund for order {order.number} did not arrive"
        _tell_buyer(order, subject, "orders/email/refund_failed.txt", {"refund": refund})
    subject = f"A refund for order {order.number} failed"
    _tell_staff(order, subject, "orders/email/staff_refund_failed.txt", {"refund": refund})


def queue_refund_alarm(refund: Refund) -> None:
    """Tell all who may refund that one of them does, and what the order had made cheaper.

    Nobody empties the till unseen.
    """
    subject = f"Refund of {refund.price} for order {refund.order.number}"
    context = {"refund": refund, "consequences": consequences.say_consequences(refund.order)}
    _tell_staff(refund.order, subject, "orders/email/staff_refund.txt", context)


def queue_dispute(dispute: Dispute) -> None:
    """Tell staff what a buyer's bank wants, until when, or how it has decided, and for which orders."""
    subject = f"{dispute}: {dispute.status.replace('_', ' ')}"
    context = {"dispute": dispute, "cheapened": discounts.list_cheapened_by(dispute.order)}
    _tell_staff(dispute.order, subject, "orders/email/staff_dispute.txt", context)


def _tell_buyer(order: Order, subject: str, template: str, context: dict[str, object]) -> None:
    if order.user.is_erased:
        # Nobody is there to be told.
        return
    queue_letters([order.user.email], subject, template, {"order": order} | context)


def _tell_staff(order: Order, subject: str, template: str, context: dict[str, object]) -> None:
    """Write to everybody who may refund, one letter each."""
    context["admin_url"] = settings.SITE_URL + reverse("admin:orders_order_change", args=[order.pk])
    addresses = [member.email for member in CustomUser.objects.with_perm("orders.refund_order")]
    queue_letters(addresses, subject, template, {"order": order} | context)
