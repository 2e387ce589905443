"""The connections to Stripe: which are shared, what is tried again, and through which proxy they go."""

import os
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from unittest import TestCase
from unittest.mock import patch

from orders.stripe_gateway.client import clients, connections
from orders.stripe_gateway.client.connections import Connections

TIMEOUT = (1, 0.2)


class Answering(BaseHTTPRequestHandler):
    """Answers what it was asked; nothing to /silence, and elsewhere to /elsewhere."""

    protocol_version = "HTTP/1.1"

    def setup(self):
        self.server.connections += 1
        super().setup()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        if self.path == "/silence":
            self.close_connection = True
            return
        self.send_response(302 if self.path == "/elsewhere" else 200)
        self.send_header("Location", "/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def server():
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as answering:
        answering.connections, answering.asked, answering.daemon_threads = 0, [], True
        Thread(target=answering.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield answering
        finally:
            answering.shutdown()


class ConnectionsTests(TestCase):
    def setUp(self):
        self.server = self.enterContext(server())
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.connections = Connections(self.address, timeout=TIMEOUT)
        self.addCleanup(self.connections.close)

    def post(self, path, address=None):
        return self.connections.request("post", f"{address or self.address}{path}", {}, "amount=900")

    def assert_fails(self, path, address=None, *, is_passing):
        with self.assertRaises(connections.stripe.APIConnectionError) as failed:
            self.post(path, address)
        self.assertIs(failed.exception.should_retry, is_passing)

    def test_threads_one_after_the_other_use_the_same_connection(self):
        answers = []
        for _ in range(3):
            thread = Thread(target=lambda: answers.append(self.post("/v1/charges")))
            thread.start()
            thread.join()

        self.assertEqual([(body, status) for body, status, _ in answers], [(b"amount=900", 200)] * 3)
        self.assertEqual(self.server.connections, 1)

    def test_a_connection_that_is_cut_may_be_tried_again_and_was_tried_once(self):
        self.assert_fails("/silence", is_passing=True)
        self.assertEqual(self.server.asked, ["/silence"])

    def test_a_wrong_certificate_is_not_tried_again(self):
        self.assert_fails("/", self.address.replace("http:", "https:"), is_passing=False)
        self.assertEqual(self.server.asked, [])

    def test_nobody_is_led_elsewhere(self):
        _, status, _ = self.post("/elsewhere")

        self.assertEqual(status, 302)
        self.assertEqual(self.server.asked, ["/elsewhere"])

    def test_the_proxy_of_the_environment_is_used_unless_the_address_is_excepted(self):
        stripes = "http://api.stripe.example"
        with (
            patch.object(connections, "getproxies", lambda: {"http": self.address}),
            patch.object(connections, "proxy_bypass", lambda host: host == "127.0.0.1"),
        ):
            self.connections = Connections(stripes, timeout=TIMEOUT)
            self.post("/v1/charges", stripes)
            self.connections = Connections(self.address, timeout=TIMEOUT)
            self.post("/v1/charges")

        self.assertEqual(self.server.asked, ["http://api.stripe.example/v1/charges", "/v1/charges"])


class ForkTests(TestCase):
    def test_a_process_that_was_forked_has_connections_of_its_own(self):
        ours = clients.client()
        child = os.fork()
        if not child:
            os._exit(0 if clients.client() is not ours else 1)

        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.assertIs(clients.client(), ours)
