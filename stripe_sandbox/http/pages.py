"""What pages in a browser have in common: templates, headers, files, and amounts for people to read."""

from pathlib import Path
from string import Template

from .amounts import decimals
from .messages import LOOPBACK_NAMES, Request, Response

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
FILE_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
READING = ("GET", "HEAD")
LOOPBACK_SITES = " ".join(
    f"{scheme}://{host}:*" for scheme in ("http", "https") for host in LOOPBACK_NAMES[:2]
)


def from_elsewhere(request: Request) -> bool:
    """Return whether a page of another site sent this request."""
    return request.headers.get("Origin", request.origin) != request.origin


def fill(template: Path, **values: str) -> str:
    """Return a template with its values; the caller escapes them."""
    return Template(template.read_text()).substitute(values)


def page(html: str, policy: str) -> Response:
    """Return a page with its Content-Security-Policy."""
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
    }
    return Response(200, html.encode(), HTML, headers)


def text(status: int, words: str) -> Response:
    """Return plain text."""
    return Response(status, words.encode(), TEXT)


def static_file(path: Path) -> Response:
    """Return a script or stylesheet, which pages of any site may load."""
    headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(200, path.read_bytes(), FILE_TYPES[path.suffix], headers)


def nothing_here(request: Request) -> Response:
    """Return the response for an address without a page."""
    if request.method not in READING:
        return Response(405, headers={"Allow": "GET, HEAD"})
    return text(404, "Not found")


def money(amount: int, currency: str) -> str:
    """Return an amount as people read it: ``39.00 USD``."""
    digits = decimals(currency)
    return f"{amount / 10**digits:,.{digits}f} {currency.upper()}"
