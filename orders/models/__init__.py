from .orders import OPEN_STATUSES, TRANSITIONS, InvalidTransition, Order, OrderLine, OrderStatus
from .payments import Attempt, AttemptOutcome

__all__ = [
    "OPEN_STATUSES",
    "TRANSITIONS",
    "Attempt",
    "AttemptOutcome",
    "InvalidTransition",
    "Order",
    "OrderLine",
    "OrderStatus",
]
