"""The shop as a whole, as staff see it: its settings, the first steps and the pages that they write."""

from . import pages, settings

__all__ = ["pages", "settings"]
