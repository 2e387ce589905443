"""What a guest bought becomes an account's, and is found again by whoever has lost the browser."""

from .claims import claim, claim_into_new_account
from .finding import send_claim_link, send_link_to_order
from .leftovers import delete_guests_who_bought_nothing

__all__ = [
    "claim",
    "claim_into_new_account",
    "delete_guests_who_bought_nothing",
    "send_claim_link",
    "send_link_to_order",
]
