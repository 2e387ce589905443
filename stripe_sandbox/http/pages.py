"""What a browser is served: Stripe's script, its modal and the dashboard."""

from pathlib import Path

from stripe_sandbox.checkout.pages import CheckoutPages
from stripe_sandbox.dashboard.page import render
from stripe_sandbox.resources.account import Account

from .messages import Request, Response

HERE = Path(__file__).parents[1]
HTML = "text/html; charset=utf-8"
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
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
    "/dashboard.css": "dashboard.css",
}
LOOPBACK_SITES = " ".join(
    f"{scheme}://{host}:*" for scheme in ("http", "https") for host in ("127.0.0.1", "localhost")
)
MODAL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src http: https: data:; form-action 'none'; base-uri 'none'; "
    f"frame-ancestors {LOOPBACK_SITES}"
)
DASHBOARD_POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class Pages:
    """Everything that is neither the API nor a control."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._checkout = CheckoutPages(account)

    def respond(self, request: Request) -> Response:
        """Answer one request; only the pages where one pays take a POST."""
        if request.method in ("GET", "HEAD", "POST") and (answer := self._checkout.respond(request)):
            return answer
        if request.method not in ("GET", "HEAD"):
            return Response(405, headers={"Allow": "GET, HEAD"})
        if name := STATIC_FILES.get(request.path):
            return _static(name)
        if request.path == "/checkout/modal":
            html = (HERE / "templates" / "modal.html").read_text()
            return _page(html, MODAL_POLICY)
        if request.path == "/":
            return _page(render(self._account, request), DASHBOARD_POLICY)
        return Response(404, b"Not found", "text/plain; charset=utf-8")


def _static(name: str) -> Response:
    path = HERE / "static" / name
    headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(200, path.read_bytes(), TYPES[path.suffix], headers)


def _page(html: str, policy: str) -> Response:
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
    }
    return Response(200, html.encode(), HTML, headers)
