"""The strict reader of the environment, for settings.py alone.

A missing or wrong value raises WrongSetting: one sentence that names the variable and says what it must be.
Every variable may also be given as NAME_FILE, the path of a file with the value, as Docker's secrets are.
docs/decisions/0013 says why no library does this.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parseaddr
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

# Signatures are SHA-256: a key of fewer than 32 bytes is easier to guess than they are. A random key has at
# least ten different characters; "aaaa…" and "12341234…" have fewer.
SHORTEST_SECRET_KEY, FEWEST_CHARACTERS = 32, 10
# The whole of a domain such as books.example.com, in ASCII.
PLAIN_DOMAIN = re.compile(r"\A(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}\Z")


class WrongSetting(Exception):
    """A variable of the environment is missing or has a value the shop cannot use."""


@contextmanager
def stop_on_wrong_settings(*, exit_code: int) -> Iterator[None]:
    """Load the settings, then run the block; on a wrong one print its sentence and end the process.

    Without a traceback, because whoever sets variables need not read Python.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bookstore_project.settings")
    try:
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    except WrongSetting as wrong:
        print(wrong, file=sys.stderr, flush=True)
        sys.exit(exit_code)
    yield


def text(name: str, *, default: str | None = None) -> str:
    """Return the value of NAME, or of the file that NAME_FILE points to; required without a default."""
    value = os.environ.get(name, "").strip()
    path = os.environ.get(f"{name}_FILE")
    if path and value:
        raise WrongSetting(f"Set {name} or {name}_FILE, not both.")
    if path:
        try:
            value = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            # The path is not shown: somebody may have put the secret itself there by mistake.
            raise WrongSetting(f"{name}_FILE must be the path of a readable text file.") from error
    if not value and default is None:
        raise WrongSetting(f"{name} must be set when DEBUG is off.")
    return value or default or ""


