"""The memory that sending large files takes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Event, Thread

from benchmarks.shop import BEHIND_TLS, Shop, memory_of_workers, visit
from benchmarks.table import Row
from tests.programs import SECONDS

MEGABYTES = 300
AT_ONCE = 2
CHUNK = 1024**2


def large_downloads(shop: Shop) -> Iterator[Row]:
    """A file is sent in small pieces, whether all of it is asked for or a part."""
    reader = shop.ask(f"add_large_file(megabytes={MEGABYTES})")
    with shop.served(workers=1) as port:
        for _ in range(5):
            visit(port, "/books/")
        idle = memory_of_workers()
        for what, asked in {"file": {}, "part of a file": {"Range": "bytes=1000-"}}.items():
            most = _most_memory_while(port, reader, asked)
            yield Row(
                f"memory, {AT_ONCE} download a {MEGABYTES} MB {what} at once",
                "nobody downloads",
                idle / 1024,
                most / 1024,
                unit="MiB",
            )


def _most_memory_while(port: int, reader: dict, headers: dict) -> int:
    """Return the most memory, in KiB, that the worker used while sending the file."""
    seen, finished = [], Event()

    def watch() -> None:
        while not finished.wait(0.02):
            seen.append(memory_of_workers())

    watcher = Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            sent = list(pool.map(lambda _: _download(port, reader, headers), range(AT_ONCE)))
    finally:
        finished.set()
        watcher.join()
    if min(sent) < (MEGABYTES - 1) * 1024**2:
        raise RuntimeError(f"Only {min(sent)} bytes arrived.")
    return max(seen)


def _download(port: int, reader: dict, headers: dict) -> int:
    """Download the file and return how many bytes arrived."""
    named = {name.replace("_", "-"): value for name, value in BEHIND_TLS.items()}
    cookie = {"Host": "books.example", "Cookie": f"__Host-sessionid={reader['session']}"}
    with closing(HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection:
        connection.request("GET", reader["address"], headers=named | cookie | headers)
        answer = connection.getresponse()
        if answer.status not in {200, 206}:
            raise RuntimeError(f"{answer.status} instead of the file.")
        return sum(map(len, iter(lambda: answer.read(CHUNK), b"")))
