"""The program as a process: its first line, its flags, and what is left after a kill."""

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from .conftest import ROOT, connect
from .payments import card, charge

KEY = {"idempotency_key": "order-1-1"}


def test_a_kill_loses_nothing_that_was_answered(start, http_client):
    process, url = start()
    api = connect(url, http_client)
    token = api.tokens.create({"card": card()})
    paid = api.charges.create(charge(token.id), KEY)
    process.kill()
    process.wait()
    _, url = start()
    api = connect(url, http_client)
    assert api.charges.retrieve(paid.id).paid
    assert api.charges.create(charge(token.id), KEY).id == paid.id
    assert http_client.headers["Idempotent-Replayed"] == "true"
    with pytest.raises(stripe.InvalidRequestError) as raised:
        api.charges.create(charge(token.id))
    assert raised.value.code == "token_already_used"


def test_a_key_makes_one_charge_even_across_a_kill(start, http_client):
    process, url = start()
    keys, answered = [], []

    def pay_until_killed(buyer):
        api = connect(url, http_client)
        with suppress(stripe.APIConnectionError):
            for number in range(10_000):
                key = {"idempotency_key": f"order-{buyer}-{number}"}
                keys.append(key)
                answered.append(api.charges.create(charge(), key).id)

    with ThreadPoolExecutor(4) as pool:
        buyers = [pool.submit(pay_until_killed, buyer) for buyer in range(4)]
        while len(answered) < 20:
            time.sleep(0.01)
        process.kill()
        for buyer in buyers:
            buyer.result()
    _, url = start()
    api = connect(url, http_client)
    repeated = {api.charges.create(charge(), key).id for key in keys}
    ledger = {one.id for one in api.charges.list({"limit": 100}).auto_paging_iter()}
    assert set(answered) <= repeated == ledger
    assert len(ledger) == len(keys)


def test_policies_can_be_set_by_flags(start, http_client):
    _, url = start("--charges-api", "refused", "--card-tokens", "refused")
    with pytest.raises(stripe.InvalidRequestError, match="end of life"):
        connect(url, http_client).charges.create(charge())
    with pytest.raises(stripe.InvalidRequestError, match="unsupported"):
        connect(url, http_client, "pk_test_sandbox").tokens.create({"card": card()})


def test_the_lifetime_of_keys_can_be_set_by_a_flag(start, http_client):
    _, url = start("--idempotency-lifetime", "0.2")
    api = connect(url, http_client)
    first = api.charges.create(charge(), KEY)
    time.sleep(0.3)
    assert api.charges.create(charge(), KEY).id != first.id


def test_a_taken_port_is_reported(server, tmp_path):
    command = [sys.executable, "-m", "stripe_sandbox", "--port", str(server.server_port)]
    run = subprocess.run(
        [*command, "--ledger", tmp_path / "other.sqlite3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("The Stripe sandbox cannot listen")
    assert "Traceback" not in run.stderr


def test_it_stops_when_terminated(start):
    process, _ = start()
    process.terminate()
    assert process.wait(60) == 0


def test_the_readme_names_every_module_and_no_other():
    folder = ROOT / "stripe_sandbox"
    readme = (folder / "README.md").read_text()
    modules = {path.stem for path in folder.rglob("*.py") if "tests" not in path.parts} - {"__init__"}
    assert {name for name in modules if not re.search(rf"\b{name}\b", readme)} == set()
    assert set(re.findall(r"\b(\w+)\.py\b", readme)) <= modules