def secret_key(name: str, *, default: str | None) -> str:
    """Return the key that signs sessions and links; refuse one that can be guessed, without showing it."""
    value = text(name, default=default)
    if len(value) < SHORTEST_SECRET_KEY or len(set(value)) < FEWEST_CHARACTERS:
        raise WrongSetting(
            f"{name} must have at least {SHORTEST_SECRET_KEY} characters, "
            f"{FEWEST_CHARACTERS} of them different."
        )
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return a boolean, written as True or False and in no other way."""
    value = text(name, default=str(default))
    if value not in {"True", "False"}:
        raise WrongSetting(f"{name} must be True or False, not {value!r}.")
    return value == "True"


def whole_number(name: str, *, least: int, default: int) -> int:
    """Return a whole number, written in digits."""
    value = text(name, default=str(default))
    if not re.fullmatch(r"[0-9]{1,4}", value) or int(value) < least:
        raise WrongSetting(f"{name} must be a whole number from {least}, not {value!r}.")
    return int(value)


def words(name: str, *, default: str | None = None) -> list[str]:
    """Return a comma-separated list without its empty entries."""
    found = [word.strip() for word in text(name, default=default).split(",") if word.strip()]
    if not found and default is None:
        raise WrongSetting(f"{name} must name at least one value when DEBUG is off.")
    return found


def hosts(name: str, *, default: str | None) -> list[str]:
    """Return host names, without scheme or port; `.example.com` takes every name below, `*` any."""
    found = words(name, default=default)
    for host in found:
        if not re.fullmatch(r"\*|\.?[\w.-]+|\[[0-9a-fA-F:.]+\]", host):
            raise WrongSetting(f"{name} must be host names such as books.example.com, not {host!r}.")
    return found


def origins(name: str) -> list[str]:
    """Return web addresses without a path; none by default."""
    found = words(name, default="")
    for origin in found:
        if not re.fullmatch(r"https?://[\w.*-]+(:\d+)?", origin):
            raise WrongSetting(f"{name} must be addresses such as https://example.com, not {origin!r}.")
    return found


def sender(name: str, *, default: str) -> str:
    """Return an e-mail address, with or without a name before it."""
    value = text(name, default=default)
    address = parseaddr(value)[1]
    domain = address.rpartition("@")[2]
    try:
        # For a domain in any script, Django compiles a pattern, which takes a tenth of the shop's start.
        EmailValidator(allowlist=["localhost", *PLAIN_DOMAIN.findall(domain)])(address)
    except ValidationError as error:
        raise WrongSetting(f"{name} must be an e-mail address, not {value!r}.") from error
    return value


def choice(name: str, *, options: tuple[str, ...], default: str) -> str:
    """Return one of the options."""
    value = text(name, default=default)
    if value not in options:
        raise WrongSetting(f"{name} must be one of {', '.join(options)}, not {value!r}.")
    return value


def web_address(name: str, *, default: str | None = None) -> str:
    """Return an http or https address without a trailing slash."""
    value = text(name, default=default)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        usable = usable and not re.search(r"\s", value)
    except ValueError:
        usable = False
    if not usable:
        raise WrongSetting(f"{name} must be an address such as https://example.com, not {value!r}.")
    return value.rstrip("/")


def site_address(name: str, *, default: str | None) -> str:
    """Return a web address with nothing after host and port, so that paths can be added."""
    value = web_address(name, default=default)
    if value.count("/") > 2 or set("?#@") & set(value):
        raise WrongSetting(f"{name} must be an address without a path, not {value!r}.")
    return value


def web_path(name: str, *, default: str) -> str:
    """Return a path for urls.py: no leading slash, one trailing slash."""
    value = text(name, default=default).strip("/")
    if not value or not all(letter.isalnum() or letter in "-_/" for letter in value):
        raise WrongSetting(f"{name} must be a path such as admin/, not {text(name, default=default)!r}.")
    return f"{value}/"


def internal_location(name: str) -> str:
    """Return a path at the proxy, with both slashes; empty by default."""
    value = text(name, default="")
    if value and not re.fullmatch(r"/([\w.-]+/)+", value, re.ASCII):
        raise WrongSetting(f"{name} must be a path such as /protected/, not {value!r}.")
    return value


def live_mode(name: str, *, debug: bool, site_url: str) -> bool:
    """Return whether payments are real; refused where visitors see errors, and over plain http."""
    live = flag(name, default=False)
    if live and debug:
        raise WrongSetting(f"DEBUG must be False together with {name}=True.")
    if live and urlsplit(site_url).scheme != "https":
        raise WrongSetting(f"SITE_URL must begin with https:// together with {name}=True.")
    return live


def key(name: str, *, kinds: tuple[str, ...], mode: str, required: bool) -> str:
    """Return one of Stripe's keys, empty if it is missing; refuse a wrong one without showing it."""
    value = text(name, default=None if required else "")
    prefixes = [f"{kind}_{mode.lower()}_" for kind in kinds]
    # Longer than the prefix, and of characters that an HTTP header can carry.
    if value and not re.fullmatch(rf"({'|'.join(prefixes)})[A-Za-z0-9_]+", value):
        raise WrongSetting(f"{name} must be the Stripe key that begins with {' or '.join(prefixes)}.")
    return value


def webhook_secrets(name: str) -> list[str]:
    """Return the secrets that may sign Stripe's events: none by default, two while one replaces the other.

    The sentence does not show them.
    """
    found = words(name, default="")
    if not all(re.fullmatch(r"whsec_\S+", secret) for secret in found) or len(set(found)) < len(found):
        raise WrongSetting(
            f"{name} must be secrets that begin with whsec_, comma-separated and all different."
        )
    return found


def stripe_address(name: str, *, default: str, live_mode: bool) -> str:
    """Return where Stripe is; live keys are never sent to any address but Stripe's own."""
    value = web_address(name, default=default)
    if live_mode and value != default:
        raise WrongSetting(f"{name} must be left unset together with STRIPE_LIVE_MODE=True.")
    return value
