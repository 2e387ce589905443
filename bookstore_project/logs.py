"""How log lines are written: one for each record, in which nobody can forge another."""

import logging
from copy import copy
from http import HTTPStatus


def printable(text):
    r"""Return the text with everything escaped that does not print as itself: \n, \x1b, \u2028, \u202e.

    That is what would begin a line, speak to a terminal or turn the direction of what follows.
    """
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


class LineFormatter(logging.Formatter):
    """Writes a record as one line; the lines of a traceback are set in, so that none looks like a record."""

    def formatMessage(self, record):  # noqa: N802 (logging's name)
        return printable(super().formatMessage(record))

    def formatException(self, exc_info):  # noqa: N802 (logging's name)
        lines = super().formatException(exc_info).split("\n")
        return "\n".join(f"    {printable(line)}" for line in lines)


class OneLineForRefusals(logging.Filter):
    """Leaves of a request that was refused (400, 403, 404, 413, 429) one line, without the traceback.

    Nothing is broken when a visitor asks for what there is not; whoever asks often must not fill the log.
    """

    def filter(self, record):
        """Return the record to be written; the one that came stays whole for other handlers."""
        status = getattr(record, "status_code", 0)
        if not 400 <= status < 500:
            return record
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return False  # users/security_log.py has told of it, and who it was
        short = copy(record)
        short.exc_info = short.exc_text = None
        return short
