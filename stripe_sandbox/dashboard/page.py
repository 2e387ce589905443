"""The dashboard: payments, sessions, events, calls, policies and test cards on one page without scripts."""

from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from stripe_sandbox.http.messages import Request, Response
from stripe_sandbox.http.pages import READING, fill, page, static_file
from stripe_sandbox.ledger import request_log
from stripe_sandbox.resources.account import Account
from stripe_sandbox.resources.cards import TEST_CARDS

from . import forms, rows

HERE = Path(__file__).parent
SIZES = {"payments": 20, "calls": 30, "events": 20}
NEWEST = 20
POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def respond(account: Account, request: Request) -> Response | None:
    """Answer one request, or return None if its address is not the dashboard's."""
    if request.method not in READING:
        return None
    if request.path == "/dashboard.css":
        return static_file(HERE / "static" / "dashboard.css")
    return page(render(account, request), POLICY) if request.path == "/" else None


def render(account: Account, request: Request) -> str:
    """Return the page; ``?payments=2&calls=3&events=4`` turns the pages of its three long tables."""
    turned = _turned(parse_qs(request.query))
    outbox = account.outbox
    return fill(
        HERE / "templates" / "dashboard.html",
        origin=escape(request.origin),
        policies=forms.policies(account.policies),
        ways=forms.switches(account.switches),
        customers=_table(rows.customer, _newest(account, "customer"), "No customers yet.", 4),
        endpoint=forms.endpoint(outbox.endpoint),
        faults=forms.fault(),
        sessions=_table(rows.session, _newest(account, "checkout.session"), "No sessions yet.", 4),
        deliveries=_table(rows.delivery, outbox.page(limit=NEWEST), "No deliveries yet.", 5),
        cards="".join(map(rows.test_card, TEST_CARDS)),
        **_payments(account, turned),
        **_calls(account, turned),
        **_events(account, turned),
    )


def _turned(query: dict[str, list[str]]) -> dict[str, int]:
    texts = {name: query.get(name, ["1"])[0] for name in SIZES}
    return {name: _page_number(text) for name, text in texts.items()}


def _page_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) < 10**6 else 1


def _payments(account: Account, turned: dict[str, int]) -> dict[str, str]:
    def row(charge: dict[str, Any]) -> str:
        return rows.payment(account, charge)

    charges = _newest(account, "charge", *_window("payments", turned))
    return {
        "payments": _table(row, charges, "No payments yet.", 6),
        "payments_pages": _pages("payments", turned, account.ledger.count("charge")),
    }


def _calls(account: Account, turned: dict[str, int]) -> dict[str, str]:
    size, offset = _window("calls", turned)
    calls = request_log.page(account.ledger, limit=size, offset=offset)
    return {
        "calls": _table(rows.call, calls, "No calls yet.", 5),
        "calls_pages": _pages("calls", turned, request_log.count(account.ledger)),
    }


def _events(account: Account, turned: dict[str, int]) -> dict[str, str]:
    events = _newest(account, "event", *_window("events", turned))
    return {
        "events": _table(rows.event, events, "No events yet.", 4),
        "events_pages": _pages("events", turned, account.ledger.count("event")),
    }


def _window(name: str, turned: dict[str, int]) -> tuple[int, int]:
    return SIZES[name], (turned[name] - 1) * SIZES[name]


def _newest(account: Account, kind: str, size: int = NEWEST, offset: int = 0) -> list[dict[str, Any]]:
    return account.ledger.objects(kind, "1 ORDER BY sequence DESC LIMIT ? OFFSET ?", size, offset)


def _table(row: Callable[[Any], str], shown: Iterable[Any], empty: str, columns: int) -> str:
    return "".join(map(row, shown)) or f'<tr><td class="empty" colspan="{columns}">{empty}</td></tr>'


def _pages(name: str, turned: dict[str, int], count: int) -> str:
    last = max(1, -(-count // SIZES[name]))
    if last == 1:
        return ""
    here = turned[name]
    links = [
        f'<a href="?{escape(urlencode({**turned, name: number}))}#{name}">{words}</a>'
        for words, number in (("← Newer", here - 1), ("Older →", here + 1))
        if 1 <= number <= last
    ]
    return f'<nav aria-label="Pages">{links[0]} Page {here} of {last} {"".join(links[1:])}</nav>'
