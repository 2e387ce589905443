"""What a product costs a reader, and to which books the money is allocated."""

from .carts import AnyOffer, CartOffer, PricedCart, Why, price_cart
from .for_others import offer_for_others
from .offers import (
    NotForSale,
    Offer,
    find_offer,
    offer_at,
    offer_of,
    offers_at,
    offers_of,
)
from .signed import ForgedOffer, SignedOffer, address_of
from .terms import at_amounts, is_at, offer_order_again

__all__ = [
    "AnyOffer",
    "CartOffer",
    "ForgedOffer",
    "NotForSale",
    "Offer",
    "PricedCart",
    "SignedOffer",
    "Why",
    "address_of",
    "at_amounts",
    "find_offer",
    "is_at",
    "offer_at",
    "offer_for_others",
    "offer_of",
    "offer_order_again",
    "offers_at",
    "offers_of",
    "price_cart",
]
