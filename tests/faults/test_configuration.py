"""Wrong settings: the shop does not start, or it starts and takes no money that it should not take."""

import pytest

from tests import programs
from tests.faults.shop import OLD_WEBHOOK_SECRET, Shop, signed

pytestmark = pytest.mark.postgresql

LIVE = {
    "STRIPE_LIVE_MODE": "True",
    "STRIPE_LIVE_PUBLISHABLE_KEY": "pk_live_made_up",
    "STRIPE_LIVE_SECRET_KEY": "sk_live_made_up",
}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (LIVE, "STRIPE_API_BASE"),
        (LIVE | {"STRIPE_API_BASE": None, "STRIPE_LIVE_SECRET_KEY": "sk_test_x"}, "STRIPE_LIVE_SECRET_KEY"),
        ({"STRIPE_TEST_SECRET_KEY": "sk_live_made_up"}, "STRIPE_TEST_SECRET_KEY"),
        ({"STRIPE_TEST_SECRET_KEY": ""}, "STRIPE_TEST_SECRET_KEY"),
        ({"STRIPE_TOKEN_API": "sources"}, "STRIPE_TOKEN_API"),
    ],
    ids=["sandbox with live keys", "test key in live mode", "live key in test mode", "no key", "unknown way"],
)
def test_gunicorn_refuses_to_start(prepared, wrong, named):
    folder, variables, _ = prepared

    ended = programs.run(
        "-m", "gunicorn", "--check-config", "bookstore_project.wsgi", folder=folder, **variables | wrong
    )

    said = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert named in said
    assert "Traceback" not in said
    assert "made_up" not in said


def test_without_a_webhook_secret_there_is_no_webhook(scene, ada, shop_without_webhook):
    ada.pay()
    [event] = scene.events("payment_intent.succeeded")
    scene.play_in(shop_without_webhook)

    assert scene.shop.tell(b"{}", "").status == 404
    assert scene.shop.tell(b"{}", signed(b"{}", "")).status == 404
    assert scene.tell(event, secret=OLD_WEBHOOK_SECRET).status == 404


def test_a_live_event_settles_no_test_order_and_the_reverse(scene, ada):
    ada.pay("tok_chargeDeclined")
    scene.stripe.charge_again(order_id=scene.orders(ada)[0])
    [event] = scene.events("charge.succeeded")

    assert scene.tell(event | {"livemode": True}).status == 200
    assert not scene.owns(ada)
    # The same event in its own mode, under another id because that one was accepted before.
    assert scene.tell(event | {"id": "evt_of_this_mode"}).status == 200
    assert scene.owns(ada)


@pytest.fixture(scope="module")
def shop_without_webhook(prepared, served):
    folder, variables, _ = prepared
    with Shop.served(folder, folder / "log", variables | {"STRIPE_WEBHOOK_SECRET": ""}) as bare:
        yield bare
