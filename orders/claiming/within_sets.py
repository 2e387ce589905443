"""What two people have paid for, one of them in a set: a book in a bundle, anything in All Books."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from math import inf

from django.db.models import Q

from books import access
from orders.models import LIVE_OUTCOMES, OrderLine, OrderStatus, SetCredit


def find_within_sets(lines: Iterable[OrderLine]) -> Iterator[OrderLine]:
    """Yield the lines to refund, because the other person has paid for a set with the same books.

    `lines` are the open ones of two people, each with its order and product. It does not matter which was
    paid first: whoever is logged in pays for the set only what it costs beyond what they have paid for its
    books. For the same reason a line stays that has made a set cheaper already, as long as that set stays.
    """
    paid = [line for line in lines if line.order.status == OrderStatus.PAID]
    cheaper = made_cheaper(paid)
    refunded: set[int] = set()
    # The largest first: once a bundle is refunded, what had made it cheaper can be refunded too.
    for line in sorted(paid, key=_size, reverse=True):
        staying = [other for other in paid if other.pk not in refunded]
        if line.amount and cheaper[line.pk] <= refunded and _is_within(line, staying):
            refunded.add(line.pk)
            yield line


def _is_within(line: OrderLine, others: Iterable[OrderLine]) -> bool:
    return any(
        other.reader_id != line.reader_id
        and other.order.livemode == line.order.livemode
        # A set that cost nothing, and was no cheaper by other payments, is no second payment.
        and (other.amount or other.credit)
        and other.includes(line)
        # Staff may have suspended what the set unlocked.
        and access.owns(other.order.user, line.product)
        for other in others
    )


def made_cheaper(lines: Iterable[OrderLine]) -> dict[int, set[int]]:
    """Return by their keys which open lines each of these has made cheaper: paid, or payable right now."""
    kept = Q(line__order__status__in=[OrderStatus.PAID, OrderStatus.DISPUTED])
    payable = Q(line__order__status=OrderStatus.PENDING, line__order__attempts__outcome__in=LIVE_OUTCOMES)
    credits = SetCredit.objects.filter(kept | payable, source__in=lines, line__is_open=True)
    found: dict[int, set[int]] = defaultdict(set)
    for source, line in credits.values_list("source", "line"):
        found[source].add(line)
    return found


def _size(line: OrderLine) -> tuple[float, datetime | None]:
    """Sort by how many books it is for; of two for the same books, the one that was paid later is larger."""
    is_everything = line.bundle is not None and line.bundle.everything
    return inf if is_everything else line.product.included_books().count(), line.order.paid_at
