"""How log lines are written: one for each record, which nobody can make look like two, and no reset keys."""

import logging
import re
from copy import copy
from http import HTTPStatus

# The last part of a password reset link opens an account to whoever has it, that of a claim what a guest
# bought, and that of a gift a book. Addresses are logged as visitors spell them, perhaps in capitals or with
# an extra slash. So it is recognised by its place in an address and, that of a reset, anywhere else by its
# shape: an account, a time, 32 hexadecimal digits.
SECRET_IN_A_LINK = re.compile(
    r"(?P<before>(?:reset(?:/|%2f)+key|orders(?:/|%2f)+claim|(?:\b|%2f)gifts)(?:/|%2f)+)[^/\s,]+"
    r"|\b[0-9a-z]+-[0-9a-z]{6,8}-[0-9a-f]{32}",
    re.IGNORECASE,
)


def without_keys(text):
    """Return the text with three dots in place of every key of a password reset, a claim or a gift."""
    return SECRET_IN_A_LINK.sub(lambda found: f"{found['before'] or ''}...", text)


def printable(text):
    r"""Return the text with everything escaped that is not printable: \n, \x1b, \u2028, \u202e.

    Such characters would begin a line, control a terminal or reverse the text after them.
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


class LineFormatter(logging.Formatter):
    """Writes a record as one line; those of a traceback are indented, so that none looks like a record."""

    def format(self, record):
        """Return the text of a record, without keys of password resets."""
        return without_keys(super().format(record))

    def formatMessage(self, record):  # noqa: N802 (logging's name)
        return printable(super().formatMessage(record))

    def formatException(self, exc_info):  # noqa: N802 (logging's name)
        lines = super().formatException(exc_info).split("\n")
        return "\n".join(f"    {printable(line)}" for line in lines)


class OneLineForRefusals(logging.Filter):
    """Shortens the record of a refused request (400, 403, 404, 413) to one line, without a traceback.

    A visitor who asks for a missing page has broken nothing, and must not fill the log by asking often.
    """

    def filter(self, record):
        """Return the record to write; the original stays whole for other handlers."""
        status = getattr(record, "status_code", 0)
        if not 400 <= status < 500:
            return record
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return False  # users/authentication/security_log.py has logged it, with who it was
        short = copy(record)
        short.exc_info = short.exc_text = None
        return short
