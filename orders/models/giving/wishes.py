"""What somebody has typed who gives a book, before there is an order."""

from datetime import date, datetime, time
from typing import NamedTuple

from django.conf import settings

# Letters with a gift arrive in the morning, not at midnight.
MORNING = time(8)


class GiftWish(NamedTuple):
    """How many copies for others; of a single one, from whom to whom, with which words.

    Without `email` the giver passes the link on. `day` is the letter's ISO date, in the shop's time zone.
    """

    copies: int = 1
    giver: str = ""
    recipient: str = ""
    email: str = ""
    message: str = ""
    day: str = ""

    @property
    def send_at(self) -> datetime | None:
        """The moment when the letter may go; None without a letter."""
        if not self.email:
            return None
        return morning_of(self.sent_on)

    @property
    def sent_on(self) -> date:
        """The day of the letter."""
        return date.fromisoformat(self.day)


def morning_of(day: date) -> datetime:
    """Return when letters go on this day, in the shop's time zone."""
    return datetime.combine(day, MORNING, tzinfo=settings.SHOP.zone)
