"""What a shop can read about its own settings: the account and the webhook endpoint."""

import http.client
import json

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.conftest import connect

SHOP = "http://127.0.0.1:8000/orders/webhook/"
SECRET = "whsec_shop"
VERSION = "2026-10-28.endive"


def test_the_key_finds_its_account(api):
    account = api.accounts.retrieve_current()
    assert account.id.startswith("acct_")
    assert (account.charges_enabled, account.details_submitted) == (True, True)
    assert (account.country, account.default_currency) == ("US", "usd")
    assert account.capabilities.card_payments == "active"
    assert account.settings.dashboard.display_name == "Stripe sandbox"


def test_an_account_can_be_barred_from_charging(api, control):
    control("POST", "account", {"charges_enabled": False, "display_name": "Books"})
    account = api.accounts.retrieve_current()
    assert (account.charges_enabled, account.capabilities.card_payments) == (False, "inactive")
    assert account.settings.dashboard.display_name == "Books"
    control("POST", "reset")
    assert api.accounts.retrieve_current().charges_enabled


def test_only_a_secret_key_can_read_the_settings(server, http_client, api_in_browser):
    for calls in (connect(server.url, http_client, "nonsense"), api_in_browser):
        with pytest.raises(stripe.AuthenticationError):
            calls.accounts.retrieve_current()
        with pytest.raises(stripe.AuthenticationError):
            calls.webhook_endpoints.list()


def test_no_endpoint_means_an_empty_list(api):
    assert api.webhook_endpoints.list().data == []


def test_the_endpoint_is_listed_without_its_secrets(api, control):
    control("POST", "webhook", {"url": SHOP, "secrets": [SECRET]})
    listed = api.webhook_endpoints.list({"limit": 100})
    assert SECRET not in json.dumps(listed.to_dict())
    (endpoint,) = listed.auto_paging_iter()
    assert endpoint.id.startswith("we_")
    assert (endpoint.url, endpoint.status, endpoint.livemode) == (SHOP, "enabled", False)
    assert (endpoint.enabled_events, endpoint.api_version) == (["*"], VERSION)


def test_an_endpoint_can_come_from_a_flag(start, http_client):
    _, url = start("--webhook-url", SHOP, "--webhook-secret", SECRET)
    assert connect(url, http_client).webhook_endpoints.list().data[0].url == SHOP


def test_an_endpoint_can_be_misconfigured(api, control):
    wrong = {"enabled_events": ["charge.refunded"], "api_version": "2020-08-27", "status": "disabled"}
    control("POST", "webhook", {"url": SHOP, "secrets": SECRET, **wrong})
    endpoint = api.webhook_endpoints.list().data[0]
    assert endpoint.enabled_events == ["charge.refunded"]
    assert (endpoint.api_version, endpoint.status) == ("2020-08-27", "disabled")
    control("POST", "reset")
    assert api.webhook_endpoints.list().data == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("account", {"charges_enabled": "no"}),
        ("account", {"livemode": True}),
        ("webhook", {"url": SHOP, "secrets": SECRET, "status": "asleep"}),
        ("webhook", {"url": SHOP, "secrets": SECRET, "enabled_events": []}),
        ("webhook", {"url": SHOP, "secrets": SECRET, "colour": "red"}),
    ],
)
def test_wrong_settings_change_nothing(server, api, name, wrong):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
    connection.request("POST", f"/_sandbox/{name}", json.dumps(wrong))
    assert connection.getresponse().status == 400
    connection.close()
    assert api.accounts.retrieve_current().charges_enabled
    assert api.webhook_endpoints.list().data == []
