"""Examines a PDF: whether opening it costs no more than the shop can afford."""

import os
from contextlib import suppress
from typing import BinaryIO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

# Nothing in a PDF is a reason to refuse it; only what it costs is, and the limits see to that.
REFUSAL = ()


def examine(file: BinaryIO) -> None:
    """Open it and write it out again, as watermarking does; anything odd about it does not matter here."""
    with suppress(ValueError, TypeError, LookupError, AttributeError, OSError, PyPdfError, RecursionError):
        writer = PdfWriter(PdfReader(file), incremental=True)
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device)
            writer.write(nowhere)
