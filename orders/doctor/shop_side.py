"""What the shop has of its orders: read in batches, with a number of queries that is the same for each."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from books import access
from books.models import Grant
from orders.models import COUNTED_REFUNDS, LIVE_OUTCOMES, Order, OrderStatus
from users.models import CustomUser

BATCH = 500


@dataclass(frozen=True)
class Case:
    """An order with all that is its own at hand, the bundles that it opens, and what its reader may read."""

    order: Order
    granted: frozenset[int]
    opened: bool

    def as_row(self) -> dict[str, object]:
        """Return the order as `money_doctor --json` lists it; what is missing is None."""
        order = self.order
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
            "stripe_checkout_session_id": order.stripe_checkout_session_id or open_session_id(order) or None,
            "created_at": order.created_at.isoformat(),
            "access": self.opened,
        }


def read_cases(orders: QuerySet[Order]) -> Iterator[Case]:
    """Yield these orders, oldest first."""
    readers = CustomUser.objects.with_perm(access.SPECIAL_STATUS)
    wanted = (
        orders.order_by("created_at", "id")
        .select_related("user")
        .prefetch_related("attempts", "lines", "refunds__lines", "disputes")
        .annotate(opened=Exists(readers.filter(pk=OuterRef("user_id"))))
    )
    for batch in batched(wanted.iterator(chunk_size=BATCH), BATCH, strict=False):
        granted = _granted([order.pk for order in batch])
        for order in batch:
            yield Case(order, frozenset(granted[order.pk]), order.opened)


def open_session_id(order: Order) -> str:
    """Return the id of the Checkout Session in which the order can be paid now, or an empty text."""
    live = [each for each in order.attempts.all() if each.outcome in LIVE_OUTCOMES]
    return live[0].stripe_checkout_session_id if live else ""


def bundles_to_open(order: Order) -> set[int]:
    """Return what the order should open: what is paid for, less the lines that were given back."""
    if order.status != OrderStatus.PAID:
        return set()
    counted = [refund for refund in order.refunds.all() if refund.status in COUNTED_REFUNDS]
    given_back = {line.pk for refund in counted for line in refund.lines.all()}
    return {line.bundle_id for line in order.lines.all() if line.pk not in given_back}


def find_grants_without_order() -> Iterator[UUID]:
    """Yield the ids of the orders that opened something and are not there."""
    orders = Order.objects.filter(pk=OuterRef("order_id"))
    lost = Grant.objects.filter(~Exists(orders), ended_at=None)
    return lost.order_by("order_id").values_list("order_id", flat=True).distinct().iterator()


def _granted(order_ids: list[UUID]) -> dict[UUID, set[int]]:
    granted: dict[UUID, set[int]] = defaultdict(set)
    live = Grant.objects.filter(ended_at=None, order_id__in=order_ids)
    for order_id, bundle_id in live.values_list("order_id", "bundle_id"):
        granted[order_id].add(bundle_id)
    return granted
