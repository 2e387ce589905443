"""Load: many buyers and events at once, and callers or receivers that are slow."""

import http.client
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.conftest import connect
from stripe_sandbox.tests.payments import charge, session

BUYERS = 50
SECONDS = 20


class Receiver(ThreadingHTTPServer):
    """A webhook endpoint that keeps the ids of events; ``hangs(event)`` holds one until :attr:`released`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Delivery)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self.received = []
        self.released = threading.Event()
        self.hangs = lambda event: False


class Delivery(BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.hangs(event):
            self.server.released.wait(SECONDS)
        self.server.received.append(event["id"])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        """Print nothing."""


@pytest.fixture
def receiver():
    """A shop that receives events."""
    receiver = Receiver()
    thread = threading.Thread(target=receiver.serve_forever, args=(0.01,))
    thread.start()
    yield receiver
    receiver.released.set()
    receiver.shutdown()
    thread.join()
    receiver.server_close()


@pytest.fixture
def sandbox(start, receiver):
    """The address of a sandbox process that sends its events to the receiver."""
    _, url = start("--webhook-url", receiver.url, "--webhook-secret", "whsec_shop")
    return url


@contextmanager
def asking(url):
    """Yield ``ask("GET", "ledger")``, which uses the controls without Stripe's library."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)

    def ask(method, name, body=None):
        connection.request(method, f"/_sandbox/{name}", json.dumps(body or {}))
        answer = connection.getresponse()
        content = json.loads(answer.read())
        assert answer.status == 200, content
        return content

    yield ask
    connection.close()


def calls_of(url):
    """Return the library's calls without the schema checks, which are slow."""
    return connect(url, stripe.RequestsClient())


def wait_for(condition):
    until = time.monotonic() + SECONDS
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    assert condition()


def test_many_buyers_at_once_each_get_one_charge_and_every_event(sandbox, receiver):
    api = calls_of(sandbox)

    def buy(number):
        key = {"idempotency_key": f"order-{number}"}
        made = api.checkout.sessions.create(session(metadata={"order_id": str(number)}), key)
        with asking(sandbox) as ask:
            ask("POST", f"checkout_sessions/{made.id}/pay", {"email": "j@example.com"})
        paid = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
        assert (paid.payment_status, paid.payment_intent.latest_charge.paid) == ("paid", True)
        return paid.payment_intent.latest_charge.id

    with ThreadPoolExecutor(BUYERS) as pool:
        paid = set(pool.map(buy, range(2 * BUYERS)))
    assert {one.id for one in api.charges.list({"limit": 100}).auto_paging_iter()} == paid
    assert len(paid) == 2 * BUYERS
    events = [one.id for one in api.events.list({"limit": 100}).auto_paging_iter()]
    wait_for(lambda: len(receiver.received) == len(events))
    assert Counter(receiver.received) == Counter(events)
    wait_for(lambda: api.events.list({"delivery_success": False}).data == [])


def test_a_receiver_that_hangs_holds_up_no_other_event(sandbox, receiver):
    api = calls_of(sandbox)
    receiver.hangs = lambda event: event["data"]["object"].get("description") == "hang"
    for _ in range(20):
        api.charges.create(charge(description="hang"))
    hanging = {one.id for one in api.events.list({"limit": 100}).data}
    for _ in range(20):
        api.charges.create(charge())
    wait_for(lambda: len(receiver.received) == 20)
    assert not hanging & set(receiver.received)
    assert {one.id for one in api.events.list({"limit": 100, "delivery_success": False}).data} == hanging
    receiver.released.set()
    wait_for(lambda: hanging <= set(receiver.received))
    wait_for(lambda: api.events.list({"delivery_success": False}).data == [])


def test_late_answers_hold_up_no_other_call(start):
    process, url = start()
    api = calls_of(url)
    late = charge(description="late")
    with ThreadPoolExecutor(BUYERS) as pool, asking(url) as ask:
        ask(
            "POST", "faults", {"match": "POST /v1/charges", "fault": "delay", "seconds": 600, "times": BUYERS}
        )
        waiting = [pool.submit(api.charges.create, late) for _ in range(BUYERS)]
        try:
            wait_for(lambda: ask("GET", "faults") == [])
            assert api.charges.create(charge()).paid
            assert api.checkout.sessions.create(session()).status == "open"
            wait_for(lambda: len(ask("GET", "ledger?only=charges")["charges"]) == BUYERS + 1)
            assert not any(one.done() for one in waiting)
        finally:
            process.kill()
    assert all(isinstance(one.exception(), stripe.APIConnectionError) for one in waiting)
