"""What else changes when an order is refunded, in sentences for staff."""

from orders.models import AttemptOutcome, Order, OrderStatus
from orders.pricing.discounts import cheapened_by, saving_on


def say_consequences(order: Order) -> list[str]:
    """Say to staff who refund an order what it made cheaper: a sentence for each."""
    return [_say(cheaper, order) for cheaper in cheapened_by(order)]


def _say(cheaper: Order, source: Order) -> str:
    titles = ", ".join(line.title for line in cheaper.lines.all())
    less = saving_on(cheaper, source=source)
    if cheaper.status != OrderStatus.PENDING:
        return (
            f"It made {cheaper} cheaper by {less} ({titles}), which stays as it is: refund that order first "
            "if it is not meant to be kept."
        )
    if cheaper.live_attempt and cheaper.live_attempt.outcome == AttemptOutcome.OPEN:
        return f"A checkout is open in which {titles} costs {less} less because of it; it is closed."
    return f"{cheaper} ({titles}) is being paid at this moment and costs {less} less because of it."
