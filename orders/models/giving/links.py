"""The links by which seats are taken: one for each seat, and one for all seats of an order line.

They are short and in lower case, because people type them from a printed card. They are stored nowhere; a
new link is made by counting the generation, after which the earlier one no longer works.
"""

from base64 import b32encode

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from orders.models.lines import OrderLine

from .seats import Seat

_SALT = "orders.giving"
# Characters of the signature, five bits each.
_LENGTH = 16
_SEAT, _CLASS = "c", "g"


class NoSuchLink(Exception):
    """The link was not made by this shop, or another one has taken its place."""


def seat_url(seat):
    """Return the address at which this seat is taken."""
    return _address(_SEAT, seat.pk, seat.generation)


def class_url(line):
    """Return the address at which the seats of this line are taken, first come, first served."""
    return _address(_CLASS, line.pk, line.link_generation)


def read_link(token):
    """Return the seat, or the line, whose link this is now; raises NoSuchLink."""
    kind, _, rest = token.strip().lower().partition("-")
    key, _, rest = rest.partition("-")
    generation, _, signature = rest.partition("-")
    if kind not in {_SEAT, _CLASS} or not (key.isdecimal() and generation.isdecimal()):
        raise NoSuchLink
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(constant_time_compare(signature, _sign(kind, key, generation, secret)) for secret in keys):
        raise NoSuchLink
    found = _find(kind, int(key))
    if found is None or _generation(found) != int(generation):
        raise NoSuchLink
    return found


def _address(kind, key, generation):
    signature = _sign(kind, key, generation, settings.SECRET_KEY)
    path = reverse("gift_open", args=[f"{kind}-{key}-{generation}-{signature}"])
    return settings.SITE_URL + path


def _sign(kind, key, generation, secret):
    digest = salted_hmac(_SALT, f"{kind}-{key}-{generation}", secret=secret, algorithm="sha256").digest()
    return b32encode(digest).decode().lower()[:_LENGTH]


def _find(kind, key):
    if kind == _SEAT:
        return Seat.objects.select_related("line__order", "line__book", "line__bundle").filter(pk=key).first()
    lines = OrderLine.objects.select_related("order", "book", "bundle")
    # A gift has the link of its one seat alone: its giver closes that by counting the seat's generation.
    return lines.filter(pk=key, for_others=True, quantity__gt=1).first()


def _generation(found):
    return found.generation if isinstance(found, Seat) else found.link_generation
