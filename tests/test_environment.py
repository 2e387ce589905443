"""A wrong environment: the shop does not start, and says why in one sentence."""

import re

import pytest

from bookstore_project import connections, environment
from tests import programs

TEST_MODE = {
    "STRIPE_LIVE_MODE": None,
    "STRIPE_LIVE_PUBLISHABLE_KEY": None,
    "STRIPE_LIVE_SECRET_KEY": None,
    "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_made_up",
    "STRIPE_TEST_SECRET_KEY": "sk_test_made_up",
}
WEAK_KEY = "SECRET_KEY must have at least 32 characters, 10 of them different."
WRONG = [
    ({"SECRET_KEY": None}, "SECRET_KEY must be set when DEBUG is off."),
    ({"SECRET_KEY": " "}, "SECRET_KEY must be set when DEBUG is off."),
    ({"SECRET_KEY": "abcdefghij" + "k" * 21}, WEAK_KEY),
    ({"SECRET_KEY": "abcdefghi" * 10}, WEAK_KEY),
    ({"DEBUG": "True", "STRIPE_LIVE_MODE": None, "SECRET_KEY": "short"}, WEAK_KEY),
    ({"SECRET_KEY_FILE": "/x"}, "Set SECRET_KEY or SECRET_KEY_FILE, not both."),
    (
        {"SECRET_KEY": None, "SECRET_KEY_FILE": "/no/such/file"},
        "SECRET_KEY_FILE must be the path of a readable text file.",
    ),
    (
        {"SECRET_KEY": None, "SECRET_KEY_FILE": "/dev/null"},
        "SECRET_KEY must be set when DEBUG is off.",
    ),
    ({"DEBUG": "yes"}, "DEBUG must be True or False, not 'yes'."),
    ({"SITE_URL": None}, "SITE_URL must be set when DEBUG is off."),
    (
        {"SITE_URL": "books.example"},
        "SITE_URL must be an address such as https://example.com, not 'books.example'.",
    ),
    (
        {"SITE_URL": "https://books .example"},
        "SITE_URL must be an address such as https://example.com, not 'https://books .example'.",
    ),
    (
        {"SITE_URL": "https://books.example/shop"},
        "SITE_URL must be an address without a path, not 'https://books.example/shop'.",
    ),
    (
        {"SITE_URL": "https://[books"},
        "SITE_URL must be an address such as https://example.com, not 'https://[books'.",
    ),
    ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS must be set when DEBUG is off."),
    ({"ALLOWED_HOSTS": ","}, "ALLOWED_HOSTS must name at least one value when DEBUG is off."),
    (
        {"ALLOWED_HOSTS": "https://books.example"},
        "ALLOWED_HOSTS must be host names such as books.example.com, not 'https://books.example'.",
    ),
    (
        {"ALLOWED_HOSTS": "books.example:80"},
        "ALLOWED_HOSTS must be host names such as books.example.com, not 'books.example:80'.",
    ),
    (
        {"CSRF_TRUSTED_ORIGINS": "books.example"},
        "CSRF_TRUSTED_ORIGINS must be addresses such as https://example.com, not 'books.example'.",
    ),
    ({"BEHIND_PROXY": "1"}, "BEHIND_PROXY must be True or False, not '1'."),
    ({"SECURE_SSL_REDIRECT": "no"}, "SECURE_SSL_REDIRECT must be True or False, not 'no'."),
    ({"RATE_LIMITS": "off"}, "RATE_LIMITS must be True or False, not 'off'."),
    ({"STAMP_DOWNLOADS": "on"}, "STAMP_DOWNLOADS must be True or False, not 'on'."),
    ({"ADMIN_PATH": "/"}, "ADMIN_PATH must be a path such as admin/, not '/'."),
    (
        {"X_ACCEL_REDIRECT": "protected"},
        "X_ACCEL_REDIRECT must be a path such as /protected/, not 'protected'.",
    ),
    ({"ADMIN_PATH": "back office"}, "ADMIN_PATH must be a path such as admin/, not 'back office'."),
    (
        {"DATABASE_URL": "mysql://u:secret@db/books"},
        "DATABASE_URL must be an address such as postgres://user:password@host:5432/name.",
    ),
    (
        {"DATABASE_URL": "postgres://u:secret@db:port/books"},
        "DATABASE_URL must be an address such as postgres://user:password@host:5432/name.",
    ),
    (
        {"DATABASE_URL": "postgres://u:secret@db"},
        "DATABASE_URL must be an address such as postgres://user:password@host:5432/name.",
    ),
    (
        {"EMAIL_URL": "mail.example"},
        "EMAIL_URL must be smtp://, smtp+tls:// or smtps://user:password@host:port, or consolemail://.",
    ),
    (
        {"EMAIL_URL": "smtp://u:secret@mail:port"},
        "EMAIL_URL must be smtp://, smtp+tls:// or smtps://user:password@host:port, or consolemail://.",
    ),
    ({"DEFAULT_FROM_EMAIL": "the shop"}, "DEFAULT_FROM_EMAIL must be an e-mail address, not 'the shop'."),
    ({"LOG_LEVEL": "loud"}, "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL, not 'loud'."),
    ({"STRIPE_LIVE_MODE": "live"}, "STRIPE_LIVE_MODE must be True or False, not 'live'."),
    ({"STRIPE_LIVE_SECRET_KEY": None}, "STRIPE_LIVE_SECRET_KEY must be set when DEBUG is off."),
    (
        {"STRIPE_LIVE_SECRET_KEY": "sk_test_1"},
        "STRIPE_LIVE_SECRET_KEY must be the Stripe key that begins with sk_live_ or rk_live_.",
    ),
    (
        {"STRIPE_LIVE_SECRET_KEY": "pk_live_1"},
        "STRIPE_LIVE_SECRET_KEY must be the Stripe key that begins with sk_live_ or rk_live_.",
    ),
    (
        {"STRIPE_LIVE_PUBLISHABLE_KEY": "pk_test_1"},
        "STRIPE_LIVE_PUBLISHABLE_KEY must be the Stripe key that begins with pk_live_.",
    ),
    ({**TEST_MODE, "STRIPE_TEST_SECRET_KEY": None}, "STRIPE_TEST_SECRET_KEY must be set when DEBUG is off."),
    (
        {**TEST_MODE, "STRIPE_TEST_SECRET_KEY": "sk_live_1"},
        "STRIPE_TEST_SECRET_KEY must be the Stripe key that begins with sk_test_ or rk_test_.",
    ),
    (
        {**TEST_MODE, "STRIPE_TEST_PUBLISHABLE_KEY": "sk_test_1"},
        "STRIPE_TEST_PUBLISHABLE_KEY must be the Stripe key that begins with pk_test_.",
    ),
    (
        {"STRIPE_TEST_SECRET_KEY": "sk_live_1"},
        "STRIPE_TEST_SECRET_KEY must be the Stripe key that begins with sk_test_ or rk_test_.",
    ),
    ({"DEBUG": "True"}, "DEBUG must be False together with STRIPE_LIVE_MODE=True."),
    (
        {"SITE_URL": "http://books.example"},
        "SITE_URL must begin with https:// together with STRIPE_LIVE_MODE=True.",
    ),
    (
        {"STRIPE_WEBHOOK_SECRET": "sk_live_1"},
        "STRIPE_WEBHOOK_SECRET must be secrets that begin with whsec_, comma-separated and all different.",
    ),
    (
        {"STRIPE_WEBHOOK_SECRET": None, "STRIPE_WEBHOOK_SECRET_FILE": "whsec_1"},
        "STRIPE_WEBHOOK_SECRET_FILE must be the path of a readable text file.",
    ),
    ({"STRIPE_CHECKOUT": "modal"}, "STRIPE_CHECKOUT must be one of token, session, not 'modal'."),
    (
        {"STRIPE_TOKEN_API": "tokens"},
        "STRIPE_TOKEN_API must be one of payment_intents, charges, not 'tokens'.",
    ),
    (
        {**TEST_MODE, "STRIPE_API_BASE": "localhost:8100"},
        "STRIPE_API_BASE must be an address such as https://example.com, not 'localhost:8100'.",
    ),
    (
        {"STRIPE_API_BASE": "http://127.0.0.1:8100"},
        "STRIPE_API_BASE must be left unset together with STRIPE_LIVE_MODE=True.",
    ),
    (
        {"STRIPE_CHECKOUT_JS_URL": "http://127.0.0.1:8100/checkout.js"},
        "STRIPE_CHECKOUT_JS_URL must be left unset together with STRIPE_LIVE_MODE=True.",
    ),
    (
        {"STRIPE_JS_URL": "https://js.stripe.com/v3/"},
        "STRIPE_JS_URL must be left unset together with STRIPE_LIVE_MODE=True.",
    ),
]


