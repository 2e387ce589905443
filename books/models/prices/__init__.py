"""Prices in further currencies than the one of Book.price and Bundle.price."""

from .lists import Ending, ListPrice, PriceList, Rounding
from .prices import Price, Prices, offered_lists

__all__ = ["Ending", "ListPrice", "Price", "PriceList", "Prices", "Rounding", "offered_lists"]
