from .catalogue import Author, Authorship, Book, Bundle, Subject
from .reviews import Review
from .text import Chapter, Illustration

__all__ = [
    "Author",
    "Authorship",
    "Book",
    "Bundle",
    "Chapter",
    "Illustration",
    "Review",
    "Subject",
]
