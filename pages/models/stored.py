"""The shop's settings and pages as they are stored: read for every revision of the catalogue, so prepared."""

from books.models import offered_lists
from users.prepared import PreparedObjects

from .pages import Page
from .settings import ShopSettings

_settings = PreparedObjects(ShopSettings.objects.all)
_published = PreparedObjects(Page.objects.published)


def stored_settings() -> ShopSettings:
    """Return the settings, which bring along the published pages and the price lists; those of a new shop
    without a row.
    """
    row = next(iter(_settings()), None) or ShopSettings()
    row.published_pages = tuple(_published())
    row.price_lists = tuple(offered_lists(row.currency))
    return row
