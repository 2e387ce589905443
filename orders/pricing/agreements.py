"""How a purchase form carries what the buyer agrees to: the versions that its page showed, signed.

A page of the shop may have a new version by the time the buyer pays. What counts is what they have seen.
"""

from django.core import signing

from orders.models import Agreement

type Agreements = tuple[Agreement, ...]

_SALT = "orders.agreements"


class ForgedAgreements(Exception):
    """What a form carries was not signed by this shop."""


def sign(agreements: Agreements) -> str:
    """Return these versions as a form carries them."""
    return signing.dumps(agreements, salt=_SALT, compress=True)


def read_signed(value: str) -> Agreements:
    """Return what sign() wrote; raises ForgedAgreements for anything else."""
    try:
        return tuple(Agreement(*each) for each in signing.loads(value, salt=_SALT))
    except (signing.BadSignature, TypeError, ValueError) as error:
        raise ForgedAgreements from error
