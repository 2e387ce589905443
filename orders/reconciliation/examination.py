"""The round of the doctor: Stripe is listed, every order is looked at, and what differs is looked at again.

Orders and money move while they are read one after the other. So nothing is told of the first look: it only
says which orders and charges to read once more by themselves.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from orders.models import LIVE_OUTCOMES, Order
from orders.payments.attempts import CLOCK_TOLERANCE
from orders.stripe_gateway.types import Payment

from .differences import NOTES, OF_SHOP, Difference, find_differences, find_shop_differences, orphan
from .shop_side import BATCH, Case, find_grants_without_order, read_cases
from .stripe_side import PaymentsByOrder, given_back, list_payments, read_payments

# Between the two looks: a purchase that is under way, or an event that Stripe is just sending, is through.
SECONDS_TO_SETTLE = 2


@dataclass
class Report:
    """What does not agree, and how much was looked at; `rows` are the orders, oldest first, if asked for."""

    differences: list[Difference] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    orders: int = 0
    # Of Stripe's other mode (test or live): our keys cannot ask about them.
    other_mode: int = 0
    # Suspected, but not looked at again.
    left_out: int = 0

    @property
    def counted(self) -> list[Difference]:
        """The differences that nobody wanted."""
        return [difference for difference in self.differences if difference.kind not in NOTES]

    @property
    def is_clean(self) -> bool:
        return not self.counted and not self.left_out

    def as_dict(self) -> dict[str, object]:
        return {"orders": self.rows, "differences": [each.as_dict() for each in self.differences]}


@dataclass(frozen=True)
class _Suspect:
    """What the first look has found of an order, or of a charge without one."""

    kinds: frozenset[str]
    order_id: UUID | None = None
    charge_ids: tuple[str, ...] = ()


def examine(*, since: datetime | None = None, with_rows: bool = False, at_most: int | None = None) -> Report:
    """Compare the orders with what Stripe and the shelf say; changes nothing.

    `since`: only orders and charges made since then. `at_most`: only so many of what differs is looked at
    again and told. Raises errors.OutcomeUnknown or NothingCharged if Stripe cannot be asked.
    """
    report = Report()
    payments = list_payments(since=since or _beginning())
    orders = Order.objects.filter(created_at__gte=since) if since else Order.objects.all()
    suspects = [*_look(orders, payments, report, with_rows=with_rows), *_look_at_the_rest(payments)]
    report.left_out = len(suspects[at_most:]) if at_most is not None else 0
    suspects = suspects[:at_most]
    if suspects:
        time.sleep(SECONDS_TO_SETTLE)
    for suspect in suspects:
        found = _look_again(suspect)
        report.differences += [difference for difference in found if difference.kind in suspect.kinds]
    report.differences += [_lost_order(order_id) for order_id in find_grants_without_order()]
    return report


def examine_order(order_id: UUID, charge_ids: tuple[str, ...] = ()) -> list[Difference]:
    """Return where one order differs now; `charge_ids` may name charges that it does not know of.

    Raises what examine raises.
    """
    return [
        difference
        for case in read_cases(Order.objects.filter(pk=order_id))
        for difference in find_differences(case, _read_payments_of(case.order, charge_ids))
    ]


def _look(
    orders: QuerySet[Order], payments: PaymentsByOrder, report: Report, *, with_rows: bool
) -> Iterator[_Suspect]:
    """Yield which orders seem to differ; their charges are taken out of `payments`."""
    for case in read_cases(orders):
        report.orders += 1
        report.other_mode += case.order.livemode != settings.STRIPE_LIVE_MODE
        if with_rows:
            report.rows.append(case.as_row())
        yield from _suspect(case, payments.pop(str(case.order.pk), []))


def _look_at_the_rest(payments: PaymentsByOrder) -> Iterator[_Suspect]:
    """Yield what seems to differ of the charges whose orders were not among those looked at."""
    named = [order_id for text in payments if (order_id := _uuid(text))]
    for batch in batched(named, BATCH, strict=False):
        for case in read_cases(Order.objects.filter(pk__in=batch)):
            yield from _suspect(case, payments.pop(str(case.order.pk), []))
    for charges in payments.values():
        for payment in charges:
            if given_back(payment) < payment.amount:
                yield _Suspect(frozenset(["orphan_charge"]), charge_ids=(payment.charge_id,))


def _suspect(case: Case, payments: list[Payment]) -> Iterator[_Suspect]:
    kinds = frozenset(difference.kind for difference in find_differences(case, payments))
    if kinds:
        charge_ids = tuple(payment.charge_id for payment in payments)
        yield _Suspect(kinds, case.order.pk, charge_ids)


def _look_again(suspect: _Suspect) -> list[Difference]:
    if suspect.order_id is None:
        return [orphan(payment) for payment in read_payments(suspect.charge_ids) if _is_orphan(payment)]
    if suspect.kinds <= OF_SHOP:
        orders = Order.objects.filter(pk=suspect.order_id)
        return [difference for case in read_cases(orders) for difference in find_shop_differences(case)]
    return examine_order(suspect.order_id, suspect.charge_ids)


def _read_payments_of(order: Order, charge_ids: tuple[str, ...]) -> list[Payment]:
    """Return what was charged for an order under the ids that it and its open attempts know, and these."""
    if order.livemode != settings.STRIPE_LIVE_MODE:
        known = []
    else:
        live = [attempt for attempt in order.attempts.all() if attempt.outcome in LIVE_OUTCOMES]
        known = [order.stripe_charge_id]
        known += [each.stripe_checkout_session_id or each.stripe_payment_intent_id for each in live]
    return [each for each in read_payments([*charge_ids, *known]) if each.order_id == str(order.pk)]


def _is_orphan(payment: Payment) -> bool:
    order_id = _uuid(payment.order_id)
    known = order_id is not None and Order.objects.filter(pk=order_id).exists()
    return not known and given_back(payment) < payment.amount


def _lost_order(order_id: UUID) -> Difference:
    return Difference(
        "access_without_payment", str(order_id), "The order is not there and still opens books."
    )


def _beginning() -> datetime:
    """Return when the first charge for an order can have been made, by Stripe's clock."""
    first = Order.objects.filter(livemode=settings.STRIPE_LIVE_MODE).order_by("created_at").first()
    return first.created_at - CLOCK_TOLERANCE if first else datetime.fromtimestamp(0, tz=UTC)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
