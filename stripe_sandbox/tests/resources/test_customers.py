"""What Stripe keeps about a buyer, and the cards that they have agreed to keep."""

import pytest
import stripe  # noqa: TID251 - the sandbox is tested with the real library

from stripe_sandbox.tests.payments import session

KEEPING = {"payment_method_save": "enabled", "payment_method_remove": "enabled"}


@pytest.fixture
def jenny(api):
    return api.customers.create({"email": "jenny@example.com", "metadata": {"reader": "1"}})


def open_session(api, customer, **more):
    return api.checkout.sessions.create(session(customer=customer.id, **more))


def pay(control, made, **how):
    return control("POST", f"checkout_sessions/{made.id}/pay", how)


def kept(control):
    methods = control("GET", "ledger?only=payment_methods")["payment_methods"]
    return [each for each in methods if each["allow_redisplay"] == "always"]


def test_a_customer_is_made_changed_and_found(api, jenny):
    api.customers.update(jenny.id, {"email": "jenny@example.org"})

    found = api.customers.retrieve(jenny.id)

    assert (found.email, found.metadata["reader"]) == ("jenny@example.org", "1")
    assert [each.id for each in api.customers.list({"email": "jenny@example.org"}).data] == [jenny.id]
    assert api.customers.list({"email": "jenny@example.com"}).data == []


def test_two_with_one_address_are_two_customers(api, jenny):
    assert api.customers.create({"email": jenny.email}).id != jenny.id


def test_a_deleted_customer_is_gone_for_everything_but_a_look(api, control, jenny):
    assert api.customers.delete(jenny.id).deleted

    assert api.customers.retrieve(jenny.id).deleted
    assert api.customers.list().data == []
    for call in (
        lambda: api.customers.update(jenny.id, {"email": "jenny@example.org"}),
        lambda: api.customers.delete(jenny.id),
        lambda: open_session(api, jenny),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            call()
        assert refused.value.code == "resource_missing"


def test_a_session_has_a_customer_or_an_address_not_both(api, jenny):
    with pytest.raises(stripe.InvalidRequestError, match="only specify one"):
        open_session(api, jenny, customer_email="jenny@example.com")
    with pytest.raises(stripe.InvalidRequestError, match="only be used with `customer`"):
        api.checkout.sessions.create(session(saved_payment_method_options=KEEPING))


def test_the_address_of_the_customer_is_the_buyers(api, control, jenny):
    made = open_session(api, jenny)

    pay(control, made)

    paid = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge"]})
    assert (paid.customer_details.email, paid.customer_email) == ("jenny@example.com", None)
    assert (paid.payment_intent.customer, paid.payment_intent.latest_charge.customer) == (jenny.id,) * 2


def test_a_card_is_kept_only_if_shop_and_buyer_want_it(api, control, jenny):
    pay(control, open_session(api, jenny), save=True)
    pay(control, open_session(api, jenny, saved_payment_method_options=KEEPING))
    assert kept(control) == []

    pay(control, open_session(api, jenny, saved_payment_method_options=KEEPING), save=True)

    assert [each["customer"] for each in kept(control)] == [jenny.id]


@pytest.mark.parametrize(("confirmed", "cards"), [(True, 1), (False, 0)])
def test_a_card_is_kept_once_it_has_paid(api, control, jenny, confirmed, cards):
    made = open_session(api, jenny, saved_payment_method_options=KEEPING)

    pay(control, made, number="4000002500003155", save=True, authenticate=confirmed)

    assert len(kept(control)) == cards


def test_a_kept_card_pays_again_and_again_for_its_customer_only(api, control, jenny):
    pay(control, open_session(api, jenny, saved_payment_method_options=KEEPING), save=True)
    [card] = kept(control)

    for _ in range(2):
        assert pay(control, open_session(api, jenny), method=card["id"])["payment_status"] == "paid"

    other = api.customers.create({})
    with pytest.raises(AssertionError, match="no longer saved"):
        pay(control, open_session(api, other), method=card["id"], email="o@example.com")
    assert len(api.charges.list().data) == 3


def test_deleting_a_customer_takes_the_cards_along(api, control, jenny):
    pay(control, open_session(api, jenny, saved_payment_method_options=KEEPING), save=True)

    api.customers.delete(jenny.id)

    assert kept(control) == []
