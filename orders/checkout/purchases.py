"""What a buyer asks for: everything that a purchase form says, in one value from the view to the order."""

from typing import NamedTuple

from orders.models.giving.wishes import GiftWish
from orders.pricing import SignedOffer
from orders.pricing.agreements import Agreements
from orders.sources import Source


class Purchase(NamedTuple):
    """What somebody wants to buy, on the terms that their page showed.

    `shown` is what the page offered, None for All Books at what it costs now. Letters about the order go to
    `email`, without it to the reader's own address. `agreed` is what the buyer agrees to by paying, and
    `source` where they came from; both are stored with the order. `gift` is what they typed about a gift.
    `may_remind` is whether they want a letter if they leave before they have paid, None if their page did not
    ask.
    """

    shown: SignedOffer | None = None
    email: str = ""
    agreed: Agreements = ()
    source: Source | None = None
    gift: GiftWish | None = None
    may_remind: bool | None = None
