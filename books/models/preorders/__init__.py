"""Books that are sold before they can be read: when they open, and who has been told of it."""

from .announcements import Announcement, AnnouncementKind, Told
from .opening import has_opened, opened, preorder_words, unopened

__all__ = [
    "Announcement",
    "AnnouncementKind",
    "Told",
    "has_opened",
    "opened",
    "preorder_words",
    "unopened",
]
