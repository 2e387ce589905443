"""Compares Stripe, the orders and the readers' access, lists every difference, and repairs what is safe."""

from .differences import Difference
from .examination import Report, examine, examine_order
from .repairs import NotRepaired, can_repair, repair
from .stripe_side import CANNOT_ASK

__all__ = [
    "CANNOT_ASK",
    "Difference",
    "NotRepaired",
    "Report",
    "can_repair",
    "examine",
    "examine_order",
    "repair",
]
