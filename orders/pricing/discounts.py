"""How much other orders made a bundle cheaper, and whether the shop still has the money paid for them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from django.db.models import Q, Sum

from books.models import Price, Prices
from books.money import money
from orders.models import LIVE_OUTCOMES, Allocation, Order, OrderLine, OrderStatus, SetCredit

from .credits import parts_of
from .offers import Offer


@dataclass
class Shortfall:
    """A discount that is no longer justified: its sources have lost `missing` of it, in minor units."""

    line_id: int
    missing: int
    sources: set[Order] = field(default_factory=set)

    @property
    def is_disputed(self) -> bool:
        """Whether a bank has taken money that the discount rests on, for now or for good."""
        return any(source.status == OrderStatus.DISPUTED for source in self.sources)


def record(lines: Iterable[OrderLine]) -> None:
    """Record the payments that the discounts of an order's new lines rest on.

    Call it where the lines are priced, with the reader locked.
    """
    cheaper = [line for line in lines if line.credit]
    if not cheaper:
        return
    order = cheaper[0].order
    prices = Prices.in_currency(order.currency)
    parts = parts_of([line.product for line in cheaper], order.user)
    every = chain.from_iterable(parts.values())
    prices.look_up_listed(part.book for part in every if part.book and part.currency != order.currency)
    SetCredit.objects.bulk_create(
        SetCredit(
            line=line,
            source_id=part.line,
            book_id=part.book,
            amount=amount,
            paid=None if part.currency == order.currency else part.amount,
        )
        for line in cheaper
        for part in parts[line.product.pk]
        if (amount := part.worth(line.product, Price(line.list_amount, order.currency), prices)) > 0
    )


def record_again(order: Order, parts: Iterable[Offer]) -> None:
    """Record once more why an unpaid order's lines cost what they do, and what that rests on; see record.

    Even if the price is the same, it may have other reasons than when the order began.
    """
    explained = {
        part.reference: part for part in parts if part.product.kind == "bundle" or part.suggested or part.code
    }
    if not explained:
        return
    lines = list(order.lines.filter(item__in=explained).select_related("bundle"))
    for line in lines:
        part = explained[line.item]
        line.credit, line.discount, line.tip = part.credit, part.discount, part.tip
        line.chosen = part.suggested > 0
    OrderLine.objects.bulk_update(lines, ["credit", "discount", "tip", "chosen"])
    SetCredit.objects.filter(line__in=lines).delete()
    record(lines)


def find_shortfalls(orders: Iterable[Order]) -> dict[UUID, list[Shortfall]]:
    """Return by the order's id the discounts of these orders that are no longer justified.

    Takes two queries for any number of orders.
    """
    credits = SetCredit.objects.filter(line__order__in=[order.pk for order in orders])
    by_line: dict[OrderLine, list[SetCredit]] = defaultdict(list)
    for credit in credits.select_related("line", "source__order"):
        by_line[credit.line].append(credit)
    held = _held({credit.source_id for credits in by_line.values() for credit in credits})
    found: dict[UUID, list[Shortfall]] = defaultdict(list)
    for line, rested_on in by_line.items():
        shortfall = _shortfall(line, rested_on, held)
        if shortfall.missing > 0:
            found[line.order_id].append(shortfall)
    return found


def cheapened_by(order: Order) -> list[Order]:
    """Return the reader's other orders that this one made cheaper: paid, or payable right now."""
    kept = Q(status__in=[OrderStatus.PAID, OrderStatus.DISPUTED])
    payable = Q(status=OrderStatus.PENDING, attempts__outcome__in=LIVE_OUTCOMES)
    found = Order.objects.filter(kept | payable, lines__credits__source__order=order)
    return list(found.select_related("user").with_lines().distinct().order_by("created_at"))


def list_cheapened_by(order: Order) -> list[dict[str, object]]:
    """Return for a letter which orders this one made cheaper, and by how much."""
    return [{"order": each, "less": saving_on(each, source=order)} for each in cheapened_by(order)]


def saving_on(cheaper: Order, *, source: Order) -> str:
    """Return by how much the source made an order cheaper, as shown to people."""
    of_source = SetCredit.objects.filter(line__order=cheaper, source__order=source)
    counted = of_source.aggregate(sum=Sum("amount"))["sum"] or 0
    saving = min(counted, sum(line.credit for line in cheaper.lines.all()))
    return money(saving, cheaper.currency)


def _held(lines: set[int]) -> dict[tuple[int, UUID | None], int]:
    """Return what the shop still has from these lines, by line and book."""
    if not lines:
        return {}
    sums = Allocation.objects.filter(line__in=lines).values_list("line", "book").annotate(Sum("amount"))
    return {(line, book): amount for line, book, amount in sums}


def _shortfall(
    line: OrderLine, rested_on: list[SetCredit], held: dict[tuple[int, UUID | None], int]
) -> Shortfall:
    """Compare a line's discount with what its sources still hold.

    Sources that held more than the discount needed may lose the rest without consequence.
    """
    now = [_left_of(each, held.get((each.source_id, each.book_id), 0)) for each in rested_on]
    needed = min(line.credit, sum(each.amount for each in rested_on))
    sources = {each.source.order for each, left in zip(rested_on, now, strict=True) if left < each.amount}
    return Shortfall(line.pk, needed - sum(now), sources)


def _left_of(credit: SetCredit, held: int) -> int:
    """Return how much of a part of a discount is still paid for, if the source holds so much of its money."""
    paid = credit.amount if credit.paid is None else credit.paid
    return credit.amount * min(paid, held) // paid
