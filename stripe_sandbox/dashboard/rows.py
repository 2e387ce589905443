"""The rows of the dashboard's tables, with buttons for what can happen next."""

import json
from datetime import UTC, datetime
from html import escape
from typing import Any

from stripe_sandbox.http.pages import money
from stripe_sandbox.resources.account import Account
from stripe_sandbox.resources.cards import TestCard
from stripe_sandbox.resources.disputes import CHARGEBACKS, INQUIRIES
from stripe_sandbox.resources.methods.kinds import KINDS

from . import forms
from .forms import button

SUCCEEDED = ("succeeded", "won", "paid", "delivered", "complete")
FAILED = ("failed", "lost", "expired", "dropped")
OF_CHARGE = "json_extract(body, '$.charge') = ? ORDER BY sequence"


def payment(account: Account, charge: dict[str, Any]) -> str:
    """A charge, with its refunds and disputes."""
    order = charge["metadata"].get("order_id")
    result = charge["outcome"]["reason"] if charge["failure_code"] else charge["status"]
    return (
        f'<tr><td data-label="Amount"><strong>{money(charge["amount"], charge["currency"])}'
        f'</strong> <span class="state {charge["status"]}">{escape(result)}</span></td>'
        f'<td data-label="Paid with" class="short">{_paid_with(charge["payment_method_details"])}</td>'
        f'<td data-label="Order">{_code(order)}</td>'
        f'<td data-label="Description">{escape(charge["description"] or "")}'
        f"<small><code>{charge['id']}</code></small></td>"
        f'<td data-label="Time">{_time(charge["created"])}</td>'
        f'<td data-label="Actions">{_after_payment(account, charge)}</td></tr>'
    )


def session(found: dict[str, Any]) -> str:
    """A Checkout Session."""
    amount = money(found["amount_total"], found["currency"])
    return (
        f'<tr><td data-label="Amount"><strong>{amount}</strong> '
        f"{_state(found['status'])} {_state(found['payment_status'])}</td>"
        f'<td data-label="Session">{_code(found["id"])}</td>'
        f'<td data-label="Time">{_time(found["created"])}</td>'
        f'<td data-label="Actions"><div class="actions">{_session_buttons(found)}</div></td></tr>'
    )


def customer(found: dict[str, Any]) -> str:
    """A customer, with a button to delete it."""
    deleted = "deleted" in found
    actions = "" if deleted else button(f"customers/{found['id']}/delete", "Delete")
    email = '<span class="state">deleted</span>' if deleted else escape(found["email"] or "")
    return (
        f'<tr><td data-label="Customer">{_code(found["id"])}</td><td data-label="Email">{email}</td>'
        f'<td data-label="Time">{_time(found["created"])}</td><td data-label="Actions">{actions}</td></tr>'
    )


def _paid_with(details: dict[str, Any]) -> str:
    if card := details.get("card"):
        return f"{card['brand']} ···· {card['last4']}"
    return KINDS[details["type"]].label


def event(found: dict[str, Any]) -> str:
    """An event, with a button to send it again."""
    return (
        f'<tr><td data-label="Event">{_code(found["type"])}</td><td data-label="Id">{_code(found["id"])}</td>'
        f'<td data-label="Time">{_time(found["created"])}</td>'
        f'<td data-label="Actions">{button(f"events/{found['id']}/resend", "Resend")}</td></tr>'
    )


def delivery(found: dict[str, Any]) -> str:
    """One delivery and how it went."""
    answer = found["error"] or found["status"] or ""
    return (
        f'<tr><td data-label="State">{_state(found["state"])}</td>'
        f'<td data-label="Event">{_code(found["type"])}<small>{_code(found["event"])}</small></td>'
        f'<td data-label="Tries">{found["tries"]}</td><td data-label="Answer">{escape(str(answer))}</td>'
        f'<td data-label="Time">{_time(found["created"])}</td></tr>'
    )


