"""The one place where Stripe's truth becomes our state and the reader's access.

Whoever hears of something (the charge view, the return page, a webhook, reconcile_orders, staff, the doctor)
calls settle. What has happened since does not matter, nor in which order it was heard of: Stripe's objects
are read as they are now, and the order becomes what they say.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from books.models import Grant
from orders import stripe_gateway
from orders.models import (
    OPEN_STATUSES,
    Attempt,
    AttemptOutcome,
    Order,
    OrderStatus,
    Refund,
    RefundStatus,
)
from orders.stripe_gateway.errors import InFlight, NothingCharged, OutcomeUnknown, TurnedAway
from orders.stripe_gateway.types import Payment, RefundRequest
from users.models import CustomUser

from . import duplicate_payments, mail, order_state, stripe_records

logger = logging.getLogger(__name__)

# No request of ours to Stripe lasts longer (see stripe_gateway.client.TIMEOUT and gunicorn's timeout).
LONGEST_CALL = timedelta(minutes=2)
# So often Stripe is read again because somebody else settled the order meanwhile.
READINGS = 5

ENDED = {
    "declined": AttemptOutcome.DECLINED,
    "canceled": AttemptOutcome.FAILED,
    "processing": AttemptOutcome.PROCESSING,
}


class PaymentMismatch(Exception):
    """What Stripe says was paid is not what the order says: staff have to look at it."""


# Why an order could not be brought in step with Stripe.
UNSETTLED = (NothingCharged, OutcomeUnknown, PaymentMismatch)


class _Outdated(Exception):
    """The order has moved since Stripe was read."""


def settle(order: Order, payment_id: str, *, answer: Payment | None = None) -> Order:
    """Bring the order in step with what Stripe has under this id, and return it anew.

    The id is that of a Checkout Session, a PaymentIntent or a charge. `answer` is what Stripe has just said
    of it, if `order` was read before that. Refunds that the order asks for are made on the way.

    Safe to call again and from several places at once: the second caller finds nothing to do. Raises
    PaymentMismatch, and leaves everything as it was, if the payment is not this order's; OutcomeUnknown or
    NothingCharged if Stripe cannot be asked.
    """
    order = _bring_in_step(order, payment_id, answer)
    # Of the reader's other orders for the same product too: one of them may have been paid twice over.
    siblings = Order.objects.filter(user=order.user_id, item=order.item, livemode=order.livemode)
    requested = Refund.objects.filter(order__in=siblings, status=RefundStatus.REQUESTED).select_related(
        "order"
    )
    # An order whose refund has failed, and that could not be the paid one again, may be it now.
    kept = siblings.filter(status=OrderStatus.REFUNDED, refunded_amount__lt=F("amount"))
    for sibling in kept.exclude(pk=order.pk):
        _bring_in_step(sibling, sibling.stripe_charge_id)
    for refund in requested:
        _carry_out(refund)
    return Order.objects.get(pk=order.pk) if requested else order


def _bring_in_step(
    order: Order, payment_id: str, answer: Payment | None = None, *, refused: Refund | None = None
) -> Order:
    for _ in range(READINGS):
        payment = answer or stripe_gateway.find_payment(payment_id)
        try:
            return _apply(order, payment, refused)
        except _Outdated:
            order, answer = Order.objects.get(pk=order.pk), None
    raise OutcomeUnknown("order_keeps_moving")


def _carry_out(refund: Refund) -> None:
    """Have Stripe make a refund, and bring its order in step."""
    if refund.asked_at is not None:
        # It may be there already: this time it may be asked for under another key.
        _bring_in_step(refund.order, refund.stripe_charge_id)
        refund.refresh_from_db()
    if refund.status == RefundStatus.REQUESTED:
        refused = None if _make(refund) else refund
        _bring_in_step(Order.objects.get(pk=refund.order_id), refund.stripe_charge_id, refused=refused)


def _make(refund: Refund) -> bool:
    """Ask Stripe for a refund; return False, with the code on it, if Stripe refuses."""
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
        logger.info("Refund %s is being made by another process.", refund.pk)
    except TurnedAway:
        raise
    except NothingCharged as refused:
        refund.code = refused.code
        return False
    return True


def _apply(order: Order, payment: Payment, refused: Refund | None) -> Order:
    """Write down what Stripe says, in one transaction.

    A refund that it refused too: what that opens again would stay closed if it were written down by itself.
    """
    with transaction.atomic():
        # The reader first, as a claim does: what one order opens and closes depends on the reader's others.
        CustomUser.objects.select_for_update(no_key=True).get(pk=order.user_id)
        locked = (
            Order.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=order.pk)
        )
        if locked.revision != order.revision:
            raise _Outdated
        _check(locked, payment)
        if refused is not None:
            stripe_records.fail_refund(refused, refused.code)
        _record_attempt(locked, payment)
        if payment.state == "succeeded":
            _record_money(locked, payment)
    return locked


def _check(order: Order, payment: Payment) -> None:
    """Compare what Stripe's object says with the order; raise PaymentMismatch at the first difference."""
    expected = (order.amount, order.currency, order.livemode, str(order.pk))
    found = (payment.amount, payment.currency, payment.livemode, payment.order_id)
    if found != expected:
        logger.error("Payment %s does not match order %s.", payment.id, order.pk)
        raise PaymentMismatch(f"Payment {payment.id} does not match order {order.pk}.")


