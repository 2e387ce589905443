"""What a product costs this reader, and on which books the money is booked."""

from .offers import (
    ALL_BOOKS,
    ForgedItem,
    NotForSale,
    Offer,
    ShownOffer,
    address_of,
    find_offer,
    is_at,
    item_of,
    offer_of,
    offers_of,
    read_signed,
)

__all__ = [
    "ALL_BOOKS",
    "ForgedItem",
    "NotForSale",
    "Offer",
    "ShownOffer",
    "address_of",
    "find_offer",
    "is_at",
    "item_of",
    "offer_of",
    "offers_of",
    "read_signed",
]
