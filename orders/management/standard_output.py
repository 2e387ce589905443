"""Keeps the log out of a command's output, which another program may read."""

import logging
import sys


def keep_for_the_answer() -> None:
    """Send this process's log to standard error from now on, instead of standard output."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)
