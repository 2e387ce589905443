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
    """A sale that a product was in, and what it makes of a regular price."""

    begins: datetime
    ends: datetime
    price: Callable[[int, int], int]


def lowest_price(
    begins: datetime,
    ends: datetime,
    *,
    base: Past[int | None],
    regular: Callable[[datetime], int | None],
    changes: Iterable[datetime],
    sales: Sequence[Lowering],
) -> int | None:
    """Return the lowest price from one instant until just before another; None if it was not sold then.

    `base` is the price in the base currency. `regular` returns the price without a sale in the currency that
    is asked about, which changes at no other instants than `changes`.
    """
    if begins >= ends:
        return None
    edges = {edge for sale in sales for edge in (sale.begins, sale.ends)}
    moments = {begins, *(moment for moment in {*changes, *edges} if begins < moment < ends)}
    prices = []
    for moment in moments:
        cost, in_base = regular(moment), base.at(moment)
        if cost is None or in_base is None:
            continue
        lowered = (sale.price(cost, in_base) for sale in sales if sale.begins <= moment < sale.ends)
        prices.append(min([cost, *lowered]))
    return min(prices, default=None)
