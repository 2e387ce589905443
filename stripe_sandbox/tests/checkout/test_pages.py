"""The Checkout page, the bank's page and Stripe.js, in a real browser."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from stripe_sandbox.tests.payments import intent, session

pytestmark = pytest.mark.browser
POLICY = "default-src 'none'; script-src 'self' {0}; frame-src {0}; connect-src 'self'; style-src 'self'"
SCRIPT = """
(async () => {
  const options = { fetchClientSecret: async () => document.body.dataset.secret };
  options.onComplete = () => { document.body.dataset.done = "yes"; };
  const stripe = Stripe("pk_test_sandbox");
  const checkout = await stripe.createEmbeddedCheckoutPage(options);
  checkout.mount("#here");
  stripe.createEmbeddedCheckoutPage(options).catch(({ message }) => { document.title = message; });
})();
"""


@pytest.fixture
def page(browser, server):
    """A new visitor's browser page."""
    with browser.page(server.url) as page:
        yield page


@pytest.fixture
def shop(server):
    """A shop with one page, at ``/``: set its ``html``. Every other address answers with an empty page."""

    class Shop(BaseHTTPRequestHandler):
        html = ""

        def do_GET(self):
            script = self.path == "/shop.js"
            body = SCRIPT if script else Shop.html if self.path == "/" else "<title>Shop</title>"
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript" if script else "text/html")
            self.send_header("Content-Security-Policy", POLICY.format(server.url))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments):
            """Print nothing."""

    site = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=site.serve_forever, args=(0.01,))
    thread.start()
    site.page = Shop
    site.url = f"http://127.0.0.1:{site.server_port}"
    yield site
    site.shutdown()
    thread.join()
    site.server_close()


def fill_in(frame, number, email="j@example.com"):
    if frame.locator("#email").is_visible():
        frame.locator("#email").fill(email)
    frame.locator("#card_number").press_sequentially(number)
    frame.locator("#cc-exp").press_sequentially("1240")
    frame.locator("#cc-csc").fill("123")
    frame.locator("#submitButton").click()


def hosted(api, shop, **more):
    back = f"{shop.url}/thanks?session_id={{CHECKOUT_SESSION_ID}}"
    return api.checkout.sessions.create(session(success_url=back, cancel_url=f"{shop.url}/no", **more))


def test_hosted_checkout_in_a_browser(api, page, shop):
    made = hosted(api, shop, customer_email="j@example.com")
    page.goto(made.url)
    fill_in(page, "4000000000000002")
    page.get_by_text("Your card was declined.").wait_for()
    page.locator("#card_number").fill("")
    page.locator("#cc-exp").fill("")
    fill_in(page, "4242424242424242")
    page.wait_for_url(f"{shop.url}/thanks?session_id={made.id}")
    assert api.checkout.sessions.retrieve(made.id).payment_status == "paid"


def test_hosted_checkout_works_without_scripts(api, browser, server, shop):
    made = hosted(api, shop)
    with browser.page(server.url, java_script_enabled=False) as page:
        page.goto(made.url)
        page.locator("#card_number").fill("4242424242424241")
        page.locator("#cc-exp").fill("12/40")
        page.locator("#cc-csc").fill("123")
        page.locator("#email").fill("j@example.com")
        page.locator("#submitButton").click()
        page.get_by_text("Your card number is incorrect.").wait_for()
        page.locator("#card_number").fill("4000000000003220")
        page.locator("#cc-exp").fill("12/40")
        page.locator("#cc-csc").fill("123")
        page.locator("#submitButton").click()
        page.locator("#complete").click()
        page.wait_for_url(f"{shop.url}/thanks?session_id={made.id}")


@pytest.mark.parametrize(
    ("number", "button"), [("4000002500003155", "#fail"), ("4000008400001629", "#complete")]
)
def test_a_refused_payment_can_be_tried_again(api, page, shop, number, button):
    made = hosted(api, shop)
    page.goto(made.url)
    fill_in(page, number)
    page.locator(button).click()
    page.wait_for_url(made.url)
    assert page.locator("#payment-error").text_content()
    assert api.checkout.sessions.retrieve(made.id).status == "open"


def test_a_payment_intent_is_confirmed_at_the_bank(api, page, shop):
    parameters = intent(payment_method="pm_card_threeDSecure2Required", confirm=True)
    waiting = api.payment_intents.create(parameters | {"return_url": f"{shop.url}/back?a=1"})
    page.goto(waiting.next_action.redirect_to_url.url)
    page.locator("#complete").click()
    page.wait_for_url(f"{shop.url}/back?a=1&payment_intent={waiting.id}&*redirect_status=succeeded")
    assert api.payment_intents.retrieve(waiting.id).status == "succeeded"


@pytest.mark.parametrize("number", ["4242424242424242", "4000002760003184"])
@pytest.mark.parametrize("redirect", ["if_required", "always"])
def test_embedded_checkout_in_a_browser(api, page, shop, server, number, redirect):
    back = f"{shop.url}/return?session_id={{CHECKOUT_SESSION_ID}}"
    made = api.checkout.sessions.create(
        session("embedded_page", return_url=back, redirect_on_completion=redirect)
    )
    shop.page.html = (
        f'<body data-secret="{made.client_secret}"><div id="here"></div>'
        f'<script src="{server.url}/stripe.js"></script><script src="/shop.js"></script>'
    )
    page.goto(f"{shop.url}/")
    frame = page.frame_locator("iframe[name=embedded-checkout]")
    frame.locator("#card_number").wait_for()
    fill_in(frame, number)
    if number != "4242424242424242":
        page.frame_locator("iframe[name=stripe-challenge-frame]").locator("#complete").click()
    if redirect == "always":
        page.wait_for_url(f"{shop.url}/return?session_id={made.id}")
    else:
        page.locator("body[data-done=yes]").wait_for()
        assert page.title() == "You cannot have multiple Embedded Checkout objects."
    assert api.checkout.sessions.retrieve(made.id).payment_status == "paid"
