"""What staff decide about the shop as a whole: its settings, and pages that they write."""

from .pages import Beginning, Page, PageVersion
from .settings import ShopSettings

__all__ = ["Beginning", "Page", "PageVersion", "ShopSettings"]
