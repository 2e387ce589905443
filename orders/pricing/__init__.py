"""What a product costs a reader, and to which books the money is allocated."""

from .offers import (
    ForgedOffer,
    NotForSale,
    Offer,
    SignedOffer,
    address_of,
    find_offer,
    is_at,
    offer_at,
    offer_of,
    offers_at,
    offers_of,
)

__all__ = [
    "ForgedOffer",
    "NotForSale",
    "Offer",
    "SignedOffer",
    "address_of",
    "find_offer",
    "is_at",
    "offer_at",
    "offer_of",
    "offers_at",
    "offers_of",
]
