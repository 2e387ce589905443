"""One PostgreSQL, sandbox and shop and two proxies for all scenarios; a new database for each scenario."""

import json

import pytest

from tests import programs
from tests.faults import database, shop
from tests.faults.proxy import Proxy
from tests.faults.scene import Scene
from tests.sandbox import Sandbox

SHOP_HEADERS = {"Host": "books.example", "X_Forwarded_Proto": "https"}


def prepare(folder):
    """Fill folder/data with a PostgreSQL and the database from which a shop's are copied.

    What people.add prints is in folder/people.json.
    """
    add_people = "from tests.faults import people; people.add(60)"
    with database.Server.running() as server:
        server.ask(f"CREATE DATABASE {database.TEMPLATE}", database="postgres")
        given = shop.TRYING_OUT | {
            "DATABASE_URL": server.address(database.TEMPLATE),
            "MEDIA_ROOT": str(folder / "media"),
        }
        for command in (["migrate"], ["shell", "-v", "0", "-c", add_people]):
            ended = programs.manage(*command, **given)
            assert ended.returncode == 0, ended.stderr
        server.stop_and_copy_to(folder)
    folder.joinpath("people.json").write_text(ended.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def prepared_data(once):
    """The folder with the data of a PostgreSQL with a shop in it, and what was said about its people."""
    return once.get("faults", prepare)


@pytest.fixture(scope="session")
def server(prepared_data):
    with database.Server.running(prepared_data / "data") as server:
        yield server


@pytest.fixture(scope="session")
def stripe_process(tmp_path_factory):
    ledger = tmp_path_factory.mktemp("faults-sandbox") / "ledger.sqlite3"
    with Sandbox.started(ledger, "--refund-seconds", "3600") as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def to_stripe(stripe_process):
    """The proxy between the shop and Stripe."""
    with Proxy(stripe_process.url.removeprefix("http://")).running() as proxy:
        yield proxy


@pytest.fixture(scope="session")
def to_shop():
    """The proxy between Stripe and the shop's webhook address; it stands in for the one that ends TLS."""
    with Proxy(**SHOP_HEADERS).running() as proxy:
        yield proxy


@pytest.fixture(scope="session")
def prepared(server, prepared_data, tmp_path_factory, to_stripe, collected):
    """A copy of the project, the environment of its programs, and the people in its database."""
    variables = shop.TRYING_OUT | {
        "DATABASE_URL": server.address(database.SHOP),
        "STRIPE_API_BASE": to_stripe.url,
        "MEDIA_ROOT": str(tmp_path_factory.mktemp("faults-media")),
    }
    folder = collected(tmp_path_factory.mktemp("faults") / "shop")
    return folder, variables, json.loads(prepared_data.joinpath("people.json").read_text())


@pytest.fixture(scope="session")
def served(prepared, server):
    folder, variables, _ = prepared
    server.renew_shop()
    with shop.Shop.served(folder, folder / "log", variables) as served:
        yield served


@pytest.fixture(scope="session")
def commands(prepared, served):
    folder, variables, _ = prepared
    with shop.Commands.ready(folder, variables) as commands:
        yield commands


@pytest.fixture(scope="session")
def shop_of_charges(prepared, served):
    """Another shop on the same database, which charges tokens through the old Charges API."""
    folder, variables, _ = prepared
    with shop.Shop.served(folder, folder / "log", variables | {"STRIPE_TOKEN_API": "charges"}) as other:
        yield other


@pytest.fixture
def scene(server, stripe_process, to_stripe, to_shop, prepared, commands, served):
    """Everything in its initial state; afterwards the invariants must hold."""
    scene = Scene(server, stripe_process, to_stripe, to_shop, commands, served, people=prepared[2])
    scene.begin()
    yield scene
    scene.end()


@pytest.fixture
def ada(scene):
    """A buyer who owns nothing."""
    return scene.buyers[0]


@pytest.fixture
def bob(scene):
    """Another buyer who owns nothing."""
    return scene.buyers[1]
