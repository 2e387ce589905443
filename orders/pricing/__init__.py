"""What a product costs a reader, and to which books the money is allocated."""

from .carts import AnyOffer, CartOffer, PricedCart, Why, is_at, offer_order_again, price_cart
from .for_others import offer_for_others
from .offers import (
    ForgedOffer,
    NotForSale,
    Offer,
    SignedOffer,
    address_of,
    find_offer,
    offer_at,
    offer_of,
    offers_at,
    offers_of,
)

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
