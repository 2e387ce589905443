"""The cart: what somebody has gathered to buy in one order (docs/decisions/0034-cart.md)."""

from .changes import MOST, add, empty_of, look, remove
from .contents import amounts_in, choose_amount, references_in

__all__ = ["MOST", "add", "amounts_in", "choose_amount", "empty_of", "look", "references_in", "remove"]
