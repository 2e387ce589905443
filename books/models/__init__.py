from .catalogue import Author, Authorship, Book, Bundle, Subject
from .grants import Grant
from .reviews import Review
from .search import SearchEntry, SearchWord
from .text import Chapter, Illustration

__all__ = [
    "Author",
    "Authorship",
    "Book",
    "Bundle",
    "Chapter",
    "Grant",
    "Illustration",
    "Review",
    "SearchEntry",
    "SearchWord",
    "Subject",
]
