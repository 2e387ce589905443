"""A buyer takes back what they paid for a book that has not opened, without asking anybody."""

import logging

from django.conf import settings

from books.models import Book, Product
from orders.models import Order, OrderLine, OrderStatus, Refund
from orders.payments import refunds
from orders.pricing.discounts import cheapened_by

logger = logging.getLogger(__name__)


class NotTakenBack(Exception):
    """Nothing is refunded. `str()` is a sentence for the buyer."""


def amounts_to_take_back(order: Order) -> dict[OrderLine, int]:
    """Return how much of which lines an order's buyer may take back by themselves now, in minor units.

    That is what they paid for and cannot be read yet; of gifts and copies only while nobody has taken one. If
    the order made another one cheaper, that has to be sorted out by people first.
    """
    if order.status != OrderStatus.PAID or order.livemode != settings.STRIPE_LIVE_MODE:
        return {}
    refunded, left = order.refunded_line_ids(), refunds.refundable(order)
    paid = [line for line in order.lines.all() if line.amount and line.is_open and line.pk not in refunded]
    # After a refund of some copies or of an amount, what is left of the only line is its buyer's. Of several
    # lines nobody knows which one that refund was for, so each goes back as a whole or not at all.
    amounts = {line: min(line.amount, left) if len(paid) == 1 else line.amount for line in paid}
    found = {
        line: amount
        for line, amount in amounts.items()
        if 0 < amount <= left and opens_as_a_whole(line.product) and not _is_taken(line)
    }
    return {} if found and cheapened_by(order) else found


def _is_taken(line: OrderLine) -> bool:
    return line.for_others and line.seats.filter(redeemer__isnull=False).exists()


def opens_as_a_whole(product: Product) -> bool:
    """Tell whether nobody can read any book of a product yet: its one book, or all that a bundle has now."""
    if product.kind == Book.kind:
        return not product.has_opened
    books = product.included_books().published()
    return not product.everything and books.exists() and books.count() == books.unopened().count()


def take_back(order: Order, line_id: int) -> Refund:
    """Refund a line of this buyer's order: access ends first, and the worker keeps asking Stripe if it must.

    Whatever moment the book opens at, either it is open before, and nothing is refunded, or the line is
    refunded, and its buyer does not have it. Raises NotTakenBack.
    """
    order.read_lines()
    line = next((line for line in order.lines.all() if line.pk == line_id), None)
    if line is None:
        raise NotTakenBack("This order has no such line. Nothing was refunded.")
    try:
        made = refunds.refund_to_buyer(order, line, decide=lambda locked: _decide(locked, line_id))
    except refunds.NotRefunded as refused:
        logger.info("Order %s: line %s was not taken back: %s", order.pk, line_id, refused)
        raise NotTakenBack(
            f"{line.title} can’t be refunded here any more, so nothing was refunded. "
            "If it has not opened yet, write to us."
        ) from refused
    logger.info("Order %s: its buyer took back line %s.", order.pk, line_id)
    return made


def _decide(order: Order, line_id: int) -> int:
    """Return how much of this line may be taken back; raise NotRefunded if it may not.

    Called with the reader and the order locked.
    """
    # Locked too: staff may be changing the day.
    books = [line.book_id for line in order.lines.all() if line.book_id]
    list(Book.objects.select_for_update(no_key=True).filter(pk__in=books).order_by("pk").values("pk"))
    order.read_lines()
    amounts = {line.pk: amount for line, amount in amounts_to_take_back(order).items()}
    if line_id not in amounts:
        raise refunds.NotRefunded(f"{order}: this line cannot be taken back by its buyer.")
    return amounts[line_id]