@pytest.mark.parametrize(("variables", "sentence"), WRONG, ids=str)
def test_a_wrong_value_stops_manage_with_one_sentence(variables, sentence):
    ended = programs.manage("check", **variables)

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"{sentence}\n")


@pytest.mark.parametrize(("variables", "sentence"), WRONG, ids=str)
def test_a_wrong_value_stops_gunicorn_with_one_sentence(variables, sentence):
    ended = programs.run(
        "-m", "gunicorn", "bookstore_project.wsgi", "--bind=127.0.0.1:0", "--workers=2", **variables
    )

    # The other lines there are gunicorn's log, which begins with the time.
    said = [line for line in ended.stderr.splitlines() if not line.startswith("[")]
    assert (ended.returncode, said) == (3, [sentence])


# gunicorn reads this one too, before any of the shop's files.
COUNTS = ["x", "0", "-1", "1.5", "2 3", "٢", "99999"]


@pytest.mark.parametrize("count", COUNTS)
def test_a_wrong_number_of_processes_stops_the_server_and_manage_with_the_same_sentence(count):
    serving = programs.run("-m", "bookstore_project.serve", "--bind=127.0.0.1:0", WEB_CONCURRENCY=count)
    managing = programs.manage("check", WEB_CONCURRENCY=count)

    sentence = f"WEB_CONCURRENCY must be a whole number from 1, not {count!r}.\n"
    assert (serving.returncode, serving.stdout, serving.stderr) == (1, "", sentence)
    assert (managing.returncode, managing.stdout, managing.stderr) == (1, "", sentence)


