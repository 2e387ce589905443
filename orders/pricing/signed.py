"""How a purchase form carries what the buyer was shown, and the address of its page."""

from typing import NamedTuple, Self

from django.core import signing
from django.urls import reverse

from orders.models import CART

_SALT = "orders.item"


class ForgedOffer(Exception):
    """What a form carries was not signed by this shop."""


class SignedOffer(NamedTuple):
    """The terms that a buyer saw when they chose to pay; `amount` in minor units of `currency`.

    `parts` are the references and amounts of the products in a cart; for a single product it is empty. `code`
    is the discount code that made it cheaper. `copies` is how many are for others, 0 if the buyer reads it,
    and `nonce` the number of such a form.
    """

    reference: str
    amount: int
    currency: str
    parts: tuple[tuple[str, int], ...] = ()
    code: str = ""
    copies: int = 0
    nonce: str = ""

    @classmethod
    def read(cls, value: str) -> Self:
        """Return what signed() wrote; raises ForgedOffer for anything else."""
        try:
            # Pages that were made by an older version of the shop lack the last ones.
            terms = cls(*signing.loads(value, salt=_SALT))
            return terms._replace(parts=tuple((each, cost) for each, cost in terms.parts))
        except (signing.BadSignature, TypeError, ValueError) as error:
            raise ForgedOffer from error

    def signed(self) -> str:
        """Return the terms as a form carries them."""
        return signing.dumps(self, salt=_SALT)

    @property
    def references(self) -> list[str]:
        """What is bought, product by product."""
        return [reference for reference, _ in self.parts] or [self.reference]

    @property
    def amounts(self) -> dict[str, int]:
        """What each product costs, by its reference."""
        return dict(self.parts) or {self.reference: self.amount}

    @property
    def address(self) -> str:
        """The address of the purchase page that showed them."""
        return address_of(self.reference, self.nonce)


def address_of(reference: str, nonce: str = "") -> str:
    """Return the address of the purchase page of a product, or of the cart; with a nonce, for others."""
    if reference == CART:
        return f"{reverse('orders')}?cart"
    kind, _, name = reference.partition(":")
    query = ({kind: name} if name else {}) | ({"give": nonce} if nonce else {})
    return reverse("orders", query=query or None)
