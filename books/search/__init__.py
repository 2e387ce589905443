"""Search: for books in the catalogue, and for words inside the books."""

from .catalogue import Found, matching, search
from .indexing import index
from .language.words import clean

__all__ = ["Found", "clean", "index", "matching", "search"]
