"""What a purchase stores in the browser, and which servers it contacts."""

from urllib.parse import urlsplit

import pytest

from tests.journeys import till

pytestmark = pytest.mark.browser


def test_a_purchase_stores_nothing_private_and_contacts_only_the_shop_and_stripe(
    page, site, sandbox, ferry, ada, log_in
):
    asked = []
    page.context.on("request", lambda request: asked.append(urlsplit(request.url)))
    log_in(page, ada)
    page.goto("/books/")
    page.get_by_role("button", name="Theme: Auto").click()
    page.get_by_role("link", name="Purchase All Books").click()
    page.wait_for_url("/orders/")

    till.pay(page)
    till.expect_thanks(page)

    # The stylesheet's pictures are data: addresses, which contact nobody.
    spoken_to = {f"{url.scheme}://{url.netloc}" for url in asked if url.scheme != "data"}
    assert spoken_to == {site, sandbox.url}
    assert page.evaluate("({...localStorage})") == {}
    assert "colours=light" in page.evaluate("document.cookie")
    assert page.evaluate("({...sessionStorage})") == {}
