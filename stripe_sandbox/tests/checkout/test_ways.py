"""Ways to pay: which are offered, and what paying by each of them does."""

import http.client
from urllib.parse import urlencode

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.payments import session


@pytest.fixture
def send(server):
    """Return ``send(path, field=…)``: posts a form to a page and returns the status and the next address."""

    def post(path, **form):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        connection.request("POST", path, urlencode(form))
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, answer.headers["Location"] or body

    return post


@pytest.fixture
def look(server):
    """Return ``look(session)``: the page on which it is paid."""

    def get(made):
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port)
        connection.request("GET", path_of(made))
        page = connection.getresponse().read().decode()
        connection.close()
        return page

    return get


def in_currency(currency):
    price = {"currency": currency, "unit_amount": 3900, "product_data": {"name": "All Books"}}
    return session(line_items=[{"price_data": price, "quantity": 1}])


def path_of(made):
    return f"/c/pay/{made.id}"


def test_the_configuration_lists_every_switch(api, control):
    control("POST", "payment_methods", {"paypal": "pending", "card": "off"})

    (configuration,) = api.payment_method_configurations.list({"active": True}).data

    assert (configuration.is_default, configuration.active, configuration.parent) == (True, True, None)
    found = {
        name: (configuration[name].display_preference.value, configuration[name].available)
        for name in ("card", "paypal", "us_bank_account")
    }
    assert found == {"card": ("off", False), "paypal": ("on", False), "us_bank_account": ("on", True)}


def test_a_session_offers_what_is_switched_on_and_takes_its_currency(api, control):
    assert api.checkout.sessions.create(in_currency("usd")).payment_method_types == [
        "card",
        "paypal",
        "us_bank_account",
    ]
    assert api.checkout.sessions.create(in_currency("eur")).payment_method_types == [
        "card",
        "paypal",
        "sepa_debit",
    ]
    control("POST", "payment_methods", {"paypal": "off", "us_bank_account": "pending"})
    assert api.checkout.sessions.create(in_currency("usd")).payment_method_types == ["card"]
    control("POST", "payment_methods", {"card": "off"})
    with pytest.raises(stripe.InvalidRequestError, match="No valid payment method types"):
        api.checkout.sessions.create(in_currency("usd"))


def test_unknown_ways_and_states_are_refused(control):
    for wrong in ({"cheque": "on"}, {"paypal": "perhaps"}):
        with pytest.raises(AssertionError):
            control("POST", "payment_methods", wrong)
    assert control("GET", "payment_methods")["paypal"] == "on"


def test_paypal_asks_the_buyer_on_its_own_page(api, send):
    made = api.checkout.sessions.create(session())

    status, there = send(path_of(made), method="paypal", email="j@example.com")
    assert status == 303
    assert api.checkout.sessions.retrieve(made.id).status == "open"
    _, back = send(there[there.index("/three_d_secure") :], outcome="complete")

    assert back.endswith(f"/return/?session_id={made.id}")
    paid = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
    details = paid.payment_intent.latest_charge.payment_method_details
    assert (paid.payment_status, details.type) == ("paid", "paypal")


@pytest.mark.parametrize(
    ("mode", "back"), [("hosted_page", "/c/pay/"), ("embedded_page", "/return/?session_id=")]
)
def test_whoever_cancels_at_paypal_comes_back_and_has_not_paid(api, send, mode, back):
    made = api.checkout.sessions.create(session(mode))
    place = path_of(made) if mode == "hosted_page" else f"/c/embed/{made.id}?secret={made.client_secret}"
    _, there = send(place, method="paypal", email="j@example.com")

    _, address = send(there[there.index("/three_d_secure") :], outcome="fail")

    assert address.endswith(f"{back}{made.id}")
    assert api.checkout.sessions.retrieve(made.id).status == "open"
    assert api.charges.list().data == []


