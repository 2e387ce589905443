"""Buying from another site's page: with its button, and with the link alone."""

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import expect

from orders.models import BuyLink

pytestmark = pytest.mark.browser


@pytest.fixture
def blog(site, sandbox, ferry, tmp_path):
    """The address of a page of another site, with the lines that staff paste there."""
    BuyLink.objects.create(slug="ferry", book=ferry)
    lines = f'<a href="{site}/buy/ferry/">Buy The Ferry</a><script src="{site}/buy/button.js" async></script>'
    page = (
        f"<!doctype html><html lang=en><title>A blog</title><link rel=icon href=data:,><p>{lines}</p></html>"
    )
    (tmp_path / "index.html").write_text(page)
    # Not intercepted in the browser: to it, such a page would be on the internet and the shop at home, and it
    # keeps the one from the other.
    handler = partial(Quiet, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Write nothing."""


def test_the_button_shows_the_offer_and_opens_the_purchase_page_in_a_window(page, site, ferry, blog):
    page.goto(blog)
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Buy The Ferry").click()
    dialog = page.get_by_role("dialog", name="Buy The Ferry")
    offer = dialog.locator("iframe").content_frame
    expect(offer.get_by_role("heading", name="The Ferry at Low Water")).to_be_visible()

    with page.expect_popup() as window:
        offer.get_by_role("link", name="Buy for $9.00").click()

    window.value.wait_for_url(f"{site}/orders/?book={ferry.pk}&utm_medium=buy+link&utm_campaign=ferry")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("link", name="Buy The Ferry")).to_be_focused()


def test_without_javascript_the_link_leads_to_the_purchase_page(plain_page, site, ferry, blog):
    plain_page.goto(blog)

    plain_page.get_by_role("link", name="Buy The Ferry").click()

    plain_page.wait_for_url(
        f"{site}/orders/?book={ferry.pk}&utm_medium=buy+link&utm_campaign=ferry&utm_referrer=127.0.0.1"
    )
