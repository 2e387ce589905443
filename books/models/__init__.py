from .authors import Author, Authorship, Subject
from .bundles import Bundle
from .catalogue import Book
from .downloads import Download
from .grants import Grant
from .products import ALL_BOOKS, Product, find_product, products_at
from .publishing import Edition, Intake
from .reading import Bookmark, Position, Preferences
from .reviews import Review, ReviewReport
from .search import SearchEntry, SearchWord
from .text import Chapter, Illustration

__all__ = [
    "ALL_BOOKS",
    "Author",
    "Authorship",
    "Book",
    "Bookmark",
    "Bundle",
    "Chapter",
    "Download",
    "Edition",
    "Grant",
    "Illustration",
    "Intake",
    "Position",
    "Preferences",
    "Product",
    "Review",
    "ReviewReport",
    "SearchEntry",
    "SearchWord",
    "Subject",
    "find_product",
    "products_at",
]
