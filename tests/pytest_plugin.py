"""The environment and fixtures of every test; pytest loads this before Django reads its settings."""

import os
import shutil
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests import made_once, network
from tests.browser import Browser
from tests.door import Door
from tests.sandbox import Sandbox
from tests.shop import shop

# Where tests store covers and books; one folder for all, because model fields get their storage at import.
# That of a worker is in that of the run: a worker is ended before it could remove its own.
WORKER = os.environ.get("PYTEST_XDIST_WORKER")
MEDIA = None if WORKER else TemporaryDirectory(prefix="bookstore-tests-")

ENVIRONMENT = {
    "SECRET_KEY": "for-tests-only-and-known-to-everybody",
    "SITE_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,localhost,127.0.0.1",
    "SECURE_SSL_REDIRECT": "False",
    "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_sandbox",
    "STRIPE_TEST_SECRET_KEY": "sk_test_sandbox",
    "STRIPE_WEBHOOK_SECRET": "whsec_for_tests",
    # Nothing listens there: a test that forgets to set up the sandbox reaches no Stripe at all.
    "STRIPE_API_BASE": "http://127.0.0.1:9",
}
for name, value in ENVIRONMENT.items():
    os.environ.setdefault(name, value)
os.environ["DEBUG"] = "False"
os.environ["MEDIA_ROOT"] = MEDIA.name if MEDIA else f"{os.environ['MEDIA_ROOT']}/{WORKER}"
Path(os.environ["MEDIA_ROOT"]).mkdir(exist_ok=True)
os.environ["DJANGO_SETTINGS_MODULE"] = "bookstore_project.settings"
# Playwright runs an event loop in the thread in which tests use the database, which Django would refuse.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_configure(config):
    """Serve static files without collecting them, as tests run in a bare checkout; hurry what is slow."""
    from django.conf import settings  # noqa: PLC0415 (only once the environment is set)

    from tests import committing  # noqa: PLC0415

    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    committing.hurry()
    # PostgreSQL cannot drop the test database while a thread of the live server keeps a connection to it.
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0
    # In most tests nobody has chosen any settings, and no query asks for them.
    settings.SHOP = shop()
    network.refuse_all_but_loopback()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Skip on SQLite what only PostgreSQL can show; mark what does not use the database, and begin with it.

    Among that are the longest tests, after which a worker would be left alone at the end. A class, or the
    functions of a module, stay together, as xdist runs them: a test that commits would empty the tables for
    others if it ran early.
    """
    from django.db import connection  # noqa: PLC0415 (needs settings)

    for item in items:
        if not _uses_database(item):
            item.add_marker("without_database")
        if connection.vendor != "postgresql" and item.get_closest_marker("postgresql"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL"))
    with_database = {_together(item) for item in items if _uses_database(item)}
    items.sort(key=lambda item: _together(item) in with_database)


def _together(item):
    """Return what names the class of a test, or its module if it is a function."""
    return item.nodeid.rpartition("::")[0]


def _uses_database(item):
    from django.test import TransactionTestCase  # noqa: PLC0415 (needs settings)

    return (
        issubclass(item.cls or object, TransactionTestCase)
        or item.get_closest_marker("django_db") is not None
        or not {"db", "transactional_db", "live_server"}.isdisjoint(item.fixturenames)
    )


def pytest_unconfigure(config):
    """Remove what the tests stored and had in common, once every worker has ended."""
    if MEDIA is None:
        return
    MEDIA.cleanup()
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        made_once.remove_template()


@pytest.fixture(autouse=True)
def _empty_cache(request, django_db_blocker):
    """Clear the rate limits that a test counted, if no rollback did: they are in no model's table."""
    yield
    if "transactional_db" in request.fixturenames or _is_transactional(request.cls):
        from django.core.cache import cache  # noqa: PLC0415 (needs settings)

        with django_db_blocker.unblock():
            cache.clear()


@pytest.fixture
def shop_as_stored(settings):
    """Let the shop read its settings from the database, as it does outside of tests."""
    from pages.shop import Shop  # noqa: PLC0415 (needs settings)

    settings.SHOP = Shop()


@pytest.fixture(autouse=True)
def _forgotten_pages():
    """Forget the pages that an earlier test left in memory, or this one under other settings."""
    from django.core.signals import setting_changed  # noqa: PLC0415 (needs settings)

    from books.rendering import memory  # noqa: PLC0415

    def forget(**kwargs):
        memory.forget()

    forget()
    setting_changed.connect(forget)
    yield
    setting_changed.disconnect(forget)