def call(found: dict[str, Any]) -> str:
    """An API call, with its parameters."""
    status = found["status"]
    outcome = "succeeded" if status == 200 else "failed"
    note = " · ".join(filter(None, (found["error_code"], "replayed" if found["replayed"] else "")))
    parameters = json.dumps(found["parameters"], indent=2, ensure_ascii=False)
    return (
        f'<tr><td data-label="Status"><span class="state {outcome}">{status or "dropped"}</span></td>'
        f'<td data-label="Call"><details><summary><code>{escape(found["method"])} '
        f"{escape(found['path'])}</code></summary><pre>{escape(parameters)}</pre></details></td>"
        f'<td data-label="Note">{escape(note)}</td>'
        f'<td data-label="Key">{_code(found["idempotency_key"])}</td>'
        f'<td data-label="Time">{_time(found["created"])}</td></tr>'
    )


def test_card(card: TestCard) -> str:
    """A test card and what it does."""
    number = " ".join(card.number[start : start + 4] for start in range(0, len(card.number), 4))
    return (
        f"<tr><td><code>{number}</code></td><td>{escape(card.outcome)}</td>"
        f"<td><code>{card.token or card.payment_method or ''}</code></td></tr>"
    )


def _after_payment(account: Account, charge: dict[str, Any]) -> str:
    if not charge["paid"]:
        return ""
    identifier = charge["id"]
    refunds = account.ledger.objects("refund", OF_CHARGE, identifier)
    disputes = account.ledger.objects("dispute", OF_CHARGE, identifier)
    parts = [*map(_refund, refunds), *map(_dispute, disputes)]
    if not charge["refunded"] and all(dispute["is_charge_refundable"] for dispute in disputes):
        parts.append(forms.refund(identifier, charge["amount"] - charge["amount_refunded"]))
    if not disputes:
        parts.append(button(f"charges/{identifier}/dispute", "Dispute"))
        parts.append(button(f"charges/{identifier}/inquiry", "Inquiry"))
    return f'<div class="actions">{"".join(parts)}</div>'


def _refund(refund: dict[str, Any]) -> str:
    words = f"<span>Refund {money(refund['amount'], refund['currency'])} {_state(refund['status'])}</span>"
    path = f"refunds/{refund['id']}"
    if refund["status"] == "pending":
        words += button(f"{path}/succeed", "Succeed")
    if refund["status"] in ("pending", "succeeded"):
        words += button(f"{path}/fail", "Fail")
    return words


def _dispute(dispute: dict[str, Any]) -> str:
    words = f"<span>Dispute {_state(dispute['status'])}</span>"
    path = f"disputes/{dispute['id']}"
    outcomes: tuple[tuple[str, str], ...] = ()
    if dispute["status"] in CHARGEBACKS:
        outcomes = (("Win", "won"), ("Lose", "lost"), ("Prevent", "prevented"))
    if dispute["status"] in INQUIRIES:
        words += button(f"{path}/escalate", "Escalate")
        outcomes = (("Close", "warning_closed"),)
    return words + "".join(button(f"{path}/close", label, status=status) for label, status in outcomes)


def _session_buttons(found: dict[str, Any]) -> str:
    path = f"checkout_sessions/{found['id']}"
    if found["status"] == "open":
        return button(f"{path}/complete_unpaid", "Complete, pay later") + button(f"{path}/expire", "Expire")
    if found["status"] == "complete" and found["payment_status"] == "unpaid":
        return button(f"{path}/async_succeed", "Succeed") + button(f"{path}/async_fail", "Fail")
    return ""


def _code(text: str | None) -> str:
    return f"<code>{escape(text)}</code>" if text else ""


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(int(seconds), UTC)
    return f'<time datetime="{moment.isoformat()}">{moment:%d %b %Y, %H:%M:%S} UTC</time>'


def _state(word: str) -> str:
    outcome = "succeeded" if word in SUCCEEDED else "failed" if word in FAILED else ""
    return f'<span class="state {outcome}">{escape(word)}</span>'
