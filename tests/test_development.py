"""What `make run` starts: everything starts together and ends together."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from bookstore_project import development
from tests import programs

MODULE = "bookstore_project.development"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return programs.copy_of_project(tmp_path_factory.mktemp("development") / "shop")


def free_ports():
    with socket.socket() as shop, socket.socket() as sandbox:
        shop.bind(("127.0.0.1", 0))
        sandbox.bind(("127.0.0.1", 0))
        return [shop.getsockname()[1], sandbox.getsockname()[1]]


@contextmanager
def started(folder, ports, log):
    """Yield the started programs, in a separate process group as in a terminal."""
    command = [sys.executable, "-m", MODULE, f"--port={ports[0]}", f"--sandbox-port={ports[1]}"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"]},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process.log = log
    programs.wait_for(lambda: "Ctrl-C stops everything." in log.read_text(), process, log)
    yield process
    if members(process.pid):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(programs.SECONDS)


@pytest.fixture(scope="module")
def ports():
    return free_ports()


@pytest.fixture(scope="module")
def running(folder, ports, tmp_path_factory):
    """Programs to look at."""
    with started(folder, ports, tmp_path_factory.mktemp("running") / "log") as process:
        yield process


@pytest.fixture
def ending(folder, tmp_path):
    """Others, on other ports, for a test that ends them."""
    with started(folder, free_ports(), tmp_path / "log") as process:
        yield process


def members(group):
    """Return the command lines of the live processes in a group."""
    listing = subprocess.run(["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in listing.stdout.splitlines()]
    return [row[2] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]


def test_the_shop_and_the_sandbox_answer(running, ports):
    answers = [programs.get(port, "/", host=f"127.0.0.1:{port}").status for port in ports]

    assert answers == [200, 200]
    assert len(members(running.pid)) == 4


def test_the_sandbox_tells_the_shop_what_happens(running, ports):
    shop, sandbox = ports
    answer = programs.get(sandbox, "/_sandbox/webhook", host=f"127.0.0.1:{sandbox}")
    endpoint = json.loads(answer.text)

    assert endpoint["url"] == f"http://127.0.0.1:{shop}/orders/webhook/"
    assert endpoint["secrets"] == [development.WEBHOOK_SECRET]


def test_events_of_the_sandbox_arrive_and_unsigned_ones_are_refused(running, ports):
    shop, sandbox = ports
    host = f"127.0.0.1:{sandbox}"
    charge = "amount=3900&currency=usd&source=tok_visa"
    key = {"Authorization": "Bearer sk_test_sandbox", "Content_Type": "application/x-www-form-urlencoded"}
    assert programs.get(sandbox, "/v1/charges", method="POST", body=charge, host=host, **key).status == 200

    def is_delivered():
        ledger = json.loads(programs.get(sandbox, "/_sandbox/ledger", host=host).text)
        return {delivery["state"] for delivery in ledger["deliveries"]} == {"delivered"}

    programs.wait_for(is_delivered, running, running.log)
    unsigned = programs.get(shop, "/orders/webhook/", method="POST", body="{}", host=f"127.0.0.1:{shop}")
    assert unsigned.status == 400


def test_it_says_where_mail_appears_and_prints_the_links_there(running, ports):
    assert "Mail, with its codes and links, is printed here." in running.log.read_text()
    shop = f"http://127.0.0.1:{ports[0]}"
    browser = build_opener(HTTPCookieProcessor())
    page = browser.open(f"{shop}/accounts/password/reset/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]

    browser.open(
        f"{shop}/accounts/password/reset/",
        urlencode({"csrfmiddlewaretoken": token, "email": "testuser@email.com"}).encode(),
    )

    def link():
        return re.search(rf"^{shop}/accounts/password/reset/key/\S+/$", running.log.read_text(), re.MULTILINE)

    programs.wait_for(link, running, running.log)
    assert "Choose a new password" in browser.open(link()[0]).read().decode()


def test_ctrl_c_leaves_no_process(ending):
    os.killpg(ending.pid, signal.SIGINT)

    assert ending.wait(programs.SECONDS) == 0
    assert members(ending.pid) == []
    assert "Traceback" not in ending.log.read_text()


def test_when_one_program_ends_all_end(ending):
    listing = subprocess.run(["ps", "-eo", "pid=,pgid=,args="], capture_output=True, text=True, check=True)
    rows = [line.split(maxsplit=2) for line in listing.stdout.splitlines()]
    worker = next(int(pid) for pid, group, args in rows if group == str(ending.pid) and "run_worker" in args)
    os.kill(worker, signal.SIGKILL)

    assert ending.wait(programs.SECONDS) == 1
    assert members(ending.pid) == []
    assert "The worker ended unexpectedly" in ending.log.read_text()


def test_a_port_that_is_taken_is_named(folder):
    ports = free_ports()
    with socket.socket() as other:
        other.bind(("127.0.0.1", ports[1]))
        other.listen()
        ended = programs.run("-m", MODULE, f"--port={ports[0]}", f"--sandbox-port={ports[1]}", folder=folder)

    assert ended.returncode == 1
    assert ended.stderr.startswith(f"SANDBOX_PORT={ports[1]} cannot be used")
