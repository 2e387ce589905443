"""Has strangers' files examined: EPUBs, covers, the logo, PDFs. The site's own process opens none."""

import logging
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from mmap import ACCESS_READ, mmap
from shutil import copyfileobj
from threading import Lock
from typing import BinaryIO
from uuid import uuid4

from django.conf import settings

from books.epub import UnusableEpub
from books.publishing.files import temporary_file

from . import handover
from .examined import (
    Cover,
    Examined,
    Logo,
    Raw,
    UnusableCover,
    UnusableLogo,
    cover_from_answer,
    from_answer,
    logo_from_answer,
)

logger = logging.getLogger(__name__)

MEGABYTE = 1024**2
# What a file may cost: a base, and more for each of its megabytes, so that a small file cannot cost much.
CPU_SECONDS, CPU_SECONDS_PER_MEGABYTE, MOST_CPU_SECONDS = 4, 4, 30
MEMORY, MEMORY_PER_MEGABYTE, MOST_MEMORY = 450 * MEGABYTE, 50 * MEGABYTE, 1024 * MEGABYTE
# A PDF costs it again at each watermarked download, and then in the site's own process.
PDF_CPU_SECONDS = 5
# In seconds by the clock.
PATIENCE = 30
# One at a time in each process of the site, so that the memory it may take is taken only once.
ONE_AT_A_TIME = Lock()
# How a process ends that runs out of time or memory; a library written in Rust ends it with SIGABRT.
LIMITS = {-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL, -signal.SIGABRT, handover.OUT_OF_MEMORY}
TOO_MUCH = "The file takes more time or memory to open than we allow. Simplify it and upload it again."


class UnusablePdf(Exception):
    """The PDF cannot be offered; the message is one sentence a person understands."""


def examine_epub(data: bytes) -> Examined:
    """Read and check a book; raises UnusableEpub."""
    answer = _examine("epub", BytesIO(data), UnusableEpub)
    with refused_if_unforeseen(UnusableEpub):
        return from_answer(_found(answer, UnusableEpub), answer)


def examine_cover(data: bytes) -> Cover:
    """Check a picture and make its renditions; raises UnusableCover."""
    answer = _examine("cover", BytesIO(data), UnusableCover)
    with refused_if_unforeseen(UnusableCover):
        return cover_from_answer(_found(answer, UnusableCover))


def examine_logo(data: bytes) -> Logo:
    """Check a picture and make the logo and its icon; raises UnusableLogo."""
    answer = _examine("logo", BytesIO(data), UnusableLogo)
    with refused_if_unforeseen(UnusableLogo):
        return logo_from_answer(_found(answer, UnusableLogo))


def examine_pdf(file: BinaryIO) -> None:
    """Raise UnusablePdf if opening the PDF takes too much time or memory, or it has too many pages."""
    with refused_if_unforeseen(UnusablePdf):
        _found(_examine("pdf", file, UnusablePdf), UnusablePdf)


@contextmanager
def refused_if_unforeseen(refusal: type[Exception], *foreseen: type[Exception]) -> Iterator[None]:
    """Turn an error that nobody foresaw into a refusal whose sentence names an id in the log."""
    try:
        yield
    except (refusal, *foreseen):
        raise
    except Exception as error:
        raise refusal(_logged(type(error).__name__)) from error


def limits(size: int) -> tuple[int, int]:
    """Return what a file of `size` bytes may cost: seconds of processor time, bytes of memory."""
    return (
        min(CPU_SECONDS + size * CPU_SECONDS_PER_MEGABYTE // MEGABYTE, MOST_CPU_SECONDS),
        min(MEMORY + size * MEMORY_PER_MEGABYTE // MEGABYTE, MOST_MEMORY),
    )


def _examine(job: str, file: BinaryIO, refusal: type[Exception]) -> mmap:
    """Return the answer. It stays in its file, which is mapped into the memory and vanishes with it."""
    with refused_if_unforeseen(refusal), ONE_AT_A_TIME, temporary_file() as given, temporary_file() as taken:
        copyfileobj(file, given, MEGABYTE)
        size = given.tell()
        given.seek(0)
        code = _run(job, given, taken, size)
        if code in LIMITS:
            logger.warning("examining reached a limit: job=%s bytes=%s code=%s", job, size, code)
            raise refusal(TOO_MUCH)
        if code:
            raise refusal(_logged(f"{job} ended with {code}"))
        return mmap(taken.fileno(), 0, access=ACCESS_READ)


def _found(answer: mmap, refusal: type[Exception]) -> Raw:
    value = handover.read(answer)
    if "refused" in value:
        raise refusal(value["refused"])
    if "failed" in value:
        raise refusal(_logged(value["failed"]))
    return value["found"]


def _run(job: str, given: BinaryIO, taken: BinaryIO, size: int) -> int:
    """Run the process to its end; return its exit code, negative if a signal ended it."""
    cpu, memory = limits(size)
    if job == "pdf":
        cpu = min(cpu, PDF_CPU_SECONDS)
    # By the clock it may take longer: the machine may be busy.
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
        # Without the environment, which holds the shop's secrets. Its error output may quote the file.
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


def _logged(what: str) -> str:
    """Log it, and return a sentence with the id under which the log has it."""
    reference = uuid4().hex[:8]
    logger.error("file could not be examined: id=%s %s", reference, what)
    return f"The file could not be read. The reason is in the log under {reference}."
