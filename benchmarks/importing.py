"""How long a long novel takes to import, and the memory of the shop and of the process that reads it."""

import json
import resource
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from random import Random

from lxml import etree

from benchmarks.measuring.figures import Figure
from benchmarks.measuring.table import Row
from benchmarks.shop import Shop
from books.tests.epubs import METADATA, make_epub, toc

MEGABYTES = 25
CHAPTERS = 100
# As in a real language, each word is about as rare as its place in the list of all words.
WORDS = 20_000
SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu é ö à".split()


def importing(shop: Shop) -> Iterator[Row]:
    """Import a novel of 25 MB, against reading its documents once with zipfile and lxml."""
    path = shop.folder / "novel.epub"
    path.write_bytes(novel())
    code = f"from benchmarks import importing; importing.import_novel({str(path)!r})"
    found = json.loads(shop.manage("shell", "-v", "0", "-c", code).splitlines()[-1])
    what = f"import of {MEGABYTES} MB of text"
    baseline = Figure.single(found["read"])
    yield Row(
        what,
        Figure.single(found["imported"]),
        "s",
        against="its XML read once",
        baseline=baseline,
        goal="≤ 15 s",
    )
    yield Row(f"{what}, memory of the shop", Figure.single(found["memory"]), "MiB", goal="≤ 250 MiB")
    yield Row(
        f"{what}, memory of the process that reads it",
        Figure.single(found["memory_of_reader"]),
        "MiB",
        goal="≤ 250 MiB",
    )


def import_novel(path: str) -> None:
    """Run inside a shop: import the book; print the seconds and the most memory, in MiB, as JSON."""
    # It has models, and only the shop has started Django.
    from books.publishing.importing import import_epub  # noqa: PLC0415

    began = time.perf_counter()
    with Path(path).open("rb") as file:
        import_epub(file)
    imported = time.perf_counter() - began
    memory, memory_of_reader = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    read = _seconds_to_read(path)
    found = {"imported": imported, "read": read, "memory": memory, "memory_of_reader": memory_of_reader}
    print(json.dumps(found))


def novel() -> bytes:
    """Return an EPUB of chapters in the words of a made-up language, the same in every run."""
    chance = Random(1)  # noqa: S311 (the same book in every run)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(WORDS)]
    weights = list(accumulate(1 / place for place in range(1, WORDS + 1)))
    size = MEGABYTES * 1024**2 // CHAPTERS
    chapters = {
        f"{number}.xhtml": f"<h1>Chapter {number}</h1>{_paragraphs(chance, words, weights, size)}"
        for number in range(1, CHAPTERS + 1)
    }
    contents = toc(*((f"Chapter {number}", f"{number}.xhtml") for number in range(1, CHAPTERS + 1)))
    return make_epub(chapters=chapters, nav=contents, metadata=METADATA).getvalue()


def _paragraphs(chance: Random, words: list[str], weights: list[float], size: int) -> str:
    """Return paragraphs of this many bytes or a few more, with dialogue and emphasis."""
    paragraphs, length = [], 0
    while length < size:
        said, told = (" ".join(chance.choices(words, cum_weights=weights, k=40)) for _ in range(2))
        paragraphs.append(f"<p>“{said}?” <em>{told[:9]}</em>{told[9:]}.</p>")
        length += len(paragraphs[-1].encode())
    return "".join(paragraphs)


def _seconds_to_read(path: str) -> float:
    began = time.perf_counter()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".xhtml"):
                etree.parse(BytesIO(archive.read(name)))
    return time.perf_counter() - began
