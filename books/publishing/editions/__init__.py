"""New editions: what they change, and how what readers keep of a book stays with its words."""

from .comparing import Changes, Pair, Print, Text, compare, pair_up, print_of
from .reanchoring import take_places_along
from .recognising import known_book, recognise

__all__ = [
    "Changes",
    "Pair",
    "Print",
    "Text",
    "compare",
    "known_book",
    "pair_up",
    "print_of",
    "recognise",
    "take_places_along",
]
