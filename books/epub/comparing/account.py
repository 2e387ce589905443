"""What a book says, compared with what is shown of it and what was left out on purpose."""

from bisect import bisect_right
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import accumulate, islice

from books.epub.book import MAX_DETAIL, Finding, FindingKind
from books.epub.opening.archive import Archive

from .letters import entities_of_files, letters_of_markup, words_at
from .matching import Comparison, LeftOut, Lost
from .parts import Parts, read_parts

# Of a book that has lost more passages than this, the first say enough.
MAX_LOST = 200
# How many of them are quoted, each with so many words.
MAX_QUOTED = 5
QUOTED_WORDS = 8

type Decode = Callable[[bytes], str]


def missing(
    archive: Archive,
    decode: Decode,
    package_path: str,
    read: Container[str],
    shown: Sequence[str],
    left_out: Sequence[Sequence[LeftOut]],
    without: Container[str],
) -> Iterator[Finding]:
    """Yield what the book says and readers would not get, each with the name of its document.

    `read` are the paths of the documents that were read, `shown` the letters of each chapter, `left_out` what
    is not shown of the documents on purpose, and `without` the whole documents of which that is true.
    """
    parts = read_parts(archive, decode, package_path, read)
    yield from _not_read(parts)
    expected = [path for path in parts.documents if path not in without]
    yield from _lost(archive, decode, expected, "".join(shown), left_out)


def _not_read(parts: Parts) -> Iterator[Finding]:
    for paths in parts.unreadable:
        yield Finding(FindingKind.LOST_DOCUMENT, 0, ", ".join(paths)[:MAX_DETAIL])
    for path in parts.absent:
        yield Finding(FindingKind.MISSING_DOCUMENT, 0, path[:MAX_DETAIL])
    for path in parts.unlisted:
        yield Finding(FindingKind.NOT_IN_SPINE, 0, path[:MAX_DETAIL])


def _lost(
    archive: Archive, decode: Decode, paths: Sequence[str], shown: str, left_out: Sequence[Sequence[LeftOut]]
) -> Iterator[Finding]:
    said = []
    for path in paths:
        markup = decode(archive.read(path))
        for name in entities_of_files(markup):
            yield Finding(FindingKind.LOST_WORDS, 0, f"{name} in {path}"[:MAX_DETAIL])
        said.append(letters_of_markup(markup))
    ends = list(accumulate(map(len, said)))
    lost = Comparison("".join(said), shown, left_out).lost()
    for number, (document, passage) in enumerate(islice(_by_document(lost, ends), MAX_LOST)):
        path, length = paths[document], len(said[document])
        if passage.length == length:
            yield Finding(FindingKind.LOST_DOCUMENT, 0, path[:MAX_DETAIL])
        elif number < MAX_QUOTED:
            words = words_at(decode(archive.read(path)), passage.start, QUOTED_WORDS)
            yield Finding(FindingKind.LOST_WORDS, 0, f"“{words[: MAX_DETAIL // 2]} …” in {path}"[:MAX_DETAIL])
        else:
            yield Finding(FindingKind.LOST_WORDS, 0, path[:MAX_DETAIL])


def _by_document(lost: Iterator[Lost], ends: Sequence[int]) -> Iterator[tuple[int, Lost]]:
    """Yield each passage with the number of its document, in pieces if it goes on into the next."""
    for start, length in lost:
        stop = start + length
        while start < stop:
            document = bisect_right(ends, start)
            piece = min(stop, ends[document]) - start
            yield document, Lost(start - (ends[document - 1] if document else 0), piece)
            start += piece
