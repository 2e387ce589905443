"""What a thing costs, and the word by which a page and an order name it."""

from dataclasses import dataclass

from django.core import signing

from books.models import Bundle
from books.money import CURRENCY, money

ALL_BOOKS = "all-books"

_SALT = "orders.item"


class NotForSale(Exception):
    """Nothing of this name is sold."""


class ForgedItem(Exception):
    """The item does not carry this shop's signature."""


@dataclass(frozen=True)
class Offer:
    """A thing at its price of now; `amount` in minor units of `currency`."""

    item: str
    bundle: Bundle
    amount: int
    currency: str = CURRENCY

    @property
    def title(self) -> str:
        return self.bundle.title

    @property
    def price(self) -> str:
        """The amount as shown to people."""
        return money(self.amount, self.currency)

    def signed(self) -> str:
        """Return what the purchase page's form carries: what was offered, and at which price."""
        return signing.dumps([self.item, self.amount, self.currency], salt=_SALT)


@dataclass(frozen=True)
class ShownOffer:
    """What the buyer saw when they chose to pay."""

    item: str
    amount: int
    currency: str


def find_offer(item: str) -> Offer:
    """Return the thing that goes by this word at its present price; raises NotForSale."""
    bundle = Bundle.objects.filter(everything=True).first()
    if item != ALL_BOOKS or bundle is None:
        raise NotForSale(item)
    return Offer(item=item, bundle=bundle, amount=bundle.price)


def read_signed(value: str) -> ShownOffer:
    """Return what Offer.signed wrote; raises ForgedItem for anything else."""
    try:
        item, amount, currency = signing.loads(value, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise ForgedItem from error
    return ShownOffer(item=item, amount=amount, currency=currency)
