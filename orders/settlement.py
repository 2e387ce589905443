"""The one place where Stripe's truth becomes our state and the reader's access.

Whoever hears of something (the charge view, the return page, a webhook, reconcile_orders, staff, the doctor)
calls settle. What has happened since does not matter, nor in which order it was heard of: Stripe's objects
are read as they are now, and the order becomes what they say.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from books import access
from orders import mail, recording, stripe_gateway
from orders.models import (
    COUNTED_REFUNDS,
    Attempt,
    AttemptOutcome,
    Order,
    OrderStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from orders.outcomes import InFlight, NothingCharged, OutcomeUnknown, Payment, RefundRequest, TurnedAway
from users.models import CustomUser

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
    # Of the reader's other orders for the same thing too: one of them may have been paid twice over.
    siblings = Order.objects.filter(user=order.user_id, item=order.item, livemode=order.livemode)
    requested = Refund.objects.filter(order__in=siblings, status=RefundStatus.REQUESTED).select_related(
        "order"
    )
    for refund in requested:
        _carry_out(refund)
    return Order.objects.get(pk=order.pk) if requested else order


def recount(order: Order) -> None:
    """Make the order and the access what its refunds and disputes say, as far as they are written down.

    Call it in a transaction, with the reader and the order locked.
    """
    refunded = _refunded(order)
    status = _status(order, refunded)
    if status == order.status:
        order.refunded_amount = refunded
        order.save(update_fields=["refunded_amount"])
    else:
        order.move_to(status, refunded_amount=refunded)
    _open_or_close(order)


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
            recording.fail_refund(refused, refused.code)
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
    changed = recording.record_refunds(order, payment)
    if order.stripe_charge_id and order.stripe_charge_id != payment.charge_id:
        _give_back(order, payment.charge_id)
    else:
        changed |= recording.record_disputes(order, payment)
        changed |= _record_own_money(order, payment)
    if changed:
        order.revision += 1
        order.save(update_fields=["revision"])


def _record_own_money(order: Order, payment: Payment) -> bool:
    """Make the order what its own payment says: paid, refunded or disputed; return whether it changed."""
    order.stripe_charge_id = payment.charge_id
    refunded = _refunded(order)
    status = _status(order, refunded)
    if status in {OrderStatus.PAID, OrderStatus.DISPUTED} and not _make_way(order):
        refunded = _refunded(order)
        status = OrderStatus.REFUNDED
    before = (order.status, order.refunded_amount)
    if (status, refunded) != before:
        _move(order, payment, status, refunded)
    _open_or_close(order)
    return (status, refunded) != before


def _refunded(order: Order) -> int:
    """Return how much of the order's own charge was given back or is about to be."""
    counted = order.refunds.filter(status__in=COUNTED_REFUNDS, stripe_charge_id=order.stripe_charge_id)
    # What is asked for here may be on its way from the dashboard too: Stripe will refuse one of the two.
    return min(counted.aggregate(sum=Sum("amount"))["sum"] or 0, order.amount)


def _status(order: Order, refunded: int) -> OrderStatus:
    if refunded >= order.amount > 0:
        return OrderStatus.REFUNDED
    if any(dispute.withholds for dispute in order.disputes.all()):
        return OrderStatus.DISPUTED
    return OrderStatus.PAID


def _move(order: Order, payment: Payment, status: OrderStatus, refunded: int) -> None:
    first = order.paid_at is None
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
    if first and status == OrderStatus.PAID:
        mail.queue_thanks(order)


def _session_id(order: Order, payment: Payment) -> str:
    paid_in = order.attempts.filter(stripe_charge_id=payment.charge_id).first()
    return payment.session_id or (paid_in.stripe_checkout_session_id if paid_in else "")


def _open_or_close(order: Order) -> None:
    """Bring the reader's access in step: open is what is paid for, line by line."""
    given_back = set(
        order.refunds.filter(status__in=COUNTED_REFUNDS).exclude(lines=None).values_list("lines", flat=True)
    )
    for line in order.lines.select_related("bundle"):
        if order.status == OrderStatus.PAID and line.pk not in given_back:
            access.grant(order.user, line.bundle, order_id=order.pk)
        else:
            reason = OrderStatus.DISPUTED if order.status == OrderStatus.DISPUTED else OrderStatus.REFUNDED
            access.revoke(order.user, line.bundle, order_id=order.pk, reason=reason)


def _make_way(order: Order) -> bool:
    """Return whether the order may be the reader's one paid order for its thing.

    A rival that was never paid is given up. If one is paid too, the money of one of the two goes back: of the
    order that is new to being paid, or, if a refund of this one has failed after the reader bought it again,
    of the one that was bought again.
    """
    rival = Order.objects.open_for(order.user, order.item).exclude(pk=order.pk).first()
    if rival is None:
        return True
    if rival.status == OrderStatus.PENDING:
        rival.move_to(OrderStatus.EXPIRED)
        return True
    if order.paid_at is None:
        _give_back(order, order.stripe_charge_id)
        return False
    if rival.status == OrderStatus.DISPUTED or not _give_back(rival, rival.stripe_charge_id):
        logger.error("Orders %s and %s are both paid, and neither can be refunded.", order.pk, rival.pk)
        return False
    rival.move_to(OrderStatus.REFUNDED, refunded_amount=_refunded(rival), revision=rival.revision + 1)
    _open_or_close(rival)
    return True


def _give_back(order: Order, charge_id: str) -> bool:
    """Have the rest of a charge refunded that has paid for something twice; return False if it was before."""
    if order.refunds.filter(stripe_charge_id=charge_id, origin=RefundOrigin.DUPLICATE).exists():
        return False
    of_charge = order.refunds.filter(stripe_charge_id=charge_id, status__in=COUNTED_REFUNDS)
    rest = order.amount - (of_charge.aggregate(sum=Sum("amount"))["sum"] or 0)
    if rest <= 0:
        return False
    refund = Refund.objects.create(
        order=order, amount=rest, origin=RefundOrigin.DUPLICATE, stripe_charge_id=charge_id
    )
    logger.error("Order %s: %s paid for the same thing again, refund %s.", order.pk, charge_id, refund.pk)
    return True
