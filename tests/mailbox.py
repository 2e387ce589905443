"""The mail that the shop has queued, as its recipient will see it."""

from post_office.models import Email


def mail_to(address):
    """Return the letters queued for this address, oldest first."""
    return [letter for letter in Email.objects.order_by("pk") if address in letter.to]
