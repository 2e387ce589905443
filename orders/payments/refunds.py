"""Refunds that somebody asks for: committed first, then made at Stripe and recorded by settle."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from books.money import money, smallest_step
from orders.models import (
    COUNTED_REFUNDS,
    Order,
    OrderLine,
    OrderStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
    Seat,
)
from users.models import CustomUser

from . import mail, order_state, outdated, stripe_records, sync

logger = logging.getLogger(__name__)

# By one member of staff: more than a busy day needs, too few to drain the account unnoticed.
REFUNDS_PER_HOUR = 20


class NotRefunded(Exception):
    """Nothing is refunded. `str()` is a sentence for staff."""


def refund(
    order: Order,
    *,
    by: CustomUser,
    reason: str,
    amount: int | None = None,
    lines: Sequence[OrderLine] = (),
    copies: int = 0,
    refund_id: UUID | None = None,
) -> Refund:
    """Refund an order: everything that is left, an amount in minor units, these lines, or so many copies.

    Copies are those of an order for others that nobody has taken; their links stop working.
    A second call with the same `refund_id` returns the same refund. Access ends before Stripe is asked, and
    is restored if Stripe refuses. Checkout Sessions whose price rests on the money are expired. Returns the
    refund by Stripe's answer, or still REQUESTED: then the worker keeps asking. Raises NotRefunded.
    """
    refund_id = refund_id or uuid4()
    return _make(
        order,
        lambda: _claim(order, refund_id, by=by, reason=reason, amount=amount, lines=lines, copies=copies),
    )


def refund_to_buyer(order: Order, line: OrderLine, *, decide: Callable[[Order], int]) -> Refund:
    """Refund a line, because its buyer asks for it; as refund() otherwise.

    `decide` returns how much, in minor units, or raises NotRefunded if they may not; it is called with the
    reader and the order locked.
    """
    return _make(order, lambda: _claim_for_buyer(order, line, decide))


def _make(order: Order, claim: Callable[[], Refund]) -> Refund:
    """Commit a refund by this function, then ask Stripe for it."""
    made = order_state.once_more_if_moved(claim)
    try:
        sync.settle(Order.objects.get(pk=order.pk), made.stripe_charge_id)
    except sync.UNSETTLED:
        logger.warning("Refund %s waits for Stripe.", made.pk)
    outdated.close_sessions_of(order.user)
    made.refresh_from_db()
    if made.status in stripe_records.FAILED_REFUNDS:
        raise NotRefunded(f"Stripe refused the refund of {order} ({made.code}). Nothing was refunded.")
    return made


def refundable(order: Order) -> int:
    """Return how much of an order can still be refunded, in minor units."""
    if order.status != OrderStatus.PAID:
        return 0
    return order.amount - order.refunded_of(order.stripe_charge_id)


def check(order: Order, *, by: CustomUser) -> None:
    """Raise NotRefunded if this member of staff cannot refund any amount of the order."""
    if not by.has_perm("orders.refund_order"):
        raise NotRefunded("You don't have permission to refund orders.")
    if order.livemode != settings.STRIPE_LIVE_MODE:
        raise NotRefunded(f"{order} belongs to Stripe's other mode (test or live).")
    if order.status == OrderStatus.DISPUTED:
        raise NotRefunded(f"{order} is disputed: the bank decides about the money.")
    if refundable(order) <= 0:
        raise NotRefunded(f"{order} has nothing left to refund.")


def describe(refund: Refund) -> str:
    """Tell staff how far a refund has come."""
    if refund.status == RefundStatus.REQUESTED:
        said = "is waiting for Stripe, which has not confirmed the refund yet. We keep asking"
    else:
        said = (
            "has been refunded" if refund.status == RefundStatus.SUCCEEDED else "is on its way to the buyer"
        )
    return f"{refund.order}: {refund.price} {said}."


def _claim(
    order: Order,
    refund_id: UUID,
    *,
    by: CustomUser,
    reason: str,
    amount: int | None,
    lines: Sequence[OrderLine],
    copies: int,
) -> Refund:
    """Commit the refund and end the access that it pays back, or raise NotRefunded."""
    with transaction.atomic(durable=True):
        order = order_state.lock(order)
        earlier = Refund.objects.filter(pk=refund_id).first()
        if earlier is not None:
            return _same(earlier, order, by)
        check(order, by=by)
        _check_reason_and_rate(by, reason)
        seats = _free_seats(order, copies)
        wanted = _price_of(seats) if seats else _wanted(order, amount, lines)
        how = {"id": refund_id, "origin": RefundOrigin.STAFF, "requested_by": by, "reason": reason.strip()}
        claimed = _write(order, wanted, lines, seats, by=by, **how)
        _log(claimed, by)
    return claimed


def _claim_for_buyer(order: Order, line: OrderLine, decide: Callable[[Order], int]) -> Refund:
    with transaction.atomic(durable=True):
        order = order_state.lock(order)
        return _write(order, decide(order), [line], origin=RefundOrigin.BUYER)


def _write(
    order: Order,
    wanted: int,
    lines: Sequence[OrderLine],
    seats: Sequence[Seat] = (),
    *,
    by: CustomUser | None = None,
    **how: object,
) -> Refund:
    """Write the refund, end the access that it pays back, and tell staff; `how` are further columns."""
    _check_amount(order, wanted)
    _check_lines(order, lines)
    written = Refund.objects.create(
        order=order, amount=wanted, stripe_charge_id=order.stripe_charge_id, **how
    )
    written.lines.set(lines)
    written.seats.set(seats)
    order_state.recount(order, by=by)
    mail.queue_refund_alarm(written)
    return written


def _wanted(order: Order, amount: int | None, lines: Sequence[OrderLine]) -> int:
    """Return how much to refund, in minor units."""
    if lines:
        return sum(line.amount for line in lines)
    return refundable(order) if amount is None else amount


def _free_seats(order: Order, copies: int) -> list[Seat]:
    """Return so many seats that nobody has taken, the last first; raises NotRefunded if there are fewer."""
    if not copies:
        return []
    free = list(Seat.objects.free().filter(line__order=order).select_related("line").reverse()[:copies])
    if len(free) < copies:
        raise NotRefunded(f"{order}: only {len(free)} copies are left that nobody has taken.")
    return free


def _price_of(seats: Sequence[Seat]) -> int:
    """Return what these copies of one line have cost, so that all copies together cost what was paid.

    Whichever of them were refunded before: the refund of one that cost a cent more may have failed.
    """
    line = seats[0].line
    before = line.quantity - Seat.objects.unrefunded().filter(line=line).count()
    earlier = Refund.objects.filter(seats__line=line, status__in=COUNTED_REFUNDS).distinct()
    refunded = earlier.aggregate(sum=Sum("amount"))["sum"] or 0
    return _share(line, before + len(seats)) - refunded


def _share(line: OrderLine, copies: int) -> int:
    """Return what the first so many copies of a line cost, in amounts that Stripe refunds."""
    if copies == line.quantity:
        return line.amount
    amount = line.amount * copies // line.quantity
    return amount - amount % smallest_step(line.order.currency)


def _log(claimed: Refund, by: CustomUser) -> None:
    """Write who refunds into the order's history, whether in the admin or from the shell."""
    said = f"Refund of {claimed.price} requested. Reason: {claimed.reason} (refund {claimed.pk})"
    LogEntry.objects.log_actions(by.pk, [claimed.order], CHANGE, said)


