"""Examines a PDF: whether it can be opened at a cost that the shop can bear."""

import os
from contextlib import suppress
from typing import BinaryIO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

# Nothing about it is refused but what it costs.
REFUSAL = ()


def examine(file: BinaryIO) -> None:
    """Open it and write it out again, as a stamp does; what else is odd about it does not matter here."""
    with suppress(ValueError, TypeError, LookupError, AttributeError, OSError, PyPdfError, RecursionError):
        writer = PdfWriter(PdfReader(file), incremental=True)
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device)
            writer.write(nowhere)
