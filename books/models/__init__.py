from .catalogue import Author, Authorship, Book, Bundle, Subject
from .grants import Grant
from .reading import Bookmark, Position, Preferences
from .reviews import Review
from .search import SearchEntry, SearchWord
from .text import Chapter, Illustration

__all__ = [
    "Author",
    "Authorship",
    "Book",
    "Bookmark",
    "Bundle",
    "Chapter",
    "Grant",
    "Illustration",
    "Position",
    "Preferences",
    "Review",
    "SearchEntry",
    "SearchWord",
    "Subject",
]
