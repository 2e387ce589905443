"""Who buys: a reader, or a visitor with an address, who becomes a guest when their order is committed."""

from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from users.addresses import usable
from users.guests.browser import newcomer
from users.models import CustomUser


class Buyer(NamedTuple):
    """`user` is not saved if it is a newcomer; letters about what they buy go to `email`."""

    user: CustomUser
    email: str


class NobodyBuys(Exception):
    """Nobody is logged in, and no address was typed: the buyer has to log in."""


class WrongAddress(Exception):
    """No mail can be sent to the address that was typed."""


def buyer_of(request: HttpRequest, email: str) -> Buyer:
    """Return who buys; `email` is what they typed, which counts for those without an account.

    An address finds nobody: whoever types that of an account is a guest all the same. Raises NobodyBuys and
    WrongAddress.
    """
    user = request.user
    if isinstance(user, CustomUser) and not user.is_guest:
        return Buyer(user, user.email)
    email = email.strip() or address_before(request)
    if not email:
        raise NobodyBuys
    try:
        address = usable(email)
    except ValidationError as error:
        raise WrongAddress from error
    return Buyer(user if isinstance(user, CustomUser) else newcomer(request), address)


def address_before(request: HttpRequest) -> str:
    """Return the address that this guest typed the last time; empty for everybody else."""
    user = request.user
    if not isinstance(user, CustomUser) or not user.is_guest:
        return ""
    return user.orders.values_list("email", flat=True).first() or ""
