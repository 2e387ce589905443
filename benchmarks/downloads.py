"""The memory that sending large files takes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from threading import Event, Thread

from benchmarks.against_floor import cookie_of
from benchmarks.measuring.figures import Figure
from benchmarks.measuring.server import Server
from benchmarks.measuring.table import Row
from benchmarks.measuring.visiting import HOST, ask
from benchmarks.shop import Shop
from tests.programs import SECONDS

MEGABYTES = 300
AT_ONCE = 2
CHUNK = 1024**2


def large_downloads(shop: Shop) -> Iterator[Row]:
    """A file is sent in small pieces, whether all of it is asked for or a part."""
    reader = shop.ask(f"add_large_file(megabytes={MEGABYTES})")
    with shop.served() as server:
        for _ in range(5):
            ask(server.port, "/books/")
        idle = server.memory()[0]
        for what, asked in {"file": {}, "part of a file": {"Range": "bytes=1000-"}}.items():
            most = _most_memory_while(server, reader, asked)
            yield Row(
                f"memory while {AT_ONCE} download a {MEGABYTES} MB {what}",
                Figure.single(most),
                "MiB",
                against="nobody downloads",
                baseline=Figure.single(idle),
            )


def _most_memory_while(server: Server, reader: dict, headers: dict) -> float:
    """Return the most memory, in MiB, that the worker used while sending the file."""
    seen, finished = [], Event()

    def watch() -> None:
        while not finished.wait(0.02):
            seen.append(server.memory()[0])

    watcher = Thread(target=watch)
    watcher.start()
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            sent = list(pool.map(lambda _: _download(server.port, reader, headers), range(AT_ONCE)))
    finally:
        finished.set()
        watcher.join()
    if min(sent) < (MEGABYTES - 1) * 1024**2:
        raise RuntimeError(f"Only {min(sent)} bytes arrived.")
    return max(seen)


def _download(port: int, reader: dict, headers: dict) -> int:
    """Download the file and return how many bytes arrived."""
    named = {"Host": HOST, "X-Forwarded-Proto": "https", "Cookie": cookie_of(reader["session"])}
    with closing(HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection:
        connection.request("GET", reader["address"], headers=named | headers)
        answer = connection.getresponse()
        if answer.status not in {200, 206}:
            raise RuntimeError(f"{answer.status} instead of the file.")
        return sum(map(len, iter(lambda: answer.read(CHUNK), b"")))
