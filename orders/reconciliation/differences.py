"""Where one order, what Stripe has of it, and what it opens do not agree."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from books.money import money
from orders.models import (
    COUNTED_REFUNDS,
    WITHHELD,
    AttemptOutcome,
    Order,
    OrderStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from orders.payments.sync import LONGEST_CALL
from orders.pricing.allocations import kept_of
from orders.stripe_gateway.types import Payment

from .shop_side import Case, kept_lines, lines_to_open
from .stripe_side import given_back

# Differences that are as somebody wanted them: they are told, and do not count.
NOTES = {"withdrawn_by_staff"}
# Those that the shop can see without Stripe.
OF_SHOP = {
    "paid_without_access",
    "access_without_payment",
    "withdrawn_by_staff",
    "allocation_mismatch",
    "discount_without_cause",
}


@dataclass(frozen=True)
class Difference:
    """`order` is an order's id, or None where none is concerned; `charge_id` the charge in question."""

    kind: str
    order: str | None
    detail: str
    charge_id: str = ""

    def as_dict(self) -> dict[str, str | None]:
        """Return it as `money_doctor --json` lists it."""
        return {"kind": self.kind, "order": self.order, "detail": self.detail}


def orphan(payment: Payment) -> Difference:
    """Return the difference that a charge without an order is."""
    named = (
        f"names the order {payment.order_id}, which is not there" if payment.order_id else "names no order"
    )
    detail = f"{payment.charge_id} over {_shown(payment)} {named}."
    return Difference("orphan_charge", None, detail, payment.charge_id)


def find_differences(case: Case, payments: list[Payment]) -> list[Difference]:
    """Compare an order with what it opens and with all that was charged for it, oldest first."""
    of_money = list(_money_differences(case.order, payments))
    of_shop = list(find_shop_differences(case))
    if of_money:
        # What an order's allocations must add up to is known once it is settled, which sets them right too.
        of_shop = [each for each in of_shop if each.kind != "allocation_mismatch"]
    return [*of_shop, *of_money]


def find_shop_differences(case: Case) -> Iterator[Difference]:
    """Compare an order with what the shop has made of it: allocations, discounts and access."""
    yield from _allocation_differences(case)
    yield from _discount_differences(case)
    yield from _access_differences(case)


def _allocation_differences(case: Case) -> Iterator[Difference]:
    order, kept = case.order, kept_of(case.order)
    if case.allocated != kept:
        booked, held = money(case.allocated, order.currency), money(kept, order.currency)
        detail = f"The shop has {held} of its money; {booked} is allocated to books."
        yield Difference("allocation_mismatch", str(order.pk), detail)


def _discount_differences(case: Case) -> Iterator[Difference]:
    titles = {line.pk: line.title for line in kept_lines(case.order)}
    for each in case.shortfalls:
        if each.line_id in titles:
            less = money(each.missing, case.order.currency)
            sources = ", ".join(sorted(f"{source} ({source.pk}, {source.status})" for source in each.sources))
            detail = (
                f"{case.order} had {less} off {titles[each.line_id]} for money that went back: {sources}."
            )
            yield Difference("discount_without_cause", str(case.order.pk), detail)


def _access_differences(case: Case) -> Iterator[Difference]:
    order, key = case.order, str(case.order.pk)
    should_open = {(line.book_id, line.bundle_id) for line in lines_to_open(case)}
    if case.granted - should_open:
        yield Difference("access_without_payment", key, f"The order is {order.status} and still opens books.")
    if order.user.is_erased:
        # Who has left reads nothing, whatever they paid for.
        return
    if should_open - case.granted:
        yield Difference("paid_without_access", key, "The order is paid and does not open what it should.")
    elif should_open and not case.opened:
        detail = "The order is paid; staff took the access away or closed the account by hand."
        yield Difference("withdrawn_by_staff", key, detail)


def _money_differences(order: Order, payments: list[Payment]) -> Iterator[Difference]:
    key = str(order.pk)
    fitting = []
    for payment in payments:
        if payment.livemode != order.livemode:
            detail = f"{payment.charge_id} is of Stripe's other mode (test or live)."
            yield Difference("mode_mismatch", key, detail, payment.charge_id)
        elif (payment.amount, payment.currency) != (order.amount, order.currency):
            if _kept(payment):
                detail = f"{payment.charge_id} is over {_shown(payment)}, not {order.price}."
                yield Difference("amount_mismatch", key, detail, payment.charge_id)
        else:
            fitting.append(payment)
    if order.livemode == settings.STRIPE_LIVE_MODE:
        yield from _own_mode_differences(order, payments, fitting)


