"""A guest's orders become an account's, so that nothing is paid for twice."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import Q

from orders.models import OPEN_STATUSES, Order, OrderLine, OrderStatus, Seat, SetCredit
from orders.payments import duplicate_payments
from orders.payments.order_state import free_seat
from users.guests.moving import NotMoved
from users.models import CustomUser

from .within_sets import find_within_sets, made_cheaper

# Two open lines for the same product: the one whose order gives way, and the one that stays.
type Pair = tuple[OrderLine, OrderLine]


def move(guest: CustomUser, account: CustomUser) -> None:
    """Give a guest's orders to an account; a product that both have ordered is left with one of them.

    Of the two orders one that is not paid expires; of two that are paid, one returns what the product
    cost. What one has paid for and the other has paid for in a set is returned too. Called through
    settings.MOVED_WITH_A_GUEST, with both locked, and before their access moves. Refunds are requested here
    and made at Stripe afterwards. Raises NotMoved if a bank decides about one of two payments for a product.
    """
    orders = _lock_open_orders(guest, account)
    _leave_one_of_each(orders, account)
    for order, lines in _by_order(find_within_sets(_open_lines(orders))).items():
        # A refund of these lines that has failed once is left to staff: unlike equal lines, both can stay.
        duplicate_payments.refund_lines(order, lines)
    _move_seats(guest, account)
    # Only now, because an account has one open line for a product.
    Order.objects.filter(user=guest).update(user=account, email=account.email)
    OrderLine.objects.filter(reader=guest).update(reader=account)


def _move_seats(guest: CustomUser, account: CustomUser) -> None:
    """Give the copies that a guest has taken to an account, one of each order line.

    A second one of the same line becomes free again; so does a gift of which the account is the giver.
    """
    own = Q(line__quantity=1, line__order__user=account)
    held = Seat.objects.filter(redeemer=account).values("line")
    taken = Seat.objects.filter(redeemer=guest).select_related("line__book", "line__bundle", "redeemer")
    for seat in taken.filter(own | Q(line__in=held)):
        free_seat(seat)
    taken.update(redeemer=account)


def _lock_open_orders(guest: CustomUser, account: CustomUser) -> dict[UUID, Order]:
    both = Order.objects.filter(user__in=[guest.pk, account.pk], status__in=OPEN_STATUSES)
    # Payments lock an order after its reader, so nobody who has one of these waits for another.
    locked = both.select_for_update(of=("self",), no_key=True).select_related("user").order_by("pk")
    return {order.pk: order for order in locked}


def _open_lines(orders: dict[UUID, Order]) -> list[OrderLine]:
    """Read what these orders have open for their readers themselves."""
    found = OrderLine.objects.filter(order__in=orders, is_open=True, for_others=False)
    lines = list(found.select_related("book", "bundle"))
    for line in lines:
        line.order = orders[line.order_id]
    return lines


def _by_order(lines: Iterable[OrderLine]) -> dict[Order, list[OrderLine]]:
    found: dict[Order, list[OrderLine]] = defaultdict(list)
    for line in lines:
        found[line.order].append(line)
    return found


def _leave_one_of_each(orders: dict[UUID, Order], account: CustomUser) -> None:
    """Leave each product with one of the two who have ordered it."""
    refunded: dict[Order, list[Pair]] = defaultdict(list)
    for yielding, staying in _meeting(_open_lines(orders), account):
        if yielding.order.status == OrderStatus.PAID:
            refunded[yielding.order].append((yielding, staying))
        else:
            # Money that arrives for it all the same is refunded when it is settled.
            yielding.order.move_to(OrderStatus.EXPIRED)
    for order, pairs in refunded.items():
        _refund(order, pairs)


def _meeting(lines: list[OrderLine], account: CustomUser) -> Iterator[Pair]:
    """Yield the lines of both for the same product, for as long as the orders of both are open."""
    held = {line.item: line for line in lines if line.reader_id == account.pk}
    cheaper = made_cheaper(lines)
    for line in lines:
        if line.reader_id == account.pk or line.item not in held:
            continue
        rival = held[line.item]
        # Another of their products may have ended one of the orders.
        if OrderStatus.EXPIRED not in {line.order.status, rival.order.status}:
            yield _in_sequence(line, rival, cheaper)


def _in_sequence(line: OrderLine, rival: OrderLine, cheaper: dict[int, set[int]]) -> Pair:
    """Return first the line that yields: one whose order is not paid, else the one that was paid later.

    But one that has made a set cheaper stays, if the other has not: the discount keeps the money it rests on.
    """
    statuses = [each.order.status for each in (line, rival)]
    if OrderStatus.PENDING in statuses:
        return (line, rival) if statuses[0] == OrderStatus.PENDING else (rival, line)
    if OrderStatus.DISPUTED in statuses:
        raise NotMoved(
            f"You have paid twice for the same thing ({line.order} and {rival.order}), and a bank is looking "
            "into it. We can move your books once it has decided. Please write to us."
        )
    staying, yielding = sorted(
        (line, rival), key=lambda each: (not cheaper[each.pk], each.order.paid_at, each.order.pk)
    )
    return yielding, staying


def _refund(order: Order, pairs: list[Pair]) -> None:
    """Refund what an order's lines have cost, each in favour of another line for its product."""
    for line, staying in pairs:
        # What the refunded payment made cheaper rests on the other payment from now on.
        SetCredit.objects.filter(source=line).update(source=staying)
    if not duplicate_payments.refund_lines(order, [line for line, _ in pairs]):
        others = " and ".join(dict.fromkeys(str(staying.order) for _, staying in pairs))
        raise NotMoved(
            f"{order} and {others} are both paid, and neither can be refunded. Please write to us."
        )
