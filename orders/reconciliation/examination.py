"""Compares every order with Stripe's lists, then examines what seems to differ a second time.

Orders and payments change while they are being read. So the first comparison reports nothing: it only decides
which orders and charges to read again: a few of them each on its own, many from another list.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from uuid import UUID

from django.conf import settings
from django.db.models import F

from orders.models import LIVE_OUTCOMES, DiscountCode, Order
from orders.payments.attempts import CLOCK_TOLERANCE
from orders.stripe_gateway.types import Payment

from .differences import (
    NOTES,
    OF_SHOP,
    Difference,
    find_shop_differences,
    orphan,
    overused,
    unannounced,
)
from .money_differences import find_money_differences
from .progress import Say, counting, nothing
from .shop_side import BATCH, Case, find_books_not_announced, find_grants_without_order, read_cases
from .stripe_side import (
    MOST_READ_ALONE,
    PaymentsByOrder,
    list_payments,
    read_again,
    read_payments,
    refunded_at_stripe,
)

# Between the two comparisons: enough for a purchase that is under way, or an event that is being delivered.
SECONDS_TO_SETTLE = 2


@dataclass
class Report:
    """The differences, and how much was examined; `rows` are the orders, oldest first, if requested."""

    differences: list[Difference] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    orders: int = 0
    # Orders in Stripe's other mode (test or live), which our keys cannot ask about.
    other_mode: int = 0
    # Suspected differences that were not examined again.
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
    """What the first comparison has found about an order."""

    order_id: UUID
    kinds: frozenset[str]
    charge_ids: tuple[str, ...]


def examine(
    *,
    since: datetime | None = None,
    with_rows: bool = False,
    at_most: int | None = None,
    say: Say = nothing,
) -> Report:
    """Compare the orders with Stripe and with the readers' access; change nothing.

    `since`: only orders and charges made since then. `at_most`: how many suspected differences to examine
    again and report. `say` is called with a sentence from time to time if it takes long. Raises
    errors.OutcomeUnknown or NothingCharged if Stripe cannot be asked.
    """
    report = Report()
    charged_since = since or _beginning()
    payments = list_payments(since=charged_since, say=say)
    orders = Order.objects.filter(created_at__gte=since) if since else Order.objects.all()
    cases = counting(read_cases(orders), "orders compared", say)
    suspects = [*_compare_all(cases, payments, report, with_rows=with_rows), *_compare_rest(payments)]
    # Those that belong to an order are taken out by now.
    unknown = [each for charges in payments.values() for each in charges if _is_kept(each)]
    if at_most is not None:
        report.left_out = max(len(suspects) + len(unknown) - at_most, 0)
        unknown = unknown[: max(at_most - len(suspects), 0)]
        suspects = suspects[:at_most]
    if suspects or unknown:
        time.sleep(SECONDS_TO_SETTLE)
    report.differences += _examine_all(suspects, charged_since, say)
    report.differences += map(orphan, _orphans(read_again(unknown, since=charged_since)))
    report.differences += [_lost_order(order_id) for order_id in find_grants_without_order()]
    limited = DiscountCode.objects.filter(most_uses__isnull=False).with_uses()
    report.differences += [overused(code, code.uses) for code in limited.filter(uses__gt=F("most_uses"))]
    report.differences += map(unannounced, find_books_not_announced())
    return report


def examine_order(order_id: UUID, charge_ids: tuple[str, ...] = ()) -> list[Difference]:
    """Return the differences of one order now; `charge_ids` may name charges that the order does not know.

    Raises what examine raises.
    """
    return [
        difference
        for case in read_cases(Order.objects.filter(pk=order_id))
        for difference in _compare(case, _read_payments_of(case.order, charge_ids))
    ]


def _compare_all(
    cases: Iterator[Case], payments: PaymentsByOrder, report: Report, *, with_rows: bool
) -> Iterator[_Suspect]:
    """Yield the orders that seem to differ, and take their charges out of `payments`."""
    for case in cases:
        report.orders += 1
        report.other_mode += case.order.livemode != settings.STRIPE_LIVE_MODE
        if with_rows:
            report.rows.append(case.as_row())
        yield from _suspect(case, payments.pop(str(case.order.pk), []))


def _compare_rest(payments: PaymentsByOrder) -> Iterator[_Suspect]:
    """Yield the other orders that charges name and that seem to differ, and take those charges out."""
    named = [order_id for text in payments if (order_id := _uuid(text))]
    for batch in batched(named, BATCH, strict=False):
        for case in read_cases(Order.objects.filter(pk__in=batch)):
            yield from _suspect(case, payments.pop(str(case.order.pk), []))


def _suspect(case: Case, payments: list[Payment]) -> Iterator[_Suspect]:
    kinds = frozenset(difference.kind for difference in _compare(case, payments))
    if kinds:
        charge_ids = tuple(payment.charge_id for payment in payments)
        yield _Suspect(case.order.pk, kinds, charge_ids)


def _compare(case: Case, payments: list[Payment]) -> list[Difference]:
    """Compare an order with the shop's own records and with everything that Stripe has charged for it."""
    of_money = list(find_money_differences(case.order, payments))
    of_shop = list(find_shop_differences(case))
    if of_money:
        # What allocations and lines must add up to is known only after the order is settled.
        of_shop = [each for each in of_shop if each.kind not in {"allocation_mismatch", "lines_mismatch"}]
    return [*of_shop, *of_money]


