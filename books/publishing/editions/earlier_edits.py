"""What a book's own file says of it, and what staff typed otherwise before there were locks."""

from functools import lru_cache
from typing import NamedTuple

from books.epub import UnusableEpub
from books.models import Book
from books.models.catalogue import private_storage
from books.publishing.facts import facts_of
from books.publishing.quarantine.examining import examine_epub

from .locking import LABELS, differences, in_words, lock


class Called(NamedTuple):
    """A title, empty if there is none, and the names of the authors."""

    title: str
    authors: tuple[str, ...]


def called_by_its_file(book: Book) -> Called:
    """Return what the book is called by its own file; by nothing if that cannot be read."""
    try:
        return _called_by(book.epub.name) if book.epub else Called("", ())
    except (FileNotFoundError, UnusableEpub):
        return Called("", ())


# A file's name is made of its content. Examining one takes a process and up to some seconds.
@lru_cache(maxsize=1_000)
def _called_by(name: str) -> Called:
    with private_storage().open(name, "rb") as file:
        metadata = examine_epub(file.read()).epub.metadata
    return Called(metadata.title[:200], tuple(metadata.authors))


def lock_earlier_edits(book: Book) -> None:
    """Lock what the book says otherwise than its own file, once for each book that is older than the locks.

    What is empty in the shop was most likely not known to the version that imported the book. If the file
    cannot be read any more, all that the book says is taken for typed.
    """
    if book.are_locks_complete:
        return
    typed = {each.name for each in differences(book, _said_by_its_file(book)) if each.ours}
    lock([book], typed)
    book.are_locks_complete = True
    book.save(update_fields=["are_locks_complete"])


def _said_by_its_file(book: Book) -> dict[str, str]:
    nothing = dict.fromkeys(LABELS, "")
    try:
        with book.epub.open("rb") as file:
            examined = examine_epub(file.read())
    except (FileNotFoundError, ValueError, UnusableEpub):
        return nothing
    # A file without a title was once called something, which staff did not type.
    facts = facts_of(examined.epub, fallback_title=book.title)
    return nothing | in_words(facts, examined.cover.stem if examined.cover else "")
