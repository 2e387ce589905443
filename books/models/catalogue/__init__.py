"""The catalogue: books with their authors, subjects and series, and what the shop sells."""

from .authors import Author, Authorship, Subject
from .books import Book, private_storage
from .bundles import Bundle
from .products import ALL_BOOKS, Product, find_product, find_products, share_books, unopened_among
from .series import Series

__all__ = [
    "ALL_BOOKS",
    "Author",
    "Authorship",
    "Book",
    "Bundle",
    "Product",
    "Series",
    "Subject",
    "find_product",
    "find_products",
    "private_storage",
    "share_books",
    "unopened_among",
]