def _same(earlier: Refund, order: Order, by: CustomUser) -> Refund:
    """Return the refund that the same person requested before with this id."""
    if (earlier.order_id, earlier.requested_by_id) != (order.pk, by.pk):
        raise NotRefunded(f"{order}: this form has been used already. Reload the page.")
    return earlier


def _check_amount(order: Order, wanted: int) -> None:
    left = refundable(order)
    if not 0 < wanted <= left:
        least, most = money(1, order.currency), money(left, order.currency)
        raise NotRefunded(f"{order}: you can refund from {least} to {most}.")


def _check_reason_and_rate(by: CustomUser, reason: str) -> None:
    if not reason.strip():
        raise NotRefunded("A refund needs a reason.")
    an_hour_ago = timezone.now() - timedelta(hours=1)
    made = Refund.objects.filter(requested_by=by, created_at__gt=an_hour_ago)
    if settings.RATE_LIMITS and made.count() >= REFUNDS_PER_HOUR:
        logger.error("User %s has made %s refunds within an hour and is stopped.", by.pk, REFUNDS_PER_HOUR)
        raise NotRefunded(
            f"You have made {REFUNDS_PER_HOUR} refunds in the last hour. Wait, or ask a colleague."
        )


def _check_lines(order: Order, lines: Sequence[OrderLine]) -> None:
    """Refuse lines of other orders, and lines that were refunded before."""
    refunded = order.refunded_line_ids()
    if any(line.order_id != order.pk or line.pk in refunded for line in lines):
        raise NotRefunded(f"{order}: these lines cannot be refunded.")
