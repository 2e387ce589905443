"""Who may read what, and why. No other code reads or changes `special_status`."""

from .explanation import explain
from .grants import DISPUTED, REFUNDED, SUSPENDED, give, grant, restore, revoke, suspend, unlock
from .permission import (
    SPECIAL_STATUS,
    Visitor,
    give_permission,
    has_all_books,
    holds_permission,
    reads_all_books,
    record_permission,
    special_status,
)
from .rules import (
    find_product,
    grants_opening,
    mark_open,
    may_preview,
    may_read,
    may_read_chapter,
    may_see,
    not_open_otherwise,
    owns,
    readable_books,
    readers_of,
)

__all__ = [
    "DISPUTED",
    "REFUNDED",
    "SPECIAL_STATUS",
    "SUSPENDED",
    "Visitor",
    "explain",
    "find_product",
    "give",
    "give_permission",
    "grant",
    "grants_opening",
    "has_all_books",
    "holds_permission",
    "mark_open",
    "may_preview",
    "may_read",
    "may_read_chapter",
    "may_see",
    "not_open_otherwise",
    "owns",
    "readable_books",
    "readers_of",
    "reads_all_books",
    "record_permission",
    "restore",
    "revoke",
    "special_status",
    "suspend",
    "unlock",
]