@pytest.mark.parametrize("outcome", ["succeed", "fail"])
def test_a_bank_account_takes_days(api, control, send, outcome):
    made = api.checkout.sessions.create(session())

    send(path_of(made), method="us_bank_account", email="j@example.com")
    begun = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]})
    assert (begun.status, begun.payment_status) == ("complete", "unpaid")
    assert (begun.payment_intent.status, api.charges.list().data) == ("processing", [])
    control("POST", f"checkout_sessions/{made.id}/async_{outcome}")

    (charge,) = api.charges.list().data
    assert (charge.paid, charge.payment_method_details.type) == (outcome == "succeed", "us_bank_account")


def test_a_way_that_is_not_offered_takes_no_money(api, send):
    made = api.checkout.sessions.create(session(allowed_payment_method_types=["card"]))

    status, page = send(path_of(made), method="paypal", email="j@example.com")

    assert (status, "takes no paypal" in page) == (200, True)
    assert api.checkout.sessions.retrieve(made.id).status == "open"


@pytest.mark.parametrize(("wallet", "label"), [("apple_pay", "Apple Pay"), ("google_pay", "Google Pay")])
def test_a_wallet_pays_with_its_card_and_the_charge_names_it(api, send, look, wallet, label):
    made = api.checkout.sessions.create(session())
    assert wallet not in made.payment_method_types

    status, back = send(path_of(made), method=wallet, email="j@example.com")

    assert (status, back.endswith(f"/return/?session_id={made.id}")) == (303, True)
    paid = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
    details = paid.payment_intent.latest_charge.payment_method_details
    assert (paid.payment_status, details.type, details.card.last4) == ("paid", "card", "4242")
    assert details.card.wallet.to_dict() == {"type": wallet, wallet: {}, "dynamic_last4": "4242"}
    assert api.payment_methods.retrieve(paid.payment_intent.payment_method).card.wallet.type == wallet
    another = api.checkout.sessions.create(session())
    assert f"<span>{label}</span>" in look(another)


@pytest.mark.parametrize(
    ("switches", "of_session"),
    [
        ({"apple_pay": "off"}, {}),
        ({"apple_pay": "pending"}, {}),
        ({}, {"allowed_payment_method_types": ["paypal"]}),
        ({}, {"excluded_payment_method_types": ["card"]}),
        ({"card": "off"}, {}),
    ],
)
def test_a_wallet_that_is_off_or_in_a_session_without_cards_takes_no_money(
    api, control, send, look, switches, of_session
):
    control("POST", "payment_methods", switches)
    made = api.checkout.sessions.create(session(**of_session))
    assert "Apple Pay" not in look(made)

    status, page = send(path_of(made), method="apple_pay", email="j@example.com")

    assert (status, "takes no apple_pay" in page) == (200, True)
    assert api.checkout.sessions.retrieve(made.id).status == "open"
    assert api.charges.list().data == []


def test_what_paypal_has_paid_is_refunded_and_disputed_like_a_card(api, control):
    for _ in range(2):
        made = api.checkout.sessions.create(session())
        how = {"method": "paypal", "authenticate": True, "email": "j@example.com"}
        control("POST", f"checkout_sessions/{made.id}/pay", how)
    disputed, refunded = api.charges.list().data

    assert api.refunds.create({"charge": refunded.id}).destination_details.type == "paypal"
    control("POST", f"charges/{disputed.id}/dispute", {})
    assert api.disputes.list().data[0].payment_method_details.type == "paypal"


def test_a_kept_card_is_shown_and_removed_on_the_page(api, control, server, send):
    customer = api.customers.create({"email": "jenny@example.com"})
    keeping = {"payment_method_save": "enabled", "payment_method_remove": "enabled"}
    wanted = session(customer=customer.id, saved_payment_method_options=keeping)
    made = api.checkout.sessions.create(wanted)
    card = {"number": "4242424242424242", "exp": "12/40", "cvc": "123"}
    send(path_of(made), method="card", save="on", **card)
    [kept] = control("GET", "ledger?only=payment_methods")["payment_methods"]
    again = api.checkout.sessions.create(wanted)
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port)

    def shown():
        connection.request("GET", path_of(again))
        return connection.getresponse().read().decode()

    assert "Visa ···· 4242" in shown()
    send(path_of(again), remove=kept["id"])
    assert "Visa ···· 4242" not in shown()
    connection.close()
