"""Brings an order into step with Stripe: the only place where Stripe's word changes an order or access.

Whoever learns of a change (the charge view, the return page, a webhook, reconcile_orders, staff, the doctor)
calls settle. News may come late, twice or in any order, so settle reads Stripe's objects as they are now and
sets the order by what they say.
"""

import logging
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from orders import stripe_gateway
from orders.models import OPEN_STATUSES, AttemptOutcome, Order, OrderStatus, Refund, RefundStatus
from orders.stripe_gateway.errors import InFlight, NothingCharged, OutcomeUnknown, TurnedAway
from orders.stripe_gateway.types import Payment, RefundRequest

from . import duplicate_payments, mail, order_state, stripe_records

logger = logging.getLogger(__name__)

# No request of ours to Stripe lasts longer (TIMEOUT in stripe_gateway/client/clients.py, gunicorn’s timeout).
LONGEST_CALL = timedelta(minutes=2)
# How many times to read Stripe when other processes keep settling the same order in between.
READINGS = 5

ENDED = {
    "declined": AttemptOutcome.DECLINED,
    "canceled": AttemptOutcome.FAILED,
    "processing": AttemptOutcome.PROCESSING,
}


class PaymentMismatch(Exception):
    """The payment at Stripe does not match the order: staff have to look at it."""


# Why an order could not be brought into step with Stripe.
UNSETTLED = (NothingCharged, OutcomeUnknown, PaymentMismatch)


def settle(order: Order, payment_id: str, *, answer: Payment | None = None) -> Order:
    """Bring the order into step with the payment that Stripe has under this id, and return the changed order.

    The id is that of a Checkout Session, a PaymentIntent or a charge. `answer` is the payment if Stripe has
    just returned it, for an `order` that was read before that.

    What may change:
    - the outcome of the attempt that the payment belongs to
    - the refunds and disputes recorded for the order
    - its status and refunded amount, the reader's access, and the allocations to books; also the access to
      orders that this one made cheaper
    - the reader's other orders for its products: unpaid ones expire; of two that are paid, one is refunded
    - automatic refunds, for a duplicate payment and for an erased account, are requested
    - requested refunds, also those of the reader's other orders for the product, are made at Stripe
    - mail is queued: thanks and refunds to the buyer; disputes, failed and automatic refunds to staff

    Safe to call again and from several processes at once: the second finds nothing to do. Raises
    PaymentMismatch, and changes nothing, if the payment is not this order's; OutcomeUnknown or NothingCharged
    if Stripe cannot be asked.
    """
    read, order = order, _bring_in_step(order, payment_id, answer)
    if _has_only_been_paid(read, order):
        # Only one order for a product can be pending or paid, so there is nothing to refund or to pay again.
        return order
    # The reader's other orders for a product may have requested refunds too, if it was paid for twice.
    siblings = Order.objects.for_the_products_of(order)
    refunds = Refund.objects.filter(order__in=siblings).select_related("order")
    requested = refunds.filter(status=RefundStatus.REQUESTED)
    # A line whose refund failed gave no access while another order did. Now perhaps it can.
    for sibling in siblings.kept_in_vain().exclude(pk=order.pk):
        _bring_in_step(sibling, sibling.stripe_charge_id)
    for refund in requested:
        _process(refund)
    return Order.objects.get(pk=order.pk) if requested else order


def _has_only_been_paid(read: Order, order: Order) -> bool:
    """Tell whether nothing has happened to the order since it was read but its first payment.

    The `read` order may be old: another process may have recorded that payment, and then this one a second,
    or it has expired, and a part of its cart was bought with another order.
    """
    was_paid = read.status == OrderStatus.PENDING and order.status == OrderStatus.PAID
    return was_paid and order.revision == read.revision + 1 and not order.refunded_amount


def _bring_in_step(
    order: Order, payment_id: str, answer: Payment | None = None, *, refused: Refund | None = None
) -> Order:
    """Record the payment under this id in one transaction, together with a refund that Stripe has refused.

    A failed refund may restore access. That must not wait for a second transaction, which would never come
    if the process died in between.
    """
    for _ in range(READINGS):
        payment = answer or stripe_gateway.find_payment(payment_id)
        with suppress(order_state.OrderMoved), transaction.atomic():
            locked = order_state.lock(order)
            if locked.revision == order.revision:
                _check(locked, payment)
                if refused is not None:
                    stripe_records.fail_refund(refused)
                _record(locked, payment)
                return locked
            # Another process has changed the order since Stripe was read, so the reading may be outdated.
            order, answer = locked, None
    raise OutcomeUnknown("order_keeps_moving")


def _process(refund: Refund) -> None:
    """Have Stripe make a requested refund, and bring its order into step."""
    if refund.asked_at is not None:
        # Stripe may have it already, and the next request may go out under another key.
        _bring_in_step(refund.order, refund.stripe_charge_id)
        refund.refresh_from_db()
    if refund.status == RefundStatus.REQUESTED:
        refused = None if _send(refund) else refund
        _bring_in_step(Order.objects.get(pk=refund.order_id), refund.stripe_charge_id, refused=refused)


