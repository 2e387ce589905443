from .authors import Author, Authorship
from .bundles import Bundle
from .catalogue import Book, Subject
from .downloads import Download
from .grants import Grant
from .publishing import Edition, Intake
from .reading import Bookmark, Position, Preferences
from .reviews import Review, ReviewReport
from .search import SearchEntry, SearchWord
from .text import Chapter, Illustration

__all__ = [
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
    "Review",
    "ReviewReport",
    "SearchEntry",
    "SearchWord",
    "Subject",
]
