"""Why a reader did not get what they asked for."""

from books.models import Book, Bundle
from orders.models import Order


class NotBought(Exception):
    """The reader did not get what they asked for; the kinds below say why."""


class AlreadyOwned(NotBought):
    """The reader has it; nothing was charged."""

    def __init__(self, product: Book | Bundle):
        super().__init__(product.pk)
        self.product = product


class AccountClosed(NotBought):
    """The account was erased or closed while the reader was at the till; nothing was charged."""


class AlreadyBought(NotBought):
    """A paid order for it exists, but its access was taken away; nothing was charged."""

    def __init__(self, order: Order):
        super().__init__(order.pk)
        self.order = order


class PriceChanged(NotBought):
    """The price is no longer the one that was shown; nothing was charged."""


class TooManyAttempts(NotBought):
    """The reader has tried too many cards; nothing was charged."""


class PaymentUnknown(NotBought):
    """It is not known whether an attempt for it has charged the reader: do not pay again."""

    def __init__(self, order: Order):
        super().__init__(order.pk)
        self.order = order


class PaymentUnrecorded(NotBought):
    """The database failed after the order was opened: it is not known what became of it, do not pay again."""


class PaymentRefused(NotBought):
    """The card was not charged. `str()` is fit to show, and stands in the attempt too."""


class OtherWayNeeded(NotBought):
    """Neither this card nor another try of this kind can pay; the order stays open."""

    def __init__(self, order: Order):
        super().__init__(order.pk)
        self.order = order


class CheckoutClosed(NotBought):
    """Stripe's checkout could not be opened; nothing was charged."""