def _own_mode_differences(
    order: Order, payments: list[Payment], fitting: list[Payment]
) -> Iterator[Difference]:
    key = str(order.pk)
    paid_by = next((each for each in payments if each.charge_id == order.stripe_charge_id), None)
    if order.paid_at is None:
        paid_by = next(iter(fitting or filter(_kept, payments)), None)
        yield from _unsettled(order, paid_by)
    elif paid_by is not None:
        yield from _refund_differences(order, paid_by)
        yield from _dispute_differences(order, paid_by)
    elif order.amount:
        detail = f"Stripe has no charge {order.stripe_charge_id} that names the order."
        yield Difference("amount_mismatch", key, detail, order.stripe_charge_id)
    for payment in fitting:
        if payment is paid_by:
            continue
        if any(refund.stripe_charge_id == payment.charge_id for refund in order.refunds.all()):
            yield from _refund_differences(order, payment)
        if _kept(payment) and not _is_being_given_back(order, payment):
            detail = f"{payment.charge_id} over {_shown(payment)} has paid for it once more."
            yield Difference("duplicate_charge", key, detail, payment.charge_id)


def _unsettled(order: Order, paid_by: Payment | None) -> Iterator[Difference]:
    key = str(order.pk)
    if paid_by is not None:
        kind, state = "unsettled", str(order.status)
        if order.user.is_erased:
            kind, state = "paid_by_erased", f"{order.status} and its account erased"
        yield Difference(kind, key, f"{paid_by.charge_id} has paid it, but it is {state}.", paid_by.charge_id)
    elif any(attempt.outcome == AttemptOutcome.UNKNOWN for attempt in order.attempts.all()):
        yield Difference("unsettled", key, "It is not known whether Stripe has charged for this order.")


def _refund_differences(order: Order, payment: Payment) -> Iterator[Difference]:
    """Compare what went back of a charge with the order's refunds of it."""
    key, charge_id = str(order.pk), payment.charge_id
    refunds = [
        refund
        for refund in order.refunds.all()
        if refund.stripe_charge_id == charge_id and refund.status in COUNTED_REFUNDS
    ]
    requested = [refund for refund in refunds if refund.status == RefundStatus.REQUESTED]
    counted = sum(refund.amount for refund in refunds)
    open_sum = sum(refund.amount for refund in requested)
    returned = given_back(payment)
    is_own = charge_id == order.stripe_charge_id
    if not counted - open_sum <= returned <= counted:
        at_stripe, here = money(returned, payment.currency), money(counted, order.currency)
        detail = f"Stripe gave back {at_stripe} of {charge_id}; the shop knows of {here}."
        yield Difference("refund_unheard", key, detail, charge_id)
    elif is_own and order.refunded_amount != counted:
        written, refunded = money(order.refunded_amount, order.currency), money(counted, order.currency)
        detail = f"The order says that {written} of {charge_id} went back; its refunds say {refunded}."
        yield Difference("refund_unheard", key, detail, charge_id)
    elif any(_is_overdue(refund) for refund in requested):
        detail = f"A refund of {charge_id} was asked for, and Stripe has not said what became of it."
        yield Difference("refund_unheard", key, detail, charge_id)
    elif is_own and counted < order.amount and order.status == OrderStatus.REFUNDED:
        yield _kept_in_vain(order, payment)
    elif is_own and counted >= order.amount and order.status != OrderStatus.REFUNDED:
        detail = f"{charge_id} was given back in full, but the order is {order.status}."
        yield Difference("refund_unheard", key, detail, charge_id)


def _kept_in_vain(order: Order, payment: Payment) -> Difference:
    """Return the difference that money is for which nothing was opened, and whose refund has failed."""
    left = f"and {_shown(payment)} did not go back in full."
    if any(refund.origin == RefundOrigin.ERASED for refund in order.refunds.all()):
        detail = f"{payment.charge_id} has paid it after the account was erased, {left}"
        return Difference("paid_by_erased", str(order.pk), detail, payment.charge_id)
    detail = f"{payment.charge_id} has paid for it once more, {left}"
    return Difference("duplicate_charge", str(order.pk), detail, payment.charge_id)


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
        detail = f"The order is {order.status}, which its disputes do not say."
        yield Difference("dispute_unheard", key, detail, charge_id)


def _kept(payment: Payment) -> int:
    return payment.amount - given_back(payment)


def _is_being_given_back(order: Order, payment: Payment) -> bool:
    refunds = [refund for refund in order.refunds.all() if refund.stripe_charge_id == payment.charge_id]
    return any(refund.status == RefundStatus.REQUESTED for refund in refunds)


def _is_overdue(refund: Refund) -> bool:
    """Tell whether no request for it can be under way any more: the buyer waits, and nothing happens."""
    return refund.created_at < timezone.now() - LONGEST_CALL


def _shown(payment: Payment) -> str:
    return money(payment.amount, payment.currency)
