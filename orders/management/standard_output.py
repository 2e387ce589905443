"""What a command that prints for programs does to the log, which goes to standard output too."""

import logging
import sys


def keep_for_the_answer() -> None:
    """Send the log of this process to standard error from now on."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(sys.stderr)
