"""What a product costs this reader, and on which books the money is booked."""

from .offers import (
    ForgedOffer,
    NotForSale,
    Offer,
    SignedOffer,
    address_of,
    find_offer,
    is_at,
    offer_of,
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
    "offer_of",
    "offers_of",
]
