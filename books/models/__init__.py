from .catalogue import (
    ALL_BOOKS,
    Author,
    Authorship,
    Book,
    Bundle,
    Product,
    Series,
    Subject,
    find_product,
    find_products,
    share_books,
    unopened_among,
)
from .downloads import Download
from .grants import Grant
from .marks import Mark
from .moments import Moment
from .other_editions import OtherEdition
from .places import Place
from .preorders import Announcement, AnnouncementKind, Told
from .prices import ListPrice, Price, PriceList, Prices, offered_lists
from .publishing import Edition, Intake, LockedField
from .reading import Position, Preferences, ReadElsewhere, Wish
from .reviews import Review, ReviewReport
from .revision import CatalogueRevision, current_revision
from .search import SearchEntry, SearchLanguage, SearchSpelling, SearchWord
from .text import Chapter, Illustration, PrintedPages

__all__ = [
    "ALL_BOOKS",
    "Announcement",
    "AnnouncementKind",
    "Author",
    "Authorship",
    "Book",
    "Bundle",
    "CatalogueRevision",
    "Chapter",
    "Download",
    "Edition",
    "Grant",
    "Illustration",
    "Intake",
    "ListPrice",
    "LockedField",
    "Mark",
    "Moment",
    "OtherEdition",
    "Place",
    "Position",
    "Preferences",
    "Price",
    "PriceList",
    "Prices",
    "PrintedPages",
    "Product",
    "ReadElsewhere",
    "Review",
    "ReviewReport",
    "SearchEntry",
    "SearchLanguage",
    "SearchSpelling",
    "SearchWord",
    "Series",
    "Subject",
    "Told",
    "Wish",
    "current_revision",
    "find_product",
    "find_products",
    "offered_lists",
    "share_books",
    "unopened_among",
]
