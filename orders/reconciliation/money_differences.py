"""Where an order and its payments, refunds and disputes at Stripe do not agree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from books.money import money
from orders.models import WITHHELD, AttemptOutcome, Order, OrderStatus, Refund, RefundOrigin, RefundStatus
from orders.payments.sync import LONGEST_CALL
from orders.stripe_gateway.types import Payment

from .differences import Difference
from .stripe_side import refunded_at_stripe


def find_money_differences(order: Order, payments: list[Payment]) -> Iterator[Difference]:
    """Compare an order with everything that Stripe has charged for it, oldest first."""
    key = str(order.pk)
    fitting = []
    for payment in payments:
        if payment.livemode != order.livemode:
            detail = f"{payment.charge_id} is in Stripe's other mode (test or live)."
            yield Difference("mode_mismatch", key, detail, payment.charge_id)
        elif (payment.amount, payment.currency) == (order.amount, order.currency):
            fitting.append(payment)
        elif _is_kept(payment):
            detail = f"{payment.charge_id} is over {_shown(payment)}, not {order.price}."
            yield Difference("amount_mismatch", key, detail, payment.charge_id)
    if order.livemode == settings.STRIPE_LIVE_MODE:
        paid_by = _paid_by(order, payments, fitting)
        yield from _own_payment_differences(order, paid_by)
        for payment in fitting:
            if payment is not paid_by:
                yield from _second_payment_differences(order, payment)


def _paid_by(order: Order, payments: list[Payment], fitting: list[Payment]) -> Payment | None:
    """Return the payment that has paid the order, or that will pay it when it is settled."""
    if order.paid_at is None:
        return next(iter(fitting or filter(_is_kept, payments)), None)
    return next((each for each in payments if each.charge_id == order.stripe_charge_id), None)


def _own_payment_differences(order: Order, paid_by: Payment | None) -> Iterator[Difference]:
    if order.paid_at is None:
        yield from _unsettled(order, paid_by)
    elif paid_by is not None:
        yield from _refund_differences(order, paid_by)
        yield from _dispute_differences(order, paid_by)
    elif order.amount:
        detail = f"Stripe has no charge {order.stripe_charge_id} that names the order."
        yield Difference("amount_mismatch", str(order.pk), detail, order.stripe_charge_id)


def _unsettled(order: Order, paid_by: Payment | None) -> Iterator[Difference]:
    key = str(order.pk)
    if paid_by is not None:
        kind, state = "unsettled", str(order.status)
        if order.user.is_erased:
            kind, state = "paid_by_erased", f"{order.status} and its account is erased"
        yield Difference(kind, key, f"{paid_by.charge_id} has paid it, but it is {state}.", paid_by.charge_id)
    elif any(attempt.outcome == AttemptOutcome.UNKNOWN for attempt in order.attempts.all()):
        yield Difference("unsettled", key, "It is not known whether Stripe has charged for this order.")


def _second_payment_differences(order: Order, payment: Payment) -> Iterator[Difference]:
    refunds = [each for each in order.refunds.all() if each.stripe_charge_id == payment.charge_id]
    if refunds:
        yield from _refund_differences(order, payment)
    if _is_kept(payment) and not any(each.status == RefundStatus.REQUESTED for each in refunds):
        detail = f"{payment.charge_id} over {_shown(payment)} has paid for the order a second time."
        yield Difference("duplicate_charge", str(order.pk), detail, payment.charge_id)


@dataclass(frozen=True)
class _Refunds:
    """The refunds of one charge: sums in minor units, in the shop's records and at Stripe."""

    order: Order
    payment: Payment
    recorded: int
    requested: list[Refund]
    at_stripe: int

    @property
    def is_own(self) -> bool:
        """Whether the charge is the one that paid the order."""
        return self.payment.charge_id == self.order.stripe_charge_id

    def difference(self, detail: str, kind: str = "refund_unheard") -> Difference:
        return Difference(kind, str(self.order.pk), detail, self.payment.charge_id)


