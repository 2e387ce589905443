"""Examines a PDF: whether it can be opened at a cost that the shop can bear."""

import os
from contextlib import suppress
from typing import BinaryIO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

# The longest books in print have three thousand. Each stamped download goes through all of them, in the
# site's own process: so many take half a second of it.
MOST_PAGES = 5_000


class TooManyPages(Exception):
    """The PDF is longer than a download can bear; the message is one sentence for staff."""


# Nothing about it is refused but what it costs.
REFUSAL = TooManyPages


def examine(file: BinaryIO) -> None:
    """Do what a stamp does, in its order; what else is odd about the PDF does not matter here.

    Raises TooManyPages.
    """
    with suppress(ValueError, TypeError, LookupError, AttributeError, OSError, PyPdfError, RecursionError):
        reader = PdfReader(file)
        if form := reader.root_object.get("/AcroForm"):
            form.get_object()
        if (pages := len(reader.pages)) > MOST_PAGES:
            sentence = f"The PDF has {pages:,} pages; we take at most {MOST_PAGES:,}."
            raise TooManyPages(f"{sentence} Divide it and upload a part of it.")
        writer = PdfWriter(reader, incremental=True)
        writer.add_blank_page(width=1, height=1)
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device)
            writer.write(nowhere)
