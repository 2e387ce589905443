"""Who may read what, and why. The only code that touches `special_status`."""

from .explanation import explain
from .grants import DISPUTED, REFUNDED, SUSPENDED, give, grant, restore, revoke, suspend
from .permission import SPECIAL_STATUS, Visitor, grant_by_staff, has_all_books, special_status
from .rules import (
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
    "give",
    "grant",
    "grant_by_staff",
    "has_all_books",
    "mark_open",
    "may_preview",
    "may_read",
    "may_read_chapter",
    "may_see",
    "not_open_otherwise",
    "owns",
    "readable_books",
    "readers_of",
    "restore",
    "revoke",
    "special_status",
    "suspend",
]