@pytest.mark.parametrize(("variables", "sentence"), WRONG[:1], ids=str)
def test_the_server_refuses_other_wrong_values_too(variables, sentence):
    ended = programs.run("-m", "bookstore_project.serve", "--bind=127.0.0.1:0", **variables)

    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"{sentence}\n")


@pytest.mark.parametrize("count", ["", " 3 ", None])
def test_a_valid_number_reaches_gunicorn(count):
    ended = programs.run("-m", "bookstore_project.serve", "--print-config", WEB_CONCURRENCY=count)

    assert ended.returncode == 0, ended.stderr
    [workers] = re.findall(r"^workers +=? *(\d+)$", ended.stdout, re.MULTILINE)
    assert workers == (count.strip() if count and count.strip() else "2")


def test_a_live_shop_starts():
    ended = programs.manage("check", "--deploy", "--fail-level=WARNING")

    assert (ended.returncode, ended.stderr) == (0, "")


def test_test_keys_are_accepted_and_another_stripe_with_them():
    ended = programs.manage("check", **TEST_MODE, STRIPE_API_BASE="http://127.0.0.1:8100")

    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("key", ["abcdefghij" + "k" * 22, "0123456789" * 4])
def test_a_secret_key_of_32_characters_ten_of_them_different_is_enough(monkeypatch, key):
    monkeypatch.setenv("SECRET_KEY", key)

    assert environment.secret_key("SECRET_KEY", default=None) == key


def test_development_needs_nothing():
    ended = programs.manage("check", **dict.fromkeys(programs.PRODUCTION), DEBUG="True")

    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_secret_may_come_from_a_file(monkeypatch, tmp_path):
    tmp_path.joinpath("secret").write_text("from-the-file\n")
    monkeypatch.setenv("SOME_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("SOME_SECRET", "")

    assert environment.text("SOME_SECRET") == "from-the-file"


def test_webhook_secrets_may_come_from_a_file(monkeypatch, tmp_path):
    tmp_path.joinpath("secrets").write_text("whsec_old, whsec_new\n")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET_FILE", str(tmp_path / "secrets"))
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "")

    assert environment.webhook_secrets("STRIPE_WEBHOOK_SECRET") == ["whsec_old", "whsec_new"]


@pytest.mark.parametrize(
    ("address", "host", "port", "tls", "ssl"),
    [
        ("smtp://mail.example", "mail.example", 25, False, False),
        ("smtp+tls://u:p%40ss@mail.example", "mail.example", 587, True, False),
        ("smtps://u:p@mail.example:8465", "mail.example", 8465, False, True),
    ],
)
def test_mail_servers(monkeypatch, address, host, port, tls, ssl):
    monkeypatch.setenv("EMAIL_URL", address)

    options = connections.mailer("EMAIL_URL", default="", debug=False)["OPTIONS"]

    assert [options[name] for name in ("host", "port", "use_tls", "use_ssl")] == [host, port, tls, ssl]


def test_a_mail_password_may_hold_any_letter(monkeypatch):
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://ada%40example.com:p%40ss%2Fword@mail.example")

    options = connections.mailer("EMAIL_URL", default="", debug=False)["OPTIONS"]

    assert (options["username"], options["password"]) == ("ada@example.com", "p@ss/word")


def test_a_shop_that_only_prints_its_mail_gets_a_warning():
    ended = programs.manage("check", "--deploy", EMAIL_URL="consolemail://")

    assert ended.returncode == 0
    assert ended.stderr.count("WARNINGS") == 1
    assert "users.W001" in ended.stderr


@pytest.mark.parametrize(
    "address",
    [
        "books@books.example",
        "Books <books@a-b.books.example>",
        "books@localhost",
        "books@b\u00fccher.example",
    ],
)
def test_letters_may_come_from_any_domain(address, monkeypatch):
    monkeypatch.setenv("DEFAULT_FROM_EMAIL", address)

    assert environment.sender("DEFAULT_FROM_EMAIL", default="") == address


@pytest.mark.parametrize(
    "address", ["books", "books@", "books@-a.example", "books@books", "books@a..example"]
)
def test_letters_come_from_an_address(address, monkeypatch):
    monkeypatch.setenv("DEFAULT_FROM_EMAIL", address)

    with pytest.raises(environment.WrongSetting, match="must be an e-mail address"):
        environment.sender("DEFAULT_FROM_EMAIL", default="")
