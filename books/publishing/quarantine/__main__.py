"""The process that opens one file, from standard input, and writes what it found to standard output.

It is started with its job, which is a module beside this one, and its limits:
python -m books.publishing.quarantine JOB CPU_SECONDS SECONDS BYTES
"""

import os
import resource
import signal
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import PurePath
from traceback import extract_tb

from . import handover

# In bytes, of the answer: the text, and all the pictures that an unpacked EPUB may have.
MAX_ANSWER = 1024**3


def main() -> None:
    """Do the job within the limits, and write its answer."""
    job, *limits = sys.argv[1:]
    _limit(*map(int, limits))
    answer = handover.Writer(sys.stdout.buffer)
    try:
        answer.end(_found(job, answer))
    except MemoryError:
        os._exit(handover.OUT_OF_MEMORY)


def _limit(cpu_seconds: int, seconds: int, memory: int) -> None:
    """Have the system end this process at its limits, even if the one that started it is gone."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_ANSWER, MAX_ANSWER))
    # Core dumps would write the file's content to disk.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(seconds)
    # macOS has this limit but refuses to set it.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _found(job: str, answer: handover.Writer) -> dict[str, object]:
    # Only what the job needs is imported: for an ordinary file, importing takes most of the time.
    module = import_module(f".{job}", __package__)
    try:
        return {"found": module.examine(sys.stdin.buffer, answer)}
    except MemoryError:
        raise
    except module.REFUSAL as reason:
        return {"refused": str(reason)}
    except BaseException as error:
        # Wider than Exception: a panic in a library written in Rust is not one.
        return {"failed": _whereabouts(error)}


def _whereabouts(error: BaseException) -> str:
    """Return an error's kind and the line of code, without its message, which may quote the file."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(last.filename).name}:{last.lineno}"


if __name__ == "__main__":
    main()