def _send(refund: Refund) -> bool:
    """Ask Stripe for a refund; return False and set its code if Stripe refuses."""
    request = RefundRequest(
        refund_id=str(refund.pk),
        order_id=str(refund.order_id),
        charge_id=refund.stripe_charge_id,
        amount=refund.amount,
        key=refund.ask(longest_call=LONGEST_CALL),
    )
    try:
        stripe_gateway.create_refund(request)
    except InFlight:
        logger.info("Refund %s is being requested by another process.", refund.pk)
    except TurnedAway:
        raise
    except NothingCharged as refused:
        refund.code = refused.code
        return False
    return True


def _check(order: Order, payment: Payment) -> None:
    """Raise PaymentMismatch unless amount, currency, mode and order id are the order's."""
    expected = (order.amount, order.currency, order.livemode, str(order.pk))
    found = (payment.amount, payment.currency, payment.livemode, payment.order_id)
    if found != expected:
        logger.error("Payment %s does not match order %s.", payment.id, order.pk)
        raise PaymentMismatch(f"Payment {payment.id} does not match order {order.pk}.")


def _record(order: Order, payment: Payment) -> None:
    _record_attempt(order, payment)
    if payment.state == "succeeded":
        _record_money(order, payment)


def _record_attempt(order: Order, payment: Payment) -> None:
    """Record how the attempt named in the payment ended. A failure concerns no other attempt."""
    named = order.attempts.filter(number=payment.attempt if payment.attempt.isdecimal() else 0)
    if payment.state == "succeeded":
        named.succeed(charge_id=payment.charge_id, payment_intent_id=payment.payment_intent_id)
        return
    attempt = named.first()
    if attempt is None:
        return
    if payment.state == "open" and payment.session_id:
        # The buyer came back while Stripe could not be asked, and may still pay.
        attempt.reopen()
    elif payment.state in ENDED and (payment.session_id or not attempt.is_session):
        # A declined card does not end a session: only the session itself tells whether it has ended.
        attempt.end(ENDED[payment.state], code=payment.code or payment.state, message=payment.message)


def _record_money(order: Order, payment: Payment) -> None:
    if _is_plain(order, payment):
        order_state.fulfil(order, revision=order.revision + 1, **_ids(order, payment))
        logger.info("Order %s is %s by %s.", order.pk, order.status, payment.charge_id)
        return
    changed = stripe_records.record_refunds(order, payment)
    if order.stripe_charge_id and order.stripe_charge_id != payment.charge_id:
        changed |= duplicate_payments.refund_rest(order, payment.charge_id)
    else:
        changed |= stripe_records.record_disputes(order, payment)
        changed |= _record_own_money(order, payment)
    if changed:
        order.revision += 1
        order.save(update_fields=["revision"])


def _is_plain(order: Order, payment: Payment) -> bool:
    """Tell whether an open order has been paid and nothing else has happened, as almost always."""
    if payment.refunds or payment.disputes:
        return False
    return order.status == OrderStatus.PENDING and not order.user.is_erased


def _record_own_money(order: Order, payment: Payment) -> bool:
    """Set the order and its lines by the payment that paid it; return whether status or refunds changed."""
    order.stripe_charge_id = payment.charge_id
    prefetch_related_objects([order], "refunds__lines", "disputes")
    order.read_lines()
    lines = {line.pk for line in order.lines.all()}
    status, refunded = order_state.derive(order)
    kept = duplicate_payments.resolve_rivals(order, status)
    if status in OPEN_STATUSES and kept != lines - order.refunded_line_ids():
        order.refresh_from_db(fields=["refunds"])  # a refund was requested
        status, refunded = order_state.derive(order)
        if not kept:
            status = OrderStatus.REFUNDED
    before = (order.status, order.refunded_amount)
    if (status, refunded) != before:
        _move(order, payment, status, refunded)
    order_state.set_open_lines(order, kept)
    order_state.update_access(order)
    return (status, refunded) != before


def _move(order: Order, payment: Payment, status: OrderStatus, refunded: int) -> None:
    values = {"refunded_amount": refunded, "paid_at": order.paid_at or timezone.now()} | _ids(order, payment)
    if status == order.status:
        Order.objects.filter(pk=order.pk).update(**values)
        order.refresh_from_db()
    else:
        order.move_to(status, **values)
    logger.info("Order %s is %s by %s.", order.pk, order.status, payment.charge_id)
    if status == OrderStatus.PAID and not order_state.was_fulfilled(order):
        # Paid for the first time, even if we learned of a dispute before we learned of the payment.
        mail.queue_thanks(order)


def _ids(order: Order, payment: Payment) -> dict[str, str]:
    """Return the columns of an order that name its payment, and what it was paid with."""
    return {
        "stripe_charge_id": payment.charge_id,
        "stripe_payment_intent_id": payment.payment_intent_id,
        "stripe_checkout_session_id": _session_id(order, payment),
        "paid_with": payment.paid_with[:100] or order.paid_with,
    }


def _session_id(order: Order, payment: Payment) -> str:
    if payment.session_id is not None:
        return payment.session_id
    paid_in = order.attempts.filter(stripe_charge_id=payment.charge_id).first()
    return paid_in.stripe_checkout_session_id if paid_in else ""
