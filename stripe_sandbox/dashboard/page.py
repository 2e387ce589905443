"""The dashboard: payments, calls, policies and test cards on one page without scripts."""

import json
from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs, urlencode

from stripe_sandbox.http.messages import Request
from stripe_sandbox.http.money import money
from stripe_sandbox.ledger import request_log
from stripe_sandbox.ledger.database import Ledger
from stripe_sandbox.resources.account import Account
from stripe_sandbox.resources.cards import TEST_CARDS
from stripe_sandbox.resources.policies import ALLOWED, REFUSED

from . import rows as dashboard_money
from .rows import code, time

TEMPLATE = Path(__file__).parents[1] / "templates" / "dashboard.html"
PAYMENTS, CALLS, EVENTS = 20, 30, 20
POLICY_WORDS = {
    "charges_api": ("Charges API", "Charge.create straight from a card token"),
    "card_tokens": ("Card tokens", "Tokens made in the browser by checkout.js"),
}


def render(account: Account, request: Request) -> str:
    """The page; ``?payments=2&calls=3`` turns the pages of its two tables."""
    ledger, policies, outbox = account.ledger, account.policies, account.outbox
    query = parse_qs(request.query)
    turned = {name: _page_number(query, name) for name in ("payments", "calls", "events")}
    payments = ledger.objects(
        "charge",
        "1 ORDER BY sequence DESC LIMIT ? OFFSET ?",
        PAYMENTS,
        (turned["payments"] - 1) * PAYMENTS,
    )
    calls = request_log.page(ledger, limit=CALLS, offset=(turned["calls"] - 1) * CALLS)
    return Template(TEMPLATE.read_text()).substitute(
        origin=escape(request.origin),
        policies="".join(_policy(name, state) for name, state in policies.as_dict().items()),
        payments=_rows((_payment(account, charge) for charge in payments), "No payment yet.", 6),
        payments_pages=_pages("payments", turned, ledger.count("charge"), PAYMENTS),
        calls=_rows(map(_call, calls), "Nobody has called yet.", 5),
        calls_pages=_pages("calls", turned, request_log.count(ledger), CALLS),
        events=_rows(
            map(dashboard_money.event_row, _event_page(account, turned["events"])), "No event yet.", 4
        ),
        events_pages=_pages("events", turned, ledger.count("event"), EVENTS),
        sessions=_rows(map(dashboard_money.session_row, _newest(ledger, "checkout.session")), "None yet.", 4),
        deliveries=_rows(
            map(dashboard_money.delivery_row, outbox.page(limit=EVENTS)), "Nothing sent yet.", 5
        ),
        endpoint=dashboard_money.endpoint_form(outbox.endpoint),
        faults=dashboard_money.fault_form(),
        cards="".join(
            f"<tr><td><code>{_grouped(card.number)}</code></td><td>{escape(card.outcome)}</td>"
            f"<td><code>{card.token or card.payment_method or ''}</code></td></tr>"
            for card in TEST_CARDS
        ),
    )


def _page_number(query: dict[str, list[str]], name: str) -> int:
    text = query.get(name, ["1"])[0]
    return int(text) if text.isascii() and text.isdecimal() and 0 < int(text) < 10**6 else 1


def _rows(rows: Iterable[str], empty: str, columns: int) -> str:
    return "".join(rows) or f'<tr><td class="empty" colspan="{columns}">{empty}</td></tr>'


def _policy(name: str, state: str) -> str:
    title, words = POLICY_WORDS[name]
    other = REFUSED if state == ALLOWED else ALLOWED
    verb = "Refuse" if other == REFUSED else "Allow"
    return (
        f'<form class="policy" method="post" action="/_sandbox/policies"><div><h3>{title} '
        f'<span class="state {state}">{state}</span></h3><p>{words}</p></div>'
        f'<button name="{name}" value="{other}">{verb}<span class="hidden"> {title}</span>'
        "</button></form>"
    )


def _newest(ledger: Ledger, kind: str) -> list[dict[str, Any]]:
    return ledger.objects(kind, "1 ORDER BY sequence DESC LIMIT ?", PAYMENTS)


def _event_page(account: Account, number: int) -> list[dict[str, Any]]:
    return account.ledger.objects(
        "event", "1 ORDER BY sequence DESC LIMIT ? OFFSET ?", EVENTS, (number - 1) * EVENTS
    )


def _payment(account: Account, charge: dict[str, Any]) -> str:
    card = charge["payment_method_details"]["card"]
    order = charge["metadata"].get("order_id")
    state = charge["status"]
    if charge["failure_code"]:
        state = charge["outcome"]["reason"]
    return (
        f'<tr><td data-label="Amount"><strong>{money(charge["amount"], charge["currency"])}'
        f'</strong> <span class="state {charge["status"]}">{escape(state)}</span></td>'
        f'<td data-label="Card" class="short">{card["brand"]} ···· {card["last4"]}</td>'
        f'<td data-label="Order">{code(order)}</td>'
        f'<td data-label="Description">{escape(charge["description"] or "")}'
        f"<small><code>{charge['id']}</code></small></td>"
        f'<td data-label="Time">{time(charge["created"])}</td>'
        f'<td data-label="Then">{dashboard_money.after_payment(account, charge)}</td></tr>'
    )


def _call(call: dict[str, Any]) -> str:
    status = call["status"]
    worth = "succeeded" if status == 200 else "failed"
    note = " · ".join(filter(None, (call["error_code"], "replayed" if call["replayed"] else "")))
    parameters = json.dumps(call["parameters"], indent=2, ensure_ascii=False)
    return (
        f'<tr><td data-label="Status"><span class="state {worth}">{status or "dropped"}</span></td>'
        f'<td data-label="Call"><details><summary><code>{escape(call["method"])} '
        f"{escape(call['path'])}</code></summary><pre>{escape(parameters)}</pre></details></td>"
        f'<td data-label="Note">{escape(note)}</td>'
        f'<td data-label="Key">{code(call["idempotency_key"])}</td>'
        f'<td data-label="Time">{time(call["created"])}</td></tr>'
    )


def _pages(name: str, turned: dict[str, int], count: int, size: int) -> str:
    last = max(1, -(-count // size))
    if last == 1:
        return ""
    here = turned[name]
    links = [
        f'<a href="?{escape(urlencode({**turned, name: number}))}#{name}">{words}</a>'
        for words, number in (("← Newer", here - 1), ("Older →", here + 1))
        if 1 <= number <= last
    ]
    return f'<nav aria-label="Pages">{links[0]} Page {here} of {last} {"".join(links[1:])}</nav>'


def _grouped(number: str) -> str:
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
