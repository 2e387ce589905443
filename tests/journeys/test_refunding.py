"""Staff refund an order, from the list and from the order's own page."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from books import access
from books.tests.builders import make_staff
from orders.models import Order
from users.models import CustomUser

pytestmark = pytest.mark.browser


@pytest.fixture
def order(sandbox, ada):
    """Ada has bought All Books."""
    browser = Client()
    browser.force_login(ada)
    browser.post("/orders/charge/", {"stripeToken": "tok_visa"})
    return Order.objects.get()


@pytest.fixture
def desk(page, order, log_in):
    """The list of orders, open in front of Grace."""
    log_in(page, make_staff())
    page.goto("/admin/orders/order/")
    yield page
    # The admin's pages load more files: let them finish, so that no answer is cut off.
    page.wait_for_load_state()


def amounts_refunded(sandbox):
    return [refund["amount"] for refund in sandbox.ledger("refunds")["refunds"]]


def may_read(reader):
    return access.has_all_books(CustomUser.objects.get(pk=reader.pk))


def choose(desk, order):
    """Tick the order and go to the page that asks how much and why."""
    desk.get_by_role("checkbox", name=str(order)).check()
    desk.get_by_label("Action:").select_option("Refund selected orders")
    desk.get_by_role("button", name="Run").click()
    expect(desk.get_by_role("heading", name="Refund orders")).to_be_visible()


def test_staff_tick_an_order_give_a_reason_and_it_is_refunded(desk, sandbox, ada, order):
    choose(desk, order)
    desk.get_by_label("Reason").fill("She had meant another shop.")
    desk.get_by_role("button", name="Refund the buyer").click()

    expect(desk.locator(".messagelist .success")).to_have_text(f"{order}: $39.00 has been refunded.")
    assert amounts_refunded(sandbox) == [3900]
    assert may_read(ada) is False


def test_a_partial_refund_from_the_order_s_page_is_made_once_despite_a_double_click(
    desk, sandbox, ada, order
):
    desk.get_by_role("link", name=order.number).click()
    desk.get_by_role("link", name="Refund", exact=True).click()
    desk.get_by_label("Or an amount in USD").fill("10.50")
    desk.get_by_label("Reason").fill("A page was missing.")
    desk.get_by_role("button", name="Refund the buyer").dblclick()

    expect(desk.locator(".messagelist .success").last).to_have_text(f"{order}: $10.50 has been refunded.")
    assert amounts_refunded(sandbox) == [1050]
    assert may_read(ada) is True


def test_without_a_reason_nothing_happens(desk, sandbox, ada, order):
    choose(desk, order)
    desk.get_by_role("button", name="Refund the buyer").click()

    expect(desk.get_by_text("This field is required.")).to_be_visible()
    assert amounts_refunded(sandbox) == []
    assert may_read(ada) is True


def test_cancelling_changes_nothing(desk, sandbox, ada, order):
    choose(desk, order)
    desk.get_by_role("button", name="Cancel").click()

    desk.wait_for_url(f"/admin/orders/order/{order.pk}/change/")
    assert amounts_refunded(sandbox) == []
    assert may_read(ada) is True
