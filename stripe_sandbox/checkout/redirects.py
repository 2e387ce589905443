"""Where a buyer goes next: redirects, and pages whose form may lead to one."""

import re
from urllib.parse import urlsplit

from stripe_sandbox.http.messages import Response
from stripe_sandbox.http.pages import page


def see_other(address: str) -> Response:
    """Return a redirect that the browser follows with a GET and never caches."""
    return Response(303, headers={"Location": address, "Cache-Control": "no-store"})


def page_before(next_address: str | None, html: str, framed_by: str) -> Response:
    """Return a page whose form may lead to ``next_address``.

    Browsers apply ``form-action`` to the redirects after a form too, so the policy names that site.
    """
    after = urlsplit(next_address or "")
    target = f" {after.scheme}://{after.netloc}" if re.fullmatch(r"[\w.:\[\]-]+", after.netloc) else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        f"form-action 'self'{target}; base-uri 'none'; frame-ancestors {framed_by}"
    )
    return page(html, policy)