def _refund_differences(order: Order, payment: Payment) -> Iterator[Difference]:
    """Compare Stripe's refunds of a charge with the order's; yield the first difference, if there is one."""
    refunds = order.refunds_of(payment.charge_id)
    both = _Refunds(
        order=order,
        payment=payment,
        recorded=sum(refund.amount for refund in refunds),
        requested=[refund for refund in refunds if refund.status == RefundStatus.REQUESTED],
        at_stripe=refunded_at_stripe(payment),
    )
    for compare in REFUND_COMPARISONS:
        if difference := compare(both):
            yield difference
            return


def _other_than_stripe(both: _Refunds) -> Difference | None:
    pending = sum(refund.amount for refund in both.requested)
    if both.recorded - pending <= both.at_stripe <= both.recorded:
        return None
    charge, currency = both.payment.charge_id, both.payment.currency
    there, here = money(both.at_stripe, currency), money(both.recorded, currency)
    return both.difference(f"Stripe has refunded {there} of {charge}; the shop has recorded {here}.")


def _other_than_order(both: _Refunds) -> Difference | None:
    order = both.order
    if not both.is_own or order.refunded_amount == both.recorded:
        return None
    written, refunded = money(order.refunded_amount, order.currency), money(both.recorded, order.currency)
    charge = both.payment.charge_id
    return both.difference(f"By the order, {written} of {charge} is refunded; by its refunds, {refunded}.")


def _overdue(both: _Refunds) -> Difference | None:
    """Report a refund for which no request can still be under way: the buyer would wait for it in vain."""
    if all(refund.created_at >= timezone.now() - LONGEST_CALL for refund in both.requested):
        return None
    detail = f"A refund of {both.payment.charge_id} was requested, and Stripe has not confirmed it."
    return both.difference(detail)


def _kept_in_vain(both: _Refunds) -> Difference | None:
    """Report money that gave no access and whose automatic refund has failed."""
    order, payment = both.order, both.payment
    if not both.is_own or both.recorded >= _without_access(order):
        return None
    left = f"and {_shown(payment)} was not refunded in full."
    if any(refund.origin == RefundOrigin.ERASED for refund in order.refunds.all()):
        detail = f"{payment.charge_id} has paid the order after the account was erased, {left}"
        return both.difference(detail, "paid_by_erased")
    detail = f"{payment.charge_id} has paid for the order a second time, {left}"
    return both.difference(detail, "duplicate_charge")


def _without_access(order: Order) -> int:
    """Return how much of a paid order gives no access, in minor units."""
    if order.status == OrderStatus.REFUNDED:
        return order.amount
    if order.status != OrderStatus.PAID:
        return 0
    return sum(line.amount for line in order.lines.all() if not line.is_open)


def _paid_but_refunded(both: _Refunds) -> Difference | None:
    if not both.is_own or both.recorded < both.order.amount or both.order.status == OrderStatus.REFUNDED:
        return None
    charge = both.payment.charge_id
    return both.difference(f"{charge} was refunded in full, but the order is {both.order.status}.")


# In this order: what one finds would explain what the later ones find.
REFUND_COMPARISONS: tuple[Callable[[_Refunds], Difference | None], ...] = (
    _other_than_stripe,
    _other_than_order,
    _overdue,
    _kept_in_vain,
    _paid_but_refunded,
)


def _dispute_differences(order: Order, payment: Payment) -> Iterator[Difference]:
    key, charge_id = str(order.pk), payment.charge_id
    ours = {dispute.stripe_dispute_id: dispute.status for dispute in order.disputes.all()}
    for dispute in payment.disputes:
        known = ours.get(dispute.id, "unknown to the shop")
        if known != dispute.status:
            detail = f"The dispute {dispute.id} is {dispute.status} at Stripe; here it is {known}."
            yield Difference("dispute_unheard", key, detail, charge_id)
            return
    withheld = any(status in WITHHELD for status in ours.values())
    if order.status != OrderStatus.REFUNDED and withheld != (order.status == OrderStatus.DISPUTED):
        detail = f"The order is {order.status}, which does not match its disputes."
        yield Difference("dispute_unheard", key, detail, charge_id)


def _is_kept(payment: Payment) -> bool:
    """Tell whether any of the payment is left after Stripe's refunds."""
    return refunded_at_stripe(payment) < payment.amount


def _shown(payment: Payment) -> str:
    return money(payment.amount, payment.currency)
