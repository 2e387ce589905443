"""What a product cost at any moment of the last weeks, and the lowest of it.

Directive 98/6/EC, Article 6a: whoever announces a lower price says the lowest one of the 30 days before, or,
for what has been on sale for less than 30 days, of the days since then. Prices in earlier sales count too.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple


class Past[Value](NamedTuple):
    """A value now, and those before it with the instants until which they held, the earliest first."""

    now: Value
    before: Sequence[tuple[datetime, Value]] = ()

    def at(self, moment: datetime) -> Value:
        """Return the value at a moment; at the instant of a change, the new one."""
        return next((value for until, value in self.before if until > moment), self.now)

    @property
    def changes(self) -> list[datetime]:
        """The instants at which it changed."""
        return [until for until, _ in self.before]


class Lowering(NamedTuple):
    """A sale that a product was in, by its key, and what it makes of a regular price."""

    sale: int
    begins: datetime
    ends: datetime
    price: Callable[[int, int], int]


class Step(NamedTuple):
    """What a product cost from an instant on, and the key of the sale that lowered it; None if not sold."""

    since: datetime
    price: int | None
    sale: int | None = None


def steps(
    begins: datetime,
    ends: datetime,
    *,
    base: Past[int | None],
    regular: Callable[[datetime], int | None],
    changes: Iterable[datetime],
    sales: Sequence[Lowering],
) -> list[Step]:
    """Return what it cost from one instant until just before another, a step for each change, in sequence.

    `base` is the price in the base currency. `regular` returns the price without a sale in the currency that
    is asked about, which changes at no other instants than `changes`.
    """
    if begins >= ends:
        return []
    edges = {edge for sale in sales for edge in (sale.begins, sale.ends)}
    moments = {begins, *(moment for moment in {*changes, *edges} if begins < moment < ends)}
    found: list[Step] = []
    for moment in sorted(moments):
        cost, in_base = regular(moment), base.at(moment)
        step = Step(moment, None)
        if cost is not None and in_base is not None:
            running = (sale for sale in sales if sale.begins <= moment < sale.ends)
            lowered = (Step(moment, sale.price(cost, in_base), sale.sale) for sale in running)
            # The regular price comes first, so that a sale that does not lower it changes nothing.
            step = min([Step(moment, cost), *lowered], key=lambda each: each.price)
        if not found or found[-1][1:] != step[1:]:
            found.append(step)
    return found


def lowest(some: Iterable[Step]) -> Step | None:
    """Return the first step of those with the lowest price; None if the product was never sold in them."""
    return min((step for step in some if step.price is not None), key=lambda each: each.price, default=None)
