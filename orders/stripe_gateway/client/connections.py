"""The connections to Stripe of one process."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import stripe
import urllib3

# As many as gunicorn.conf.py gives a process threads: each may be waiting for Stripe.
MOST = 44


class Connections(stripe.HTTPClient):
    """Sends what Stripe's library asks for over connections that stay open, whichever thread needs one.

    The library's own, on top of requests, keeps a connection for each thread, so that each waits for its
    first, and takes half as long again for a request. A proxy that the environment names is used.
    """

    name = "urllib3"

    def __init__(self, address: str, *, timeout: tuple[float, float]) -> None:
        super().__init__()
        connect, read = timeout
        options: dict[str, Any] = {
            "maxsize": MOST,
            "timeout": urllib3.Timeout(connect=connect, read=read),
            "ca_certs": stripe.ca_bundle_path,
        }
        self._pool = _proxied(address, options) or urllib3.PoolManager(**options)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        """Return the answer's body, status and headers; raises APIConnectionError if there is none.

        The library decides whether to try again, under the same idempotency key: never after a wrong
        certificate.
        """
        try:
            answer = self._pool.request(
                method.upper(), url, body=post_data, headers=headers, retries=False, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            said = f"Stripe gave no answer ({type(error).__name__})."
            is_passing = not isinstance(error, urllib3.exceptions.SSLError)
            raise stripe.APIConnectionError(said, should_retry=is_passing) from error
        return answer.data, answer.status, answer.headers

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._pool.clear()


def _proxied(address: str, options: dict[str, Any]) -> urllib3.ProxyManager | None:
    parts = urlsplit(address)
    proxy = getproxies().get(parts.scheme)
    if proxy is None or proxy_bypass(parts.hostname or ""):
        return None
    return urllib3.ProxyManager(proxy, **options)
