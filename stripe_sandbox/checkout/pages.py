"""The addresses where a buyer pays: Stripe's scripts, the modal, the Checkout page and the bank's page."""

import re
from pathlib import Path

from stripe_sandbox.http.messages import Request, Response
from stripe_sandbox.http.pages import LOOPBACK_SITES, READING, from_elsewhere, page, static_file, text
from stripe_sandbox.resources.account import Account

from . import bank_page, payment_page

HERE = Path(__file__).parent
STATIC_FILES = {
    "/checkout.js": "checkout.js",
    "/stripe.js": "stripe.js",
    "/checkout/card_fields.js": "card_fields.js",
    "/checkout/challenge.js": "challenge.js",
    "/checkout/page.css": "page.css",
    "/checkout/page.js": "page.js",
    "/checkout/button.css": "button.css",
    "/checkout/modal.css": "modal.css",
    "/checkout/modal.js": "modal.js",
}
MODAL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src http: https: data:; form-action 'none'; base-uri 'none'; "
    f"frame-ancestors {LOOPBACK_SITES}"
)


def respond(account: Account, request: Request) -> Response | None:
    """Answer one request, or return None if its address is not one of these."""
    found = re.fullmatch(r"/(c/pay|c/embed|three_d_secure)/(\w+)", request.path)
    if found and request.method in (*READING, "POST"):
        return _pay(account, request, *found.groups())
    if request.method not in READING:
        return None
    if name := STATIC_FILES.get(request.path):
        return static_file(HERE / "static" / name)
    if request.path == "/checkout/modal":
        return page((HERE / "templates" / "modal.html").read_text(), MODAL_POLICY)
    return None


def _pay(account: Account, request: Request, place: str, identifier: str) -> Response:
    at_bank = place == "three_d_secure"
    subject = account.ledger.get("payment_intent" if at_bank else "checkout.session", identifier)
    if subject is None:
        return text(404, "Not found")
    if from_elsewhere(request):
        return text(403, "You can't pay here from another site.")
    if at_bank:
        return bank_page.respond(account, request, subject)
    return payment_page.respond(account, request, subject, embedded=place == "c/embed")
