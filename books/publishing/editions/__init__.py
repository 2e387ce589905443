"""New editions: what they change, and how what readers keep of a book stays with its words."""

from .comparing import Changes, Pair, Print, Text, compare, pair_up, print_of
from .reanchoring import take_places_along

__all__ = [
    "Changes",
    "Pair",
    "Print",
    "Text",
    "compare",
    "pair_up",
    "print_of",
    "take_places_along",
]
