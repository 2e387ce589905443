"""One EPUB, imported as a publisher would: which of its words are in the shop then."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from io import BytesIO

from django.db import transaction

from books.epub import UnusableEpub
from books.epub.comparing.letters import letters, letters_of_markup, letters_of_page
from books.epub.comparing.parts import read_parts
from books.epub.opening.archive import Archive
from books.epub.opening.charset import decode
from books.epub.opening.package import read_package
from books.models import Book
from books.publishing.importing import import_examined
from books.publishing.quarantine.examined import Examined
from books.publishing.quarantine.examining import examine_epub, refused_if_unforeseen


@dataclass(frozen=True)
class Measured:
    """What became of a file. The counts are of letters and digits."""

    # Why the shop does not take it; empty if it does.
    refusal: str
    # The sentences of the check, for the admin and the command line.
    sentences: tuple[str, ...] = ()
    said: int = 0
    shown: int = 0
    reported: int = 0
    # Neither shown nor reported.
    lost: int = 0


def measure(name: str, data: bytes) -> Measured:
    """Import the file, count, and take the import back."""
    try:
        with refused_if_unforeseen(UnusableEpub), transaction.atomic():
            examined = examine_epub(data)
            book = import_examined(examined, data, name, price=None).book
            measured = _counted(data, examined, book)
            transaction.set_rollback(True)
            return measured
    except UnusableEpub as reason:
        return Measured(str(reason))


def _counted(data: bytes, examined: Examined, book: Book) -> Measured:
    said = _said(data)
    shown = _frequencies(
        letters_of_page(html)
        for html in book.chapters.order_by("number").values_list("html", flat=True).iterator(chunk_size=10)
    )
    reported = _frequencies(map(letters, examined.epub.left_out))
    return Measured(
        refusal=" ".join(message.sentence for message in examined.messages if message.is_loss),
        sentences=tuple(message.sentence for message in examined.messages),
        said=said.total(),
        shown=shown.total(),
        reported=reported.total(),
        lost=(said - shown - reported).total(),
    )


def _said(data: bytes) -> Counter[str]:
    """Return how often each letter is in the documents of the book, by a reading of its own."""
    with Archive(BytesIO(data)) as archive:
        package = read_package(archive)
        decoded = partial(decode, language=package.language)
        documents = read_parts(archive, decoded, package.path, read=()).documents
        return _frequencies(letters_of_markup(decoded(archive.read(path))) for path in documents)


def _frequencies(texts: Iterable[str]) -> Counter[str]:
    """Return how often each letter occurs.

    Counting letters needs no decision about where a word ends or which passage is which, as comparing them in
    their order does: it is a second measure beside that of the import.
    """
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update(text)
    return counted
