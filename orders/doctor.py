"""Proves that Stripe, the orders and the access agree, and lists every difference."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from books import access
from books.models import Grant
from orders import stripe_gateway
from orders.models import Order, OrderStatus
from orders.outcomes import Payment
from orders.reconciliation import CLOCK_TOLERANCE

# Differences that are as somebody wanted them: they are told, and do not count.
NOTES = {"withdrawn_by_staff"}


@dataclass(frozen=True)
class Difference:
    """`order` is an order's id, or None where no order is concerned."""

    kind: str
    order: str | None
    detail: str


@dataclass
class Report:
    """Every order as a row, oldest first, and what does not agree."""

    orders: list[dict[str, object]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return all(difference.kind in NOTES for difference in self.differences)

    def as_dict(self) -> dict[str, object]:
        return {"orders": self.orders, "differences": [asdict(each) for each in self.differences]}


def examine() -> Report:
    """Compare every order with what Stripe and the shelf say; changes nothing.

    Raises outcomes.OutcomeUnknown or NothingCharged if Stripe cannot be asked.
    """
    report = Report()
    orders = list(
        Order.objects.order_by("created_at", "id").select_related("user").prefetch_related("attempts")
    )
    charges = _charges_by_order(orders)
    grants = set(Grant.objects.filter(ended_at=None).values_list("order_id", flat=True).distinct())
    may_read = {order.user_id: access.has_all_books(order.user) for order in orders}
    for order in orders:
        opened = may_read[order.user_id]
        report.orders.append(_row(order, opened=opened))
        report.differences += _differences(
            order, charges.pop(str(order.pk), []), granted=order.pk in grants, opened=opened
        )
    for payments in charges.values():
        report.differences += [
            Difference("orphan_charge", None, f"{payment.charge_id} names no order of this shop.")
            for payment in payments
        ]
    return report


def _charges_by_order(orders: list[Order]) -> dict[str, list[Payment]]:
    """Return Stripe's succeeded, not wholly refunded charges by the order that they name."""
    found: dict[str, list[Payment]] = defaultdict(list)
    since = orders[0].created_at - CLOCK_TOLERANCE if orders else datetime.fromtimestamp(0, tz=UTC)
    for payment in stripe_gateway.list_charges(since=since):
        if payment.state == "succeeded" and payment.refunded_amount < payment.amount:
            found[payment.order_id].append(payment)
    return found


def _row(order: Order, *, opened: bool) -> dict[str, object]:
    return {
        "id": str(order.pk),
        "user": order.user.email,
        "item": order.item,
        "status": order.status,
        "in_doubt": order.in_doubt,
        "amount": order.amount,
        "currency": order.currency,
        "refunded_amount": order.refunded_amount,
        "stripe_charge_id": order.stripe_charge_id or None,
        "stripe_payment_intent_id": order.stripe_payment_intent_id or None,
        "stripe_checkout_session_id": None,
        "created_at": order.created_at.isoformat(),
        "access": opened,
    }


def _differences(
    order: Order, payments: list[Payment], *, granted: bool, opened: bool
) -> Iterator[Difference]:
    yield from _access_differences(order, granted=granted, opened=opened)
    yield from _payment_differences(order, payments)


def _access_differences(order: Order, *, granted: bool, opened: bool) -> Iterator[Difference]:
    key = str(order.pk)
    paid = order.status == OrderStatus.PAID
    if paid and not granted:
        yield Difference("paid_without_access", key, "The order is paid and opens nothing.")
    elif paid and not opened:
        yield Difference("withdrawn_by_staff", key, "The order is paid; staff took the access away by hand.")
    if granted and not paid:
        yield Difference("access_without_payment", key, f"The order opens books and is {order.status}.")


def _payment_differences(order: Order, payments: list[Payment]) -> Iterator[Difference]:
    key = str(order.pk)
    paid = order.status == OrderStatus.PAID
    charge_ids = [payment.charge_id for payment in payments]
    if order.in_doubt:
        yield Difference("unsettled", key, "It is not known whether Stripe has charged for this order.")
    elif not paid and payments:
        yield Difference("unsettled", key, f"{charge_ids[0]} has paid it, but it is {order.status}.")
    if len(payments) > 1:
        yield Difference("duplicate_charge", key, f"Charged {len(payments)} times: {', '.join(charge_ids)}.")
    for payment in payments:
        if (payment.amount, payment.currency) != (order.amount, order.currency):
            charged, ordered = f"{payment.amount} {payment.currency}", f"{order.amount} {order.currency}"
            yield Difference("amount_mismatch", key, f"{payment.charge_id} is over {charged}, not {ordered}.")
        if payment.livemode != order.livemode:
            yield Difference("mode_mismatch", key, f"{payment.charge_id} is of the other mode.")
    if paid and order.amount and order.stripe_charge_id not in charge_ids:
        yield Difference("amount_mismatch", key, f"Stripe has no charge {order.stripe_charge_id} for it.")
