"""Pages that are the same for everybody, rendered once for each revision, and the personal parts in them."""

from . import memory
from .currencies import (
    choice_of,
    chosen_currency,
    currency_of,
    offer_choice,
    prices_asked_for,
    prices_of,
    remember,
)
from .personal_parts import render_personal
from .pieces import piece_of, shown, with_standing
from .shared_pages import is_visitor, shared_page

__all__ = [
    "choice_of",
    "chosen_currency",
    "currency_of",
    "is_visitor",
    "memory",
    "offer_choice",
    "piece_of",
    "prices_asked_for",
    "prices_of",
    "remember",
    "render_personal",
    "shared_page",
    "shown",
    "with_standing",
]
