"""Live mode at start-up: every combination of mode, keys, addresses, webhook secret, DEBUG and SITE_URL."""

import os
from itertools import product
from types import SimpleNamespace
from unittest import mock

import pytest
import stripe  # noqa: TID251 (for the API version that it pins)

from bookstore_project.environment import WrongSetting
from orders.checks import deployment
from tests import programs

SETTINGS = programs.PROJECT / "bookstore_project/settings.py"
KEYS = {
    "right": "{kind}_{mode}_0right",
    "missing": "",
    "other mode": "{kind}_{other}_0mode",
    "other kind": "whsec_0kind",
    "cut off": "{kind}_{mode}_",
    "not of this world": "{kind}_{mode}_0schlüssel",
}
WEBHOOK_SECRETS = {
    "none": "",
    "one": "whsec_0one",
    "two": "whsec_0one, whsec_0two",
    "malformed": "whsec_0one,sk_live_0secret",
    "duplicate": "whsec_0one,whsec_0one",
}
ADDRESSES = ("STRIPE_API_BASE", "STRIPE_CHECKOUT_JS_URL", "STRIPE_JS_URL")
ELSEWHERE = "http://127.0.0.1:8100"
# The first of each is what a correctly configured shop would have.
CHOICES = {
    "live": (True, False),
    "debug": (False, True),
    "site": ("https", "http"),
    "publishable": ("right", "missing", "other mode", "other kind"),
    "secret": (*KEYS, "restricted"),
    "inactive": ("missing", "right", "other mode"),
    "elsewhere": ((), *((name,) for name in ADDRESSES), ADDRESSES),
    "webhook": tuple(WEBHOOK_SECRETS),
}
COMBINATIONS = [dict(zip(CHOICES, each, strict=True)) for each in product(*CHOICES.values())]


def environment(live, debug, site, publishable, secret, inactive, elsewhere, webhook):
    """Return the environment for one combination."""
    active, other = ("LIVE", "TEST") if live else ("TEST", "LIVE")
    secret_kind, secret = ("rk", "right") if secret == "restricted" else ("sk", secret)
    return {
        "SECRET_KEY": programs.PRODUCTION["SECRET_KEY"],
        "ALLOWED_HOSTS": "books.example",
        "STRIPE_LIVE_MODE": str(live),
        "DEBUG": str(debug),
        "SITE_URL": f"{site}://books.example",
        f"STRIPE_{active}_PUBLISHABLE_KEY": key(publishable, "pk", active, other),
        f"STRIPE_{active}_SECRET_KEY": key(secret, secret_kind, active, other),
        f"STRIPE_{other}_SECRET_KEY": key(inactive, "sk", other, active),
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRETS[webhook],
        **dict.fromkeys(elsewhere, ELSEWHERE),
    }


def key(state, kind, mode, other):
    return KEYS[state].format(kind=kind, mode=mode.lower(), other=other.lower())


def faults(live, debug, site, publishable, secret, inactive, elsewhere, webhook):
    """Return a sentence for each thing wrong with a combination; none if it starts."""
    active, other = ("LIVE", "TEST") if live else ("TEST", "LIVE")
    if live and debug:
        yield "DEBUG must be False together with STRIPE_LIVE_MODE=True."
    if live and site == "http":
        yield "SITE_URL must begin with https:// together with STRIPE_LIVE_MODE=True."
    for what, state, prefixes in (
        ("PUBLISHABLE", publishable, f"pk_{active.lower()}_"),
        ("SECRET", secret, f"sk_{active.lower()}_ or rk_{active.lower()}_"),
    ):
        if state == "missing" and not debug:
            yield f"STRIPE_{active}_{what}_KEY must be set when DEBUG is off."
        if state not in {"right", "restricted", "missing"}:
            yield f"STRIPE_{active}_{what}_KEY must be the Stripe key that begins with {prefixes}."
    if inactive == "other mode":
        prefixes = f"sk_{other.lower()}_ or rk_{other.lower()}_"
        yield f"STRIPE_{other}_SECRET_KEY must be the Stripe key that begins with {prefixes}."
    if live:
        yield from (f"{name} must be left unset together with STRIPE_LIVE_MODE=True." for name in elsewhere)
    if webhook in {"malformed", "duplicate"}:
        yield (
            "STRIPE_WEBHOOK_SECRET must be secrets that begin with whsec_, comma-separated and all different."
        )


