"""The process that opens one file, from standard input, and writes what it found to standard output.

It is started with the job, a module beside this one, and its limits:
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

# In bytes, of the answer: the text, and all the pictures that an EPUB may have unpacked.
MAX_ANSWER = 1024**3


def main() -> None:
    """Do the job within the limits, and write its answer."""
    job, *limits = sys.argv[1:]
    _limit(*map(int, limits))
    try:
        handover.write(sys.stdout.buffer, _answer(job))
    except MemoryError:
        os._exit(handover.OUT_OF_MEMORY)


def _limit(cpu_seconds: int, seconds: int, memory: int) -> None:
    """Have the system end this process at its limits, even if the one that started it is gone."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_ANSWER, MAX_ANSWER))
    # What is in memory is the file's, and stays out of core dumps.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(seconds)
    # macOS knows this limit and refuses to set it.
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _answer(job: str) -> dict[str, object]:
    # Only what the job needs is loaded: it is most of the time that an ordinary file takes.
    module = import_module(f".{job}", __package__)
    try:
        return {"found": module.examine(sys.stdin.buffer)}
    except MemoryError:
        raise
    except module.REFUSAL as reason:
        return {"refused": str(reason)}
    except BaseException as error:
        # Wider than Exception, for a panic in a library in Rust is none.
        return {"failed": _whereabouts(error)}


def _whereabouts(error: BaseException) -> str:
    """Return an error's kind and the line of code, without its words: they may be the file's."""
    last = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {PurePath(last.filename).name}:{last.lineno}"


if __name__ == "__main__":
    main()
