"""The one place where Stripe's truth becomes our state and the reader's access."""

import logging

from django.db import transaction
from django.utils import timezone

from books import access
from books.models import Bundle
from orders import mail
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus
from orders.outcomes import Payment

logger = logging.getLogger(__name__)


class PaymentMismatch(Exception):
    """What Stripe says was paid is not what the order says: staff have to look at it."""


def settle(order: Order, payment: Payment) -> Order:
    """Mark the order as paid by this succeeded payment and open what it bought; return it anew.

    Safe to call again and from several places at once: the second caller finds nothing to do.
    Raises PaymentMismatch, and leaves everything as it was, if the payment is not this order's.
    """
    with transaction.atomic():
        # The order alone: a claim locks the reader first and the order then.
        locked = Order.objects.select_for_update(of=("self",)).select_related("user")
        order = locked.get(pk=order.pk)
        _check(order, payment)
        _end_attempt(order, payment)
        if order.status not in {OrderStatus.PENDING, OrderStatus.EXPIRED}:
            _notice_second_payment(order, payment)
            return order
        if not _make_way(order):
            logger.error("Order %s was paid by %s, but another one is paid.", order.pk, payment.charge_id)
            return order
        order.move_to(
            OrderStatus.PAID,
            paid_at=timezone.now(),
            stripe_charge_id=payment.charge_id,
            stripe_payment_intent_id=payment.payment_intent_id,
        )
        for bundle in Bundle.objects.filter(order_lines__order=order):
            access.grant(order.user, bundle, order_id=order.pk)
        mail.queue_thanks(order)
    logger.info("Order %s is paid by %s.", order.pk, payment.charge_id)
    return order


def _check(order: Order, payment: Payment) -> None:
    """Compare what Stripe's object says with the order; raise PaymentMismatch at the first difference."""
    expected = (order.amount, order.currency, order.livemode, str(order.pk))
    found = (payment.amount, payment.currency, payment.livemode, payment.order_id)
    if payment.state != "succeeded" or found != expected:
        logger.error("Payment %s does not match order %s.", payment.charge_id, order.pk)
        raise PaymentMismatch(f"Payment {payment.charge_id} does not match order {order.pk}.")


def _end_attempt(order: Order, payment: Payment) -> None:
    """Record that the attempt named in the payment succeeded, whatever was thought of it before."""
    number = int(payment.attempt) if payment.attempt.isdecimal() else 0
    Attempt.objects.filter(order=order, number=number).update(
        outcome=AttemptOutcome.SUCCEEDED,
        code="",
        message="",
        stripe_charge_id=payment.charge_id,
        stripe_payment_intent_id=payment.payment_intent_id,
    )


def _make_way(order: Order) -> bool:
    """Give up a later, unpaid order for the same thing; return False if a later one is paid."""
    rival = Order.objects.open_for(order.user, order.item).exclude(pk=order.pk).first()
    if rival is not None and rival.status == OrderStatus.PENDING:
        rival.move_to(OrderStatus.EXPIRED)
        rival = None
    return rival is None


def _notice_second_payment(order: Order, payment: Payment) -> None:
    if order.stripe_charge_id != payment.charge_id:
        logger.error("Order %s was paid again by %s.", order.pk, payment.charge_id)
