"""What staff decide about the shop as a whole: its settings, and pages that they write."""

from .pages import Beginning, Page, PageVersion
from .settings import ShopSettings
from .stored import stored_settings

__all__ = ["Beginning", "Page", "PageVersion", "ShopSettings", "stored_settings"]
