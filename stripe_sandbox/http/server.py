"""The HTTP server: on loopback only, with a thread for each connection; connections are kept alive."""

import socket
import sys
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .messages import LOOPBACK_NAMES, DroppedConnection, Request, Response, json_response

LOOPBACK = "127.0.0.1"
MAXIMUM_BODY = 1_000_000
IDLE_SECONDS = 120


class Server(ThreadingHTTPServer):
    """Passes requests to ``respond`` and listens on ``127.0.0.1``; port 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, respond: Callable[[Request], Response], port: int) -> None:
        self.respond = respond
        super().__init__((LOOPBACK, port), Handler)

    @property
    def url(self) -> str:
        """The address it listens on."""
        return f"http://{LOOPBACK}:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Print the error, unless the caller hung up: that happens, and is nobody's bug."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    """Reads requests from one connection and writes the responses."""

    protocol_version = "HTTP/1.1"
    server_version = "stripe-sandbox"
    sys_version = ""
    timeout = IDLE_SECONDS
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        """Answer a request of any method."""
        try:
            response = self._respond()
        except DroppedConnection:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._write(response)

    do_POST = do_DELETE = do_HEAD = do_PUT = do_PATCH = do_OPTIONS = do_GET

    def _respond(self) -> Response:
        if urlsplit(f"//{self.headers.get('Host', '')}").hostname not in LOOPBACK_NAMES:
            self.close_connection = True
            return json_response(403, {"error": {"message": "This sandbox answers on loopback only."}})
        if (body := self._read_body()) is None:
            self.close_connection = True
            return json_response(413, {"error": {"message": "The request is too large."}})
        request = Request(self.command, self.path, self.headers, body)
        try:
            return self.server.respond(request)
        except DroppedConnection:
            raise
        except Exception:
            traceback.print_exc()
            return json_response(
                500, {"error": {"type": "api_error", "message": "The Stripe sandbox has a bug."}}
            )

    def _read_body(self) -> bytes | None:
        length = self.headers.get("Content-Length") or "0"
        chunked = "Transfer-Encoding" in self.headers
        if chunked or not length.isdecimal() or int(length) > MAXIMUM_BODY:
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise DroppedConnection
        return body

    def _write(self, response: Response) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        for name, value in response.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the ledger has the calls, and addresses may hold tokens."""
