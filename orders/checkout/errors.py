"""Why a reader could not buy what they asked for."""

from books.models import Product
from orders.models import Order


class NotBought(Exception):
    """The reader could not buy what they asked for; the kinds below say why."""


class AlreadyOwned(NotBought):
    """The reader owns it already; nothing was charged."""

    def __init__(self, product: Product):
        super().__init__(product.pk)
        self.product = product


class AccountClosed(NotBought):
    """The account was erased or switched off during the checkout; nothing was charged."""


class AlreadyBought(NotBought):
    """The reader has paid for it, but access was taken away; nothing was charged."""

    def __init__(self, order: Order):
        super().__init__(order.pk)
        self.order = order


class PriceChanged(NotBought):
    """The price is not the one that the buyer saw; nothing was charged."""


class CodeNotUsable(NotBought):
    """The discount code cannot be used now; nothing was charged. `str()` says why, in words for the buyer."""


class CartChanged(NotBought):
    """Not all things in the cart can be bought together any more; nothing was charged."""


class GiftUnknown(NotBought):
    """What the buyer typed about the gift is lost or has changed; nothing was charged. `str()` says so."""


class TooManyAttempts(NotBought):
    """The reader has made too many attempts to pay; nothing was charged."""


class PaymentUnknown(NotBought):
    """An attempt to pay may or may not have charged the reader, who must not pay again."""

    def __init__(self, order: Order):
        super().__init__(order.pk)
        self.order = order


class PaymentUnrecorded(NotBought):
    """The database failed during the payment: the reader may have been charged and must not pay again."""


class PaymentRefused(NotBought):
    """The card was not charged. `str()` is fit to show; the attempt keeps the same words."""


class OtherWayNeeded(NotBought):
    """No card token can pay for this order, only a Checkout Session; nothing was charged."""

    def __init__(self, order: Order):
        super().__init__(order.pk)
        self.order = order


class CheckoutClosed(NotBought):
    """Stripe's checkout could not be opened; nothing was charged."""