def _is_transactional(test_class):
    from django.test import TestCase, TransactionTestCase  # noqa: PLC0415 (needs settings)

    bases = test_class or object
    return issubclass(bases, TransactionTestCase) and not issubclass(bases, TestCase)


@pytest.fixture(scope="session")
def once(tmp_path_factory, worker_id):
    """What all workers of this run have in common."""
    folder = tmp_path_factory.getbasetemp()
    return made_once.MadeOnce(folder if worker_id == "master" else folder.parent)


@pytest.fixture(scope="session")
def collected(once, migrated):
    """Return a function that copies the project with its static files and a migrated SQLite database."""
    made = once.get("collected", made_once.make_shop)

    def copy(folder):
        shutil.copytree(made / "shop", folder)
        shutil.copy(migrated, folder)
        return Path(folder)

    return copy


@pytest.fixture(scope="session")
def migrated(once):
    """The file of a migrated SQLite database without rows, to be copied."""
    return once.get("migrated", made_once.make_migrated) / "db.sqlite3"


@pytest.fixture(scope="session")
def template(once):
    """The name of a migrated database in PostgreSQL, to be copied."""
    once.get("template", made_once.make_template)
    return made_once.TEMPLATE


@pytest.fixture(scope="session", autouse=True)
def _test_database_is_a_copy(request):
    """Copy each worker's database: migrating it takes longer than any test."""
    from django.db import connection  # noqa: PLC0415 (needs settings)

    copy = nullcontext()
    if any(map(_uses_database, request.session.items)):
        if connection.vendor == "postgresql":
            connection.settings_dict["TEST"]["TEMPLATE"] = request.getfixturevalue("template")
        else:
            copy = made_once.in_memory(request.getfixturevalue("migrated"))
    with copy:
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_pauses():
    """Let nothing here wait before it asks Stripe again; programs that tests start wait as always."""
    import stripe  # noqa: PLC0415, TID251 (its own pause between two tries)

    from orders.reconciliation import examination  # noqa: PLC0415 (needs settings)

    stripe.HTTPClient.INITIAL_DELAY = 0
    examination.SECONDS_TO_SETTLE = 0


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory):
    """The Stripe sandbox in a separate process, started by the first test that needs it."""
    with Sandbox.started(tmp_path_factory.mktemp("sandbox") / "ledger.sqlite3") as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process, settings):
    """An empty Stripe sandbox, and settings that point at it."""
    sandbox_process.reset()
    settings.STRIPE_API_BASE = sandbox_process.url
    settings.STRIPE_CHECKOUT_JS_URL = f"{sandbox_process.url}/checkout.js"
    settings.STRIPE_JS_URL = f"{sandbox_process.url}/stripe.js"
    return sandbox_process


@pytest.fixture(scope="session")
def chromium():
    """A real Chromium, one for the whole run."""
    with Browser.started() as browser:
        yield browser


@pytest.fixture
def browser(chromium):
    """The Chromium of this test; `browser.page(live_server, …)` opens pages in it."""
    return chromium


@pytest.fixture(scope="session", autouse=True)
def _browser_before_database(request):
    """Start the browser, if a test of this run needs one, before the database is created.

    From then on Playwright keeps an event loop in this thread, and inside an event loop Django uses other
    connections than outside it: tests would find a database without its initial rows, and it could not be
    dropped.
    """
    if any("browser" in item.fixturenames for item in request.session.items):
        request.getfixturevalue("chromium")


@pytest.fixture(scope="session")
def door(live_server):
    """The door of the served site."""
    server = live_server.thread.httpd
    door = Door(server.get_app())
    server.set_app(door)
    return door


@pytest.fixture
def site(live_server, door, settings, django_db_serialized_rollback):
    """The address of the site, served in a thread, with the rows that migrations create (All Books)."""
    settings.SITE_URL = live_server.url
    with door.opened():
        yield live_server.url


@pytest.fixture
def page(browser, site):
    """A page of desktop size; the test fails on an error in a script or a breach of the content policy."""
    with browser.page(site, viewport={"width": 1280, "height": 800}) as page:
        yield page


@pytest.fixture
def phone_page(browser, site):
    """The same on the smallest phone: 320 pixels wide, touched rather than clicked."""
    with browser.page(site, viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True) as page:
        yield page


@pytest.fixture
def plain_page(browser, site):
    """The same without JavaScript."""
    with browser.page(site, java_script_enabled=False) as page:
        yield page
