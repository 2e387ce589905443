"""What staff decide about the shop as a whole: its settings."""

from .settings import ShopSettings

__all__ = ["ShopSettings"]
