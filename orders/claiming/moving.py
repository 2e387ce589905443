"""A guest's orders become an account's, so that no product is paid for twice."""

from collections import defaultdict
from collections.abc import Iterator

from django.db.models import Q

from orders.models import OPEN_STATUSES, Order, OrderLine, OrderStatus, Seat, SetCredit
from orders.payments import duplicate_payments
from orders.payments.order_state import free_seat
from users.guests.moving import NotMoved
from users.models import CustomUser

# Two open lines for the same product: the one whose order gives way, and the one that stays.
type Pair = tuple[OrderLine, OrderLine]


def move(guest: CustomUser, account: CustomUser) -> None:
    """Give a guest's orders to an account; a product that both have ordered is left with one of them.

    Of the two orders one that is not paid expires; of two that are paid, the later returns what the product
    cost. Called through settings.MOVED_WITH_A_GUEST, with both locked. Refunds are requested here and made at
    Stripe afterwards. Raises NotMoved if a bank decides about one of two payments.
    """
    refunded: dict[Order, list[Pair]] = defaultdict(list)
    for yielding, staying in _meeting(guest, account):
        if yielding.order.status == OrderStatus.PAID:
            refunded[yielding.order].append((yielding, staying))
        else:
            # Money that arrives for it all the same is refunded when it is settled.
            yielding.order.move_to(OrderStatus.EXPIRED)
    for order, pairs in refunded.items():
        _refund(order, pairs)
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


def _meeting(guest: CustomUser, account: CustomUser) -> Iterator[Pair]:
    """Yield the open lines of both for the same product, for as long as the orders of both are open."""
    both = Order.objects.filter(user__in=[guest.pk, account.pk], status__in=OPEN_STATUSES)
    # Payments lock an order after its reader, so nobody who has one of these waits for another.
    locked = both.select_for_update(of=("self",), no_key=True).select_related("user").order_by("pk")
    orders = {order.pk: order for order in locked}
    lines = list(OrderLine.objects.filter(order__in=orders, is_open=True, for_others=False))
    for line in lines:
        line.order = orders[line.order_id]
    held = {line.item: line for line in lines if line.reader_id == account.pk}
    for line in lines:
        if line.reader_id == account.pk or line.item not in held:
            continue
        rival = held[line.item]
        # Another of their products may have ended one of the orders.
        if OrderStatus.EXPIRED not in {line.order.status, rival.order.status}:
            yield _in_sequence(line, rival)


def _in_sequence(line: OrderLine, rival: OrderLine) -> Pair:
    """Return first the line whose order is not paid; if both are, the one that was paid later."""
    statuses = [each.order.status for each in (line, rival)]
    if OrderStatus.PENDING in statuses:
        return (line, rival) if statuses[0] == OrderStatus.PENDING else (rival, line)
    if OrderStatus.DISPUTED in statuses:
        raise NotMoved(
            f"You have paid twice for the same thing ({line.order} and {rival.order}), and a bank is looking "
            "into it. We can move your books once it has decided. Please write to us."
        )
    earlier, later = sorted((line, rival), key=lambda each: (each.order.paid_at, each.order.pk))
    return later, earlier


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
