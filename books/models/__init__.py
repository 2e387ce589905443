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
from .prices import (
    BegunSales,
    ListPrice,
    PastFormula,
    PastPrice,
    Price,
    PriceList,
    Prices,
    Sale,
    begun_sales,
    offered_lists,
)
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
    "BegunSales",
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
    "PastFormula",
    "PastPrice",
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
    "Sale",
    "SearchEntry",
    "SearchLanguage",
    "SearchSpelling",
    "SearchWord",
    "Series",
    "Subject",
    "Told",
    "Wish",
    "begun_sales",
    "current_revision",
    "find_product",
    "find_products",
    "offered_lists",
    "share_books",
    "unopened_among",
]