def _examine_all(suspects: list[_Suspect], since: datetime, say: Say) -> Iterator[Difference]:
    """Yield the differences that are still there."""
    if len(suspects) <= MOST_READ_ALONE:
        for suspect in suspects:
            yield from (each for each in _examine(suspect) if each.kind in suspect.kinds)
        return
    say(f"{len(suspects):,} orders seem to differ. They are compared a second time.")
    yield from _examine_many(suspects, list_payments(since=since, say=say))


def _examine_many(suspects: list[_Suspect], payments: PaymentsByOrder) -> Iterator[Difference]:
    """Yield how these orders differ from another list, at the same number of queries for each batch."""
    kinds = {suspect.order_id: suspect.kinds for suspect in suspects}
    for batch in batched(kinds, BATCH, strict=False):
        for case in read_cases(Order.objects.filter(pk__in=batch)):
            found = _compare(case, payments.get(str(case.order.pk), []))
            yield from (each for each in found if each.kind in kinds[case.order.pk])


def _examine(suspect: _Suspect) -> list[Difference]:
    if suspect.kinds <= OF_SHOP:
        orders = Order.objects.filter(pk=suspect.order_id)
        return [difference for case in read_cases(orders) for difference in find_shop_differences(case)]
    return examine_order(suspect.order_id, suspect.charge_ids)


def _read_payments_of(order: Order, charge_ids: tuple[str, ...]) -> list[Payment]:
    """Return what was charged for an order, under these ids and those of the order and its live attempts."""
    if order.livemode != settings.STRIPE_LIVE_MODE:
        known = []
    else:
        live = [attempt for attempt in order.attempts.all() if attempt.outcome in LIVE_OUTCOMES]
        known = [order.stripe_charge_id]
        known += [each.stripe_checkout_session_id or each.stripe_payment_intent_id for each in live]
    return [each for each in read_payments([*charge_ids, *known]) if each.order_id == str(order.pk)]


def _orphans(payments: list[Payment]) -> Iterator[Payment]:
    """Yield those of the payments that no order knows and that are kept."""
    known: set[UUID | None] = set()
    for batch in batched({_uuid(payment.order_id) for payment in payments}, BATCH, strict=False):
        known.update(Order.objects.filter(pk__in=filter(None, batch)).values_list("pk", flat=True))
    for payment in payments:
        if _uuid(payment.order_id) not in known and _is_kept(payment):
            yield payment


def _is_kept(payment: Payment) -> bool:
    """Tell whether it was not refunded as a whole."""
    return refunded_at_stripe(payment) < payment.amount


def _lost_order(order_id: UUID) -> Difference:
    return Difference(
        "access_without_payment", str(order_id), "The order does not exist and still gives access."
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