def warnings(live, elsewhere, webhook, **others):
    """Return the ids of the warnings that `check --deploy` gives for a combination that starts."""
    if not live:
        yield "orders.W001"
    if webhook == "none":
        yield "orders.W002"
    if len(elsewhere) == 1:
        yield "orders.W003"


@pytest.fixture(scope="module")
def start():
    """A function that reads the settings with only these variables, as a new process would."""
    program = compile(SETTINGS.read_text(), SETTINGS, "exec")

    def start(variables):
        settings = {"__file__": str(SETTINGS)}
        # A plain dictionary: to change the process's own takes longer than to read the settings.
        with mock.patch.object(os, "environ", variables):
            exec(program, settings)  # noqa: S102 (a file of this project)
        return SimpleNamespace(**settings)

    return start


def test_every_combination_starts_or_is_refused_with_its_own_sentence(start):
    for combination in COMBINATIONS:
        sentences = set(faults(**combination))
        try:
            start(environment(**combination))
        except WrongSetting as wrong:
            said = str(wrong)
            assert said in sentences, combination
            assert "_0" not in said, "a secret is repeated"
        else:
            assert not sentences, combination


def test_what_starts_has_the_keys_and_secrets_of_its_mode(start):
    for combination in filter(lambda each: not any(faults(**each)), COMBINATIONS):
        variables = environment(**combination)
        active = "LIVE" if combination["live"] else "TEST"

        settings = start(variables)

        assert combination["live"] == settings.STRIPE_LIVE_MODE
        assert variables[f"STRIPE_{active}_PUBLISHABLE_KEY"] == settings.STRIPE_PUBLISHABLE_KEY
        assert variables[f"STRIPE_{active}_SECRET_KEY"] == settings.STRIPE_SECRET_KEY
        assert variables["STRIPE_WEBHOOK_SECRET"] == ", ".join(settings.STRIPE_WEBHOOK_SECRETS)
        for name in ADDRESSES:
            at_stripe = ".stripe.com" in getattr(settings, name)
            assert at_stripe is (name not in combination["elsewhere"])


def test_what_starts_gets_its_warnings_before_a_deployment(start, monkeypatch):
    every_check = (
        deployment.payments_are_real,
        deployment.stripe_can_report,
        deployment.browsers_and_shop_use_the_same_stripe,
    )
    for combination in filter(lambda each: not any(faults(**each)), COMBINATIONS):
        monkeypatch.setattr(deployment, "settings", start(environment(**combination)))

        said = [warning.id for check in every_check for warning in check(None)]

        assert said == list(warnings(**combination)), combination


def test_the_browser_and_the_guide_use_the_api_version_of_the_library(start):
    version = stripe.api_version
    release = version.partition(".")[2]

    settings = start(environment(**COMBINATIONS[0]))

    assert f"https://js.stripe.com/{release}/stripe.js" == settings.STRIPE_JS_URL
    assert f"**{version}**" in (programs.PROJECT / "docs/going-live.md").read_text()


def test_a_live_shop_without_a_webhook_secret_starts_with_a_warning():
    ended = programs.manage("check", "--deploy", STRIPE_WEBHOOK_SECRET=None)

    assert ended.returncode == 0
    assert "orders.W002" in ended.stderr


def test_gunicorn_starts_with_test_keys_while_live_keys_are_set_too(tmp_path):
    staging = {
        "STRIPE_LIVE_MODE": None,
        "STRIPE_TEST_PUBLISHABLE_KEY": "pk_test_made_up",
        "STRIPE_TEST_SECRET_KEY": "rk_test_made_up",
        "STRIPE_WEBHOOK_SECRET": "whsec_old,whsec_new",
        **dict.fromkeys(ADDRESSES, ELSEWHERE),
    }
    with programs.gunicorn(programs.PROJECT, tmp_path / "log", **staging) as port:
        assert programs.get(port, "/healthz/").status == 200
