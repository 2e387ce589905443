"""Has files of strangers examined: EPUBs, pictures for covers, PDFs. The site's own process opens none."""

import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from threading import Lock
from typing import Any, BinaryIO
from uuid import uuid4

from django.conf import settings

from books.epub import Chapter, ContentsEntry, Epub, Illustration, Metadata, Presentation, UnusableEpub
from books.publishing.preflight import Finding
from books.publishing.renditions import Cover, UnusableCover

from . import handover

logger = logging.getLogger(__name__)

MEGABYTE = 1024**2
# What a file may cost: so much, and more for each megabyte of it, so that a small one cannot cost much.
CPU_SECONDS, CPU_SECONDS_PER_MEGABYTE, MOST_CPU_SECONDS = 4, 3, 30
MEMORY, MEMORY_PER_MEGABYTE, MOST_MEMORY = 450 * MEGABYTE, 50 * MEGABYTE, 1024 * MEGABYTE
# A PDF costs it again at each stamped download, and there it is the site's own process that pays.
PDF_CPU_SECONDS = 5
# In seconds by the clock.
PATIENCE = 30
# One at a time in each process of the site: what it may take of memory, it takes once.
ONE_AT_A_TIME = Lock()
# How a process ends that is out of time or memory; with SIGABRT where a library in Rust finds none left.
LIMITS = {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL, -signal.SIGABRT, handover.OUT_OF_MEMORY}
TOO_MUCH = "The file takes more time or memory to open than we allow. Simplify it and upload it again."


class UnusablePdf(Exception):
    """The PDF cannot be offered; the message is one sentence a person understands."""


@dataclass(frozen=True)
class Examined:
    """A book that was read: its remarks have become findings, its cover is in the shop's sizes."""

    epub: Epub
    findings: tuple[Finding, ...]
    cover: Cover | None
    # Why there is no cover, if the book has one; one sentence.
    cover_fault: str


def examine_epub(data: bytes) -> Examined:
    """Read a book and look it through; raises UnusableEpub."""
    found = _examine("epub", BytesIO(data), UnusableEpub)
    with refused_if_unforeseen(UnusableEpub):
        return Examined(
            epub=_epub(found["epub"]),
            findings=tuple(Finding(**finding) for finding in found["findings"]),
            cover=found["cover"] and _cover(found["cover"]),
            cover_fault=found["cover_fault"],
        )


def examine_cover(data: bytes) -> Cover:
    """Check a picture and make its renditions; raises UnusableCover."""
    found = _examine("cover", BytesIO(data), UnusableCover)
    with refused_if_unforeseen(UnusableCover):
        return _cover(found)


def examine_pdf(file: BinaryIO) -> None:
    """Raise UnusablePdf if to open the PDF, as for a stamp, takes too much, or it has too many pages."""
    _examine("pdf", file, UnusablePdf)


@contextmanager
def refused_if_unforeseen(refusal: type[Exception], *foreseen: type[Exception]) -> Iterator[None]:
    """Turn what nobody foresaw into a refusal whose sentence names an id in the log."""
    try:
        yield
    except (refusal, *foreseen):
        raise
    except Exception as error:
        raise refusal(_logged(type(error).__name__)) from error


def limits(size: int) -> tuple[int, int]:
    """Return what may be spent on a file of so many bytes: seconds of the processor, bytes of memory."""
    return (
        min(CPU_SECONDS + size * CPU_SECONDS_PER_MEGABYTE // MEGABYTE, MOST_CPU_SECONDS),
        min(MEMORY + size * MEMORY_PER_MEGABYTE // MEGABYTE, MOST_MEMORY),
    )


def _examine(job: str, file: BinaryIO, refusal: type[Exception]) -> Any:
    with refused_if_unforeseen(refusal), ONE_AT_A_TIME, _temporary() as given, _temporary() as taken:
        copyfileobj(file, given, MEGABYTE)
        size = given.tell()
        given.seek(0)
        code = _run(job, given, taken, size)
        if code in LIMITS:
            logger.warning("examining reached a limit: job=%s bytes=%s code=%s", job, size, code)
            raise refusal(TOO_MUCH)
        if code:
            raise refusal(_logged(f"{job} ended with {code}"))
        taken.seek(0)
        answer = handover.read(taken)
        if "refused" in answer:
            raise refusal(answer["refused"])
        if "failed" in answer:
            raise refusal(_logged(answer["failed"]))
        return answer["found"]


def _run(job: str, given: BinaryIO, taken: BinaryIO, size: int) -> int:
    """Run the process to its end; return its exit code, which is negative for a signal."""
    cpu, memory = limits(size)
    if job == "pdf":
        cpu = min(cpu, PDF_CPU_SECONDS)
    # By the clock it may wait for a busy machine.
    seconds = 2 * cpu + PATIENCE
    command = [
        sys.executable,
        "-X",
        "utf8",
        "-m",
        "books.publishing.quarantine",
        job,
        *map(str, (cpu, seconds, memory)),
    ]
    try:
        # Without the environment, which holds the shop's secrets. What it says on the way may be the file's.
        ended = subprocess.run(  # noqa: S603 (all of it is ours)
            command,
            cwd=settings.BASE_DIR,
            env={},
            stdin=given,
            stdout=taken,
            stderr=subprocess.DEVNULL,
            timeout=seconds + PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return -signal.SIGALRM
    return ended.returncode


@contextmanager
def _temporary() -> Iterator[BinaryIO]:
    """Yield a file without a name: it is gone with the last process that holds it, however that ends."""
    # Beside the books: where the shop runs on a read-only system, the usual place is memory.
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        yield file


def _logged(what: str) -> str:
    """Write it down, and return a sentence with the id under which it can be found."""
    reference = uuid4().hex[:8]
    logger.error("file could not be examined: id=%s %s", reference, what)
    return f"The file could not be read. The log says why under {reference}."


def _epub(raw: dict[str, Any]) -> Epub:
    return Epub(
        metadata=_metadata(raw["metadata"]),
        presentation=Presentation(**raw["presentation"]),
        accessibility=raw["accessibility"],
        cover=raw["cover"],
        chapters=tuple(Chapter(**chapter) for chapter in raw["chapters"]),
        contents=tuple(ContentsEntry(**entry) for entry in raw["contents"]),
        has_contents=raw["has_contents"],
        illustrations=tuple(Illustration(**illustration) for illustration in raw["illustrations"]),
        remarks=(),
    )


def _metadata(raw: dict[str, Any]) -> Metadata:
    published = raw["published"] and date.fromisoformat(raw["published"])
    lists = {name: tuple(raw[name]) for name in ("authors", "subjects")}
    return Metadata(**raw | lists | {"published": published})


def _cover(raw: dict[str, Any]) -> Cover:
    return Cover(**raw | {"renditions": dict(raw["renditions"])})
