from .allocations import Allocation, AllocationCause, SetCredit
from .buying.agreements import Agreement
from .buying.carts import CartItem
from .buying.codes import DiscountCode
from .buying.magnets import Magnet
from .buying.reminders import Reminder
from .buying.sources import BuyLink, OrderSource
from .disputes import TO_BE_ANSWERED, WITHHELD, Dispute
from .events import StripeEvent
from .examinations import Examination, ExaminationDifference
from .giving.gifts import Gift
from .giving.seats import Seat
from .lines import OrderLine
from .orders import CART, Order
from .payments import NOT_MADE, Attempt, AttemptApi, StripeCustomer
from .refunds import AUTOMATIC, COUNTED_REFUNDS, Refund, RefundOrigin, RefundStatus
from .states import (
    DOUBTFUL_OUTCOMES,
    LIVE_OUTCOMES,
    OPEN_STATUSES,
    TRANSITIONS,
    AttemptOutcome,
    InvalidTransition,
    OrderStatus,
)

__all__ = [
    "AUTOMATIC",
    "CART",
    "COUNTED_REFUNDS",
    "DOUBTFUL_OUTCOMES",
    "LIVE_OUTCOMES",
    "NOT_MADE",
    "OPEN_STATUSES",
    "TO_BE_ANSWERED",
    "TRANSITIONS",
    "WITHHELD",
    "Agreement",
    "Allocation",
    "AllocationCause",
    "Attempt",
    "AttemptApi",
    "AttemptOutcome",
    "BuyLink",
    "CartItem",
    "DiscountCode",
    "Dispute",
    "Examination",
    "ExaminationDifference",
    "Gift",
    "InvalidTransition",
    "Magnet",
    "Order",
    "OrderLine",
    "OrderSource",
    "OrderStatus",
    "Refund",
    "RefundOrigin",
    "RefundStatus",
    "Reminder",
    "Seat",
    "SetCredit",
    "StripeCustomer",
    "StripeEvent",
]
