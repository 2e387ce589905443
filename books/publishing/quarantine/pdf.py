"""Examines a PDF: whether opening it costs no more than the shop can afford."""

import os
from contextlib import suppress
from typing import BinaryIO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from .handover import Writer

# The longest books in print have three thousand. Each watermarked download goes through all pages, in the
# site's own process: this many take half a second.
MOST_PAGES = 5_000


class TooManyPages(Exception):
    """The PDF is longer than downloads can afford; the message is one sentence for staff."""


# Nothing in a PDF is a reason to refuse it but what it costs.
REFUSAL = TooManyPages


def examine(file: BinaryIO, _answer: Writer) -> None:
    """Do what watermarking does, in the same order; anything odd about the PDF does not matter here.

    Raises TooManyPages.
    """
    with suppress(ValueError, TypeError, LookupError, AttributeError, OSError, PyPdfError, RecursionError):
        reader = PdfReader(file)
        if form := reader.root_object.get("/AcroForm"):
            form.get_object()
        if (pages := len(reader.pages)) > MOST_PAGES:
            sentence = f"The PDF has {pages:,} pages; we take at most {MOST_PAGES:,}."
            raise TooManyPages(f"{sentence} Upload a shorter one.")
        writer = PdfWriter(reader, incremental=True)
        writer.add_blank_page(width=1, height=1)
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 (a device)
            writer.write(nowhere)
