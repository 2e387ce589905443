"""The proxy adds no fault of its own."""

import socket

import pytest

from tests.faults.proxy import Proxy


def test_half_a_request_goes_nowhere():
    """A killed worker may have sent the head of a request and not its body."""
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        upstream.settimeout(0.2)
        with Proxy(f"127.0.0.1:{upstream.getsockname()[1]}").running() as proxy:
            port = int(proxy.url.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port), timeout=60) as caller:
                caller.sendall(b"POST /v1/refunds HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\ncharge")
                caller.shutdown(socket.SHUT_WR)
                assert caller.recv(1000) == b""
            assert proxy.requests == []
            with pytest.raises(TimeoutError):
                upstream.accept()
