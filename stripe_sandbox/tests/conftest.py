"""A sandbox in this process for every test, and Stripe's real library to call it."""

import json
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.http.server import Server
from stripe_sandbox.sandbox import Sandbox

SHARED = Path(__file__).parents[3] / "shared" / "stripe"
SCHEMAS = SHARED / "jsonschema-v1-subset.json"
ROOT = Path(__file__).parents[2]
REQUEST_SCHEMAS = SHARED / "jsonschema-requests-endive.json"
LISTS = {
    "charges": "GetCharges",
    "checkout": "GetCheckoutSessions",
    "customers": "GetCustomers",
    "disputes": "GetDisputes",
    "events": "GetEvents",
    "line_items": "GetCheckoutSessionsSessionLineItems",
    "payment_intents": "GetPaymentIntents",
    "refunds": "GetRefunds",
    "webhook_endpoints": "GetWebhookEndpoints",
}

# The schemas beside the repository are a selection.
WITHOUT_SCHEMA = {"payment_method_configurations"}


@cache
def validator(name, path=SCHEMAS):
    """Return a validator for one definition in Stripe's published schemas."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - needed only where the schemas are

    definitions = json.loads(path.read_text())["$defs"]
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": definitions})


def check_against_schema(answer):
    """Fail if an answer does not match Stripe's published schema, where the schemas are at hand."""
    if not SCHEMAS.exists():
        return
    if "error" in answer:
        validator("error").validate(answer)
    elif answer["object"] == "list":
        kind = answer["url"].split("/")[2 if answer["url"].count("/") < 5 else -1]
        if kind not in WITHOUT_SCHEMA:
            validator(f"response.{LISTS[kind]}").validate(answer)
    elif answer.get("deleted"):
        validator(f"deleted_{answer['object']}").validate(answer)
    else:
        validator(answer["object"]).validate(answer)


class CheckedClient(stripe.RequestsClient):
    """Stripe's HTTP client, which also checks every answer against the schemas."""

    def request(self, method, url, headers, post_data=None, **more):
        content, status, answered = super().request(method, url, headers, post_data, **more)
        self.headers = answered
        check_against_schema(json.loads(content))
        return content, status, answered


@pytest.fixture
def needs_schemas():
    """Skip if Stripe's published schemas are not beside the repository."""
    if not SCHEMAS.exists():
        pytest.skip(f"Stripe's schemas are missing: {SCHEMAS}")


@pytest.fixture
def sandbox(tmp_path):
    """A sandbox in this process; it starts with the ``server`` that listens for it."""
    sandbox = Sandbox(tmp_path / "ledger.sqlite3")
    yield sandbox
    sandbox.close()


@pytest.fixture
def server(sandbox):
    """The sandbox's server, on a free port."""
    server = Server(sandbox.respond, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    sandbox.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def start(tmp_path):
    """Return ``start(*flags)``, which starts a sandbox process and returns it and its address."""
    started = []

    def run(*flags):
        command = [sys.executable, "-m", "stripe_sandbox", "--port", "0"]
        command += ["--ledger", tmp_path / "ledger.sqlite3", *flags]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        line = process.stdout.readline()
        assert line.startswith("Stripe sandbox: http://127.0.0.1:")
        return process, line.split()[-1].rstrip("/")

    yield run
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def http_client(monkeypatch):
    """A :class:`CheckedClient`; ``headers`` holds the headers of its last answer."""
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    client = CheckedClient()
    yield client
    client.close()


@pytest.fixture
def api(server, http_client):
    """The real library's calls, with a secret test key."""
    return connect(server.url, http_client)


@pytest.fixture
def api_in_browser(server, http_client):
    """The real library's calls, with the publishable key that a browser has."""
    return connect(server.url, http_client, "pk_test_sandbox")


def connect(url, http_client, key="sk_test_sandbox"):
    """Return the library's calls, sent to ``url``."""
    return stripe.StripeClient(key, base_addresses={"api": url}, http_client=http_client).v1


@pytest.fixture
def control(server, http_client):
    """Return ``control("POST", "policies", {…})``, which uses ``/_sandbox/``."""

    def ask(method, name, body=None):
        content, status, _ = stripe.RequestsClient.request(
            http_client,
            method.lower(),
            f"{server.url}/_sandbox/{name}",
            {"Content-Type": "application/json"},
            json.dumps(body) if body is not None else None,
        )
        assert status == 200, content
        return json.loads(content)

    return ask
