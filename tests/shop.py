"""The shop's settings in tests: chosen by the test, so that none pays for a query."""

from functools import cached_property

from pages.shop import Shop


class ChosenShop(Shop):
    """A shop whose settings a test has chosen; nothing is read from the database."""

    def __init__(self, pages, price_lists, fields):
        super().__init__()
        self._pages = pages
        self._price_lists = price_lists
        self._fields = fields

    def current(self):
        """Return what the test has chosen."""
        return self._settings

    def follow(self, revision):
        """Keep what the test has chosen."""

    @cached_property
    def _settings(self):
        from pages.models import ShopSettings  # noqa: PLC0415 (apps are not loaded yet when pytest begins)

        row = ShopSettings(**self._fields)
        row.published_pages = self._pages
        row.price_lists = self._price_lists
        return row


def shop(*pages, price_lists=(), **fields):
    """Return a shop with these pages and settings: `override_settings(SHOP=shop(name="Ada & Sons"))`."""
    return ChosenShop(pages, price_lists, fields)
