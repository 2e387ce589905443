"""A guest's orders become an account's, so that no product is paid for twice."""

from orders.models import OPEN_STATUSES, Order, OrderStatus, SetCredit
from orders.payments import duplicate_payments, order_state
from users.guests.moving import NotMoved
from users.models import CustomUser


def move(guest: CustomUser, account: CustomUser) -> None:
    """Give a guest's orders to an account; of two for one product, one expires or its payment is refunded.

    Called through settings.MOVED_WITH_A_GUEST, with both locked. Refunds are requested here and made at
    Stripe afterwards. Raises NotMoved if a bank decides about one of two payments.
    """
    both = Order.objects.filter(user__in=[guest.pk, account.pk], status__in=OPEN_STATUSES)
    # Payments lock an order after its reader, so nobody who has one of these waits for another.
    orders = list(both.select_for_update(of=("self",), no_key=True).select_related("user").order_by("pk"))
    held = {order.item: order for order in orders if order.user_id == account.pk}
    for order in orders:
        if order.user_id == guest.pk and (rival := held.get(order.item)):
            _leave_one(order, rival)
    Order.objects.filter(user=guest).update(user=account, email=account.email)


def _leave_one(order: Order, rival: Order) -> None:
    """End one of two open orders for a product: one that is not paid, else the one that was paid later."""
    pending = [each for each in (order, rival) if each.status == OrderStatus.PENDING]
    if pending:
        # Money that arrives for it all the same is refunded when it is settled.
        pending[0].move_to(OrderStatus.EXPIRED)
        return
    if OrderStatus.DISPUTED in {order.status, rival.status}:
        raise NotMoved(
            f"You have paid twice for the same thing ({order} and {rival}), and a bank is looking into it. "
            "We can move your books once it has decided. Please write to us."
        )
    earlier, later = sorted((order, rival), key=lambda each: (each.paid_at, each.pk))
    _refund(later, in_favour_of=earlier)


def _refund(order: Order, *, in_favour_of: Order) -> None:
    # What the refunded payment made cheaper rests on the other payment for the same product from now on.
    SetCredit.objects.filter(source__order=order).update(source=in_favour_of.lines.get())
    if order.amount == 0:
        order.move_to(OrderStatus.REFUNDED)
        order_state.update_access(order)
    elif not duplicate_payments.refund_paid(order):
        raise NotMoved(
            f"{order} and {in_favour_of} are both paid, and neither can be refunded. Please write to us."
        )
