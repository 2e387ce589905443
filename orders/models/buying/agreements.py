"""What buyers agree to by paying: pages of the shop, each in the version that they were shown."""

from datetime import date
from typing import NamedTuple


class Agreement(NamedTuple):
    """A version of a page, named so that it can be found and proven for as long as there are orders.

    `published` is an ISO date, `address` the path of this very version, `digest` the SHA-256 of its text.
    """

    title: str
    version: int
    published: str
    address: str
    digest: str

    @property
    def day(self) -> date:
        """The day on which the version was published."""
        return date.fromisoformat(self.published)
