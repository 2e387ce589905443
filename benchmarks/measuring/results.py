"""benchmarks/RESULTS.md: the last run at each size."""

import os
import platform
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import django

from benchmarks.measuring.table import Row, as_markdown, verdict

RESULTS = Path(__file__).parents[1] / "RESULTS.md"
HEAD = """# What `make bench` found

Written by the command: the last run at each size. Ratios of different runs can be compared, milliseconds only
on the same machine. A row is void if its load did not hold or its page did not answer.
"""


def write(size: str, rows: list[Row], *, postgresql: str, path: Path = RESULTS) -> None:
    """Replace the part about this size."""
    parts = _parts(path.read_text() if path.exists() else "")
    parts[size] = "\n\n".join(
        [f"{_today()}, on {machine()}, PostgreSQL {postgresql}.", verdict(rows), as_markdown(rows)]
    )
    sections = [f"## SIZE={name}\n\n{part.strip()}\n" for name, part in sorted(parts.items(), key=_by_size)]
    path.write_text("\n".join([HEAD, *sections]))


def machine() -> str:
    """Return what was measured on, in plain words; no names of machines and no paths."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    cores = os.process_cpu_count() if sys.version_info >= (3, 13) else len(os.sched_getaffinity(0))
    return (
        f"a machine with {cores} cores and {pages / 1024**3:.0f} GiB of memory ({platform.system()},"
        f" {platform.machine()}), Python {platform.python_version()}, Django {django.get_version()}"
    )


def _parts(text: str) -> dict[str, str]:
    found = re.split(r"^## SIZE=(\S+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def _by_size(part: tuple[str, str]) -> int:
    return int(part[0].replace("k", "000").replace("m", "000000"))


def _today() -> str:
    return f"{datetime.now(UTC):%-d %B %Y}"
