"""API keys: test keys are welcome, live keys are refused."""

import base64
import binascii
import re
from email.message import Message
from enum import Enum

from .errors import StripeError

NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, "
    "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See "
    "https://stripe.com/docs/api#authentication for details, or we can help at "
    "https://support.stripe.com/."
)
LIVE_KEY = (
    "A live key was sent to the local Stripe sandbox, which takes test keys only: {key}. No money "
    "has moved. Remove this key from your configuration."
)
SECRET_KEY_REQUIRED = (
    "This API call cannot be made with a publishable API key. Please use a secret API key. You can "
    "find a list of your API keys at https://dashboard.stripe.com/account/apikeys."
)


class Key(Enum):
    """The two kinds of key."""

    PUBLISHABLE = "pk"
    SECRET = "sk"


def authenticate(headers: Message) -> Key:
    """Return the kind of test key in ``Authorization`` (Basic or Bearer); raise a 401 for anything else."""
    key = _sent_key(headers.get("Authorization") or "")
    if not key:
        raise StripeError(401, NO_KEY)
    if re.match(r"(sk|pk|rk)_live_", key):
        raise StripeError(401, LIVE_KEY.format(key=_masked(key)))
    if not (kind := re.fullmatch(r"(sk|pk)_test_[A-Za-z0-9_]+", key)):
        raise StripeError(401, f"Invalid API Key provided: {_masked(key)}")
    return Key(kind[1])


def require_secret(key: Key) -> None:
    """Raise a 401 for calls that a browser may not make."""
    if key is not Key.SECRET:
        raise StripeError(401, SECRET_KEY_REQUIRED, code="secret_key_required")


def _sent_key(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _masked(key: str) -> str:
    """Return enough of a key to recognise it, but not enough to use it."""
    return f"{key[:8]}{'*' * 8}{key[-4:] if len(key) > 16 else ''}"
