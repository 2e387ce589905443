import pytest

pytestmark = pytest.mark.postgresql


def test_time_passes_while_a_payment_is_being_settled(scene, ada):
    """An event may still be on its way to the shop when a scenario ends."""
    ada.pay()
    [order] = scene.orders(ada)
    with scene.settling(order) as cursor:
        passing = scene.in_background(scene.let_time_pass, minutes=3)
        scene.wait_for_somebody_at_the_lock()
        cursor.execute("UPDATE orders_attempt SET message = '' WHERE order_id = %s", [order])

    passing.result()
    assert scene.server.ask("SELECT 1 FROM orders_attempt WHERE created_at < now() - interval '3 minutes'")
