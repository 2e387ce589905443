"""Which orders were cheaper because of an order, in sentences for staff who refund it."""

from orders.models import AttemptOutcome, Order, OrderStatus
from orders.pricing.discounts import cheapened_by, saving_on


def say_consequences(order: Order) -> list[str]:
    """Return a sentence for each order that this one made cheaper."""
    return [_say(cheaper, order) for cheaper in cheapened_by(order)]


def _say(cheaper: Order, source: Order) -> str:
    titles = ", ".join(line.title for line in cheaper.lines.all())
    less = saving_on(cheaper, source=source)
    if cheaper.status != OrderStatus.PENDING:
        return (
            f"It made {cheaper} cheaper by {less} ({titles}), and that order keeps its discount. "
            "If it should not, refund that order first."
        )
    if cheaper.live_attempt and cheaper.live_attempt.outcome == AttemptOutcome.OPEN:
        return f"A checkout is open where {titles} costs {less} less because of this order. It will expire."
    return f"{cheaper} ({titles}) is being paid right now and costs {less} less because of this order."