def _record_attempt(order: Order, payment: Payment) -> None:
    """Record how the attempt named in the payment ended: a failure counts for it alone."""
    number = int(payment.attempt) if payment.attempt.isdecimal() else 0
    attempt = order.attempts.filter(number=number).first()
    if attempt is None:
        return
    if payment.state == "succeeded":
        Attempt.objects.filter(pk=attempt.pk).update(
            outcome=AttemptOutcome.SUCCEEDED,
            code="",
            message="",
            stripe_charge_id=payment.charge_id,
            stripe_payment_intent_id=payment.payment_intent_id,
        )
    elif payment.state == "open" and payment.session_id:
        # Its buyer came back while Stripe could not be asked, and may still pay.
        attempt.reopen()
    elif payment.state in ENDED and (payment.session_id or not attempt.is_session):
        # A card declined in a session does not end it: only the session itself can say so.
        attempt.end(ENDED[payment.state], code=payment.code or payment.state, message=payment.message)


def _record_money(order: Order, payment: Payment) -> None:
    changed = stripe_records.record_refunds(order, payment)
    if order.stripe_charge_id and order.stripe_charge_id != payment.charge_id:
        duplicate_payments.give_back(order, payment.charge_id)
    else:
        changed |= stripe_records.record_disputes(order, payment)
        changed |= _record_own_money(order, payment)
    if changed:
        order.revision += 1
        order.save(update_fields=["revision"])


def _record_own_money(order: Order, payment: Payment) -> bool:
    """Make the order what its own payment says: paid, refunded or disputed; return whether it changed."""
    order.stripe_charge_id = payment.charge_id
    status, refunded = order_state.now(order)
    if status in OPEN_STATUSES and not duplicate_payments.make_way(order, status):
        status, refunded = OrderStatus.REFUNDED, order_state.now(order)[1]
    before = (order.status, order.refunded_amount)
    if (status, refunded) != before:
        _move(order, payment, status, refunded)
    order_state.open_or_close(order)
    return (status, refunded) != before


def _move(order: Order, payment: Payment, status: OrderStatus, refunded: int) -> None:
    values = {
        "refunded_amount": refunded,
        "paid_at": order.paid_at or timezone.now(),
        "stripe_charge_id": payment.charge_id,
        "stripe_payment_intent_id": payment.payment_intent_id,
        "stripe_checkout_session_id": _session_id(order, payment),
    }
    if status == order.status:
        Order.objects.filter(pk=order.pk).update(**values)
        order.refresh_from_db()
    else:
        order.move_to(status, **values)
    logger.info("Order %s is %s by %s.", order.pk, order.status, payment.charge_id)
    if status == OrderStatus.PAID and not Grant.objects.filter(order_id=order.pk).exists():
        # Paid for the first time, even if it was heard of as disputed before.
        mail.queue_thanks(order)


def _session_id(order: Order, payment: Payment) -> str:
    paid_in = order.attempts.filter(stripe_charge_id=payment.charge_id).first()
    return payment.session_id or (paid_in.stripe_checkout_session_id if paid_in else "")
