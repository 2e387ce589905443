"""An HTTP proxy on the loopback that treats requests as networks and other people's servers do.

What is to happen is ordered for the next requests that match, or drawn by lot in a storm:

    held = proxy.next("POST /v1/payment_intents/*/confirm", hold_answer())
    …
    held.wait()       # the request has been answered, and nobody knows it yet
    held.release()
"""

import socket
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from urllib.parse import urlsplit

SECONDS = 30
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "date", "server"}


@dataclass(frozen=True)
class Recorded:
    """A request as it came in, whether or not it went any further."""

    method: str
    path: str
    idempotency_key: str | None
    body: bytes


@dataclass(frozen=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Cut(Exception):
    """The connection is cut here."""


# Faults: functions that take an exchange and answer it, or raise Cut.


def pass_on(exchange):
    """Nothing happens."""
    exchange.reply(exchange.forward())


def delay(seconds):
    """The request arrives late."""

    def fault(exchange):
        time.sleep(seconds)
        pass_on(exchange)

    return fault


def drop_request(exchange):
    """The connection is reset before anything arrived."""
    raise Cut


def drop_answer(exchange):
    """The request is processed, but its answer is lost."""
    exchange.forward()
    raise Cut


def answer(status):
    """The server rejects the request."""

    def fault(exchange):
        exchange.reply(_refusal(status))

    fault.__name__ = f"answer_{status}"  # as which pytest shows it
    return fault


def replace_answer(status):
    """The request is processed, and the server fails before it can answer."""

    def fault(exchange):
        exchange.forward()
        exchange.reply(_refusal(status))

    return fault


def _refusal(status):
    body = b'{"error": {"type": "api_error", "message": "Not now."}}'
    return Answer(status, (("Content-Type", "application/json"),), body)


def alter_answer(old, new):
    """The request is processed, but its answer is altered."""

    def fault(exchange):
        found = exchange.forward()
        assert old in found.body
        exchange.reply(replace(found, body=found.body.replace(old, new)))

    return fault


def garble_answer(exchange):
    """The request is processed, but its answer is replaced."""
    exchange.forward()
    exchange.reply(Answer(200, (("Content-Type", "text/html"),), b"<html>Welcome to the hotel's network"))


def duplicate(exchange):
    """The request arrives twice at once; one of the answers is returned."""
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: exchange.forward(), range(2)))
    exchange.reply(answers[-1])


class Hold:
    """Holds an exchange until the test releases it."""

    def __init__(self, *, after_forwarding):
        self._after_forwarding = after_forwarding
        self._held = threading.Event()
        self._let_go = threading.Event()
        self._cut = False

    def __call__(self, exchange):
        found = exchange.forward() if self._after_forwarding else None
        self._held.set()
        self._let_go.wait()
        if self._cut:
            raise Cut
        exchange.reply(found or exchange.forward())

    def wait(self):
        """Return once a request is held."""
        assert self._held.wait(SECONDS), "No request came to be held."

    def release(self):
        """Release it."""
        self._let_go.set()

    def cut(self):
        """Cut it: a request held before it was forwarded never arrives."""
        self._cut = True
        self._let_go.set()


def hold_request():
    """Hold the request before it arrives."""
    return Hold(after_forwarding=False)


def hold_answer():
    """Hold the answer to a request that was processed."""
    return Hold(after_forwarding=True)


@dataclass
class Order:
    """A fault for the next `times` matching requests; for all of them if None."""

    match: str
    fault: object
    times: int | None


class Proxy:
    """Passes requests on to the server at `upstream` (host:port), with extra headers."""

    def __init__(self, upstream="", **headers):
        self.upstream = upstream
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self._lock = threading.Lock()
        self._orders = []
        self._lot = None
        self._requests = []
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.proxy = self

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self):
        """Serve during the block."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield self
        finally:
            self.clear()
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    @property
    def requests(self):
        """The requests since the last clear(), oldest first."""
        with self._lock:
            return list(self._requests)

    def next(self, match, fault, *, times=1):
        """Apply this fault to the next requests that match, such as ("GET /v1/*"); return the fault."""
        with self._lock:
            self._orders.append(Order(match, fault, times))
        return fault

    @contextmanager
    def always(self, match, fault):
        """Apply this fault to every matching request during the block."""
        order = Order(match, fault, None)
        with self._lock:
            self._orders.append(order)
        try:
            yield fault
        finally:
            with self._lock:
                self._orders.remove(order)

    @contextmanager
    def storm(self, seed, *, fraction, faults):
        """Decide at random for each request whether it suffers, and which of the faults."""
        self._lot = (Random(seed), fraction, faults)
        try:
            yield
        finally:
            self._lot = None

    def clear(self):
        """Forget all faults and recorded requests; cut what is held."""
        with self._lock:
            faults = [order.fault for order in self._orders]
            self._orders.clear()
            self._requests.clear()
        for fault in faults:
            if isinstance(fault, Hold):
                fault.cut()

    def take(self, recorded):
        """Record a request and return the fault for it."""
        line = f"{recorded.method} {recorded.path}"
        with self._lock:
            self._requests.append(recorded)
            for order in self._orders:
                if order.times != 0 and fnmatchcase(line, order.match):
                    if order.times is not None:
                        order.times -= 1
                    return order.fault
            if self._lot:
                chance, fraction, faults = self._lot
                if chance.random() < fraction:
                    return chance.choice(faults)
        return pass_on


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    proxy: Proxy

    def handle_error(self, request, client_address):
        """Ignore broken connections: this proxy makes them, and callers may be killed."""


class Handler(BaseHTTPRequestHandler):
    """Handles the requests of one connection; a fault gets each of them as an exchange."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self):
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        self._body = self.rfile.read(length)
        if len(self._body) < length:
            self.close_connection = True  # its sender was killed half-way: this is not a whole request
            return
        key = self.headers.get("Idempotency-Key")
        fault = self.server.proxy.take(Recorded(self.command, parts.path, key, self._body))
        try:
            fault(self)
        except (Cut, OSError, HTTPException):
            self._reset()

    do_POST = do_DELETE = do_GET  # noqa: N815 (the names that http.server calls)

    def forward(self):
        """Forward the request and return the server's answer."""
        proxy = self.server.proxy
        kept = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        upstream = HTTPConnection(proxy.upstream, timeout=SECONDS)
        try:
            upstream.request(self.command, self.path, self._body, kept | proxy.headers)
            found = upstream.getresponse()
            headers = [each for each in found.getheaders() if each[0].lower() not in HOP_BY_HOP]
            return Answer(found.status, tuple(headers), found.read())
        finally:
            upstream.close()

    def reply(self, answer):
        """Send an answer to the caller."""
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def _reset(self):
        """Close with RST, as a machine does that does not know the connection."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        raise Cut

    def log_message(self, format, *args):
        """Log nothing."""
