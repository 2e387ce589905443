"""Who may read what, and why. No other code reads or changes `special_status`."""

from .explanation import explain
from .grants import DISPUTED, REFUNDED, SUSPENDED, give, grant, restore, revoke, suspend, unlock
from .owners import Owners, ever_owned, owners_of
from .ownership import find_product, owned_among, owns
from .permission import (
    SPECIAL_STATUS,
    Visitor,
    give_permission,
    has_all_books,
    holds_permission,
    reads_all_books,
    record_permission,
    remove_permission,
    special_status,
)
from .rules import (
    grants_opening,
    is_open,
    mark_open,
    may_preview,
    may_read,
    may_read_chapter,
    may_see,
    not_open_otherwise,
    open_among,
    readable_books,
    readers_of,
)

__all__ = [
    "DISPUTED",
    "REFUNDED",
    "SPECIAL_STATUS",
    "SUSPENDED",
    "Owners",
    "Visitor",
    "ever_owned",
    "explain",
    "find_product",
    "give",
    "give_permission",
    "grant",
    "grants_opening",
    "has_all_books",
    "holds_permission",
    "is_open",
    "mark_open",
    "may_preview",
    "may_read",
    "may_read_chapter",
    "may_see",
    "not_open_otherwise",
    "open_among",
    "owned_among",
    "owners_of",
    "owns",
    "readable_books",
    "readers_of",
    "reads_all_books",
    "record_permission",
    "remove_permission",
    "restore",
    "revoke",
    "special_status",
    "suspend",
    "unlock",
]
