"""gunicorn with the project's gunicorn.conf.py, on the loopback: the shop's or the floor's."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from benchmarks.measuring.visiting import ask
from tests.postgresql import free_port
from tests.programs import SECONDS

# Beyond gunicorn's own memory, in KiB, as /proc counts it.
RESIDENT = "VmRSS:"
STARTING_SECONDS = 60
POLLING_SECONDS = 0.01


@dataclass(frozen=True)
class Server:
    """A running gunicorn, and how many seconds passed until its first page."""

    pid: int
    port: int
    seconds_to_start: float

    @property
    def workers(self) -> list[Path]:
        """The folders in /proc of its workers."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [Path("/proc", child) for child in children]

    def cpu_seconds(self) -> float:
        """Return how long the workers have run on a processor since they started."""
        threads = [thread for worker in self.workers for thread in worker.glob("task/*/schedstat")]
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    def memory(self) -> list[float]:
        """Return the resident memory of each worker, in MiB."""
        return [_resident(worker) / 1024 for worker in self.workers]


@contextmanager
def served(
    folder: Path, application: str, log: Path, environment: Mapping[str, str], *, page: str
) -> Iterator[Server]:
    """Yield the server of this application, once it has answered `page`; `folder` has gunicorn.conf.py."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", application, f"--bind=127.0.0.1:{port}"]
    began = time.perf_counter()
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_for_page(process, port, page, log)
        yield Server(process.pid, port, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(SECONDS)


def _wait_for_page(process: subprocess.Popen, port: int, page: str, log: Path) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            ask(port, page)
        except (ConnectionError, HTTPException):
            time.sleep(POLLING_SECONDS)
        else:
            return
    raise RuntimeError(f"It did not start:\n{log.read_text()}")


def _resident(worker: Path) -> int:
    lines = worker.joinpath("status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(RESIDENT))
