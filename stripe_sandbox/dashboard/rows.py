"""The rows and forms of the dashboard that do something: refunds, disputes, sessions, events, deliveries."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from stripe_sandbox.http.faults import DELIVERY_FAULTS
from stripe_sandbox.http.money import money
from stripe_sandbox.resources.account import Account
from stripe_sandbox.resources.disputes import CHARGEBACKS, INQUIRIES
from stripe_sandbox.webhooks.outbox import Endpoint

SUCCEEDED = ("succeeded", "won", "paid", "delivered", "complete")
FAILED = ("failed", "lost", "expired", "dropped")


def code(text: str | None) -> str:
    """An id or key."""
    return f"<code>{escape(text)}</code>" if text else ""


def time(seconds: float) -> str:
    """A moment."""
    moment = datetime.fromtimestamp(int(seconds), UTC)
    return f'<time datetime="{moment.isoformat()}">{moment:%d %b %Y, %H:%M:%S} UTC</time>'


def state(word: str) -> str:
    """A status, coloured by how good it is."""
    worth = "succeeded" if word in SUCCEEDED else "failed" if word in FAILED else ""
    return f'<span class="state {worth}">{escape(word)}</span>'


def button(path: str, label: str, **fields: str) -> str:
    """A form of one button that posts to a control."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items()
    )
    return f'<form method="post" action="/_sandbox/{path}">{hidden}<button>{label}</button></form>'


def after_payment(account: Account, charge: dict[str, Any]) -> str:
    """What has been refunded and disputed, and the buttons for what may come."""
    if not charge["paid"]:
        return ""
    identifier = charge["id"]
    of_charge = "json_extract(body, '$.charge') = ? ORDER BY sequence"
    refunds = account.ledger.objects("refund", of_charge, identifier)
    disputes = account.ledger.objects("dispute", of_charge, identifier)
    parts = [_refund(refund) for refund in refunds] + [_dispute(dispute) for dispute in disputes]
    if not charge["refunded"] and all(dispute["is_charge_refundable"] for dispute in disputes):
        left = charge["amount"] - charge["amount_refunded"]
        parts.append(
            f'<form method="post" action="/_sandbox/charges/{identifier}/refund"><label>Amount '
            f'<span class="hidden">to refund, in the smallest unit, all if empty</span>'
            f'<input name="amount" inputmode="numeric" placeholder="{left}"></label>'
            "<button>Refund</button></form>"
        )
    if not disputes:
        parts.append(button(f"charges/{identifier}/dispute", "Dispute"))
        parts.append(button(f"charges/{identifier}/inquiry", "Inquiry"))
    return f'<div class="actions">{"".join(parts)}</div>'


def _refund(refund: dict[str, Any]) -> str:
    words = f"<span>Refund {money(refund['amount'], refund['currency'])} {state(refund['status'])}</span>"
    path = f"refunds/{refund['id']}"
    if refund["status"] == "pending":
        words += button(f"{path}/succeed", "Succeed")
    if refund["status"] in ("pending", "succeeded"):
        words += button(f"{path}/fail", "Fail")
    return words


def _dispute(dispute: dict[str, Any]) -> str:
    words = f"<span>Dispute {state(dispute['status'])}</span>"
    path = f"disputes/{dispute['id']}"
    outcomes: tuple[tuple[str, str], ...] = ()
    if dispute["status"] in CHARGEBACKS:
        outcomes = (("Win", "won"), ("Lose", "lost"), ("Prevent", "prevented"))
    if dispute["status"] in INQUIRIES:
        words += button(f"{path}/escalate", "Escalate")
        outcomes = (("Close", "warning_closed"),)
    return words + "".join(button(f"{path}/close", label, status=status) for label, status in outcomes)


def session_row(session: dict[str, Any]) -> str:
    """A Checkout Session with what may become of it."""
    path = f"checkout_sessions/{session['id']}"
    buttons = ""
    if session["status"] == "open":
        buttons = button(f"{path}/complete_unpaid", "Complete, pay later") + button(
            f"{path}/expire", "Expire"
        )
    elif session["status"] == "complete" and session["payment_status"] == "unpaid":
        buttons = button(f"{path}/async_succeed", "Payment came") + button(f"{path}/async_fail", "It failed")
    return (
        f'<tr><td data-label="Amount"><strong>{money(session["amount_total"], session["currency"])}</strong> '
        f"{state(session['status'])} {state(session['payment_status'])}</td>"
        f'<td data-label="Session">{code(session["id"])}</td>'
        f'<td data-label="Time">{time(session["created"])}</td>'
        f'<td data-label="Then"><div class="actions">{buttons}</div></td></tr>'
    )


def event_row(event: dict[str, Any]) -> str:
    """An event and its button to send it again."""
    return (
        f'<tr><td data-label="Event">{code(event["type"])}</td><td data-label="Id">{code(event["id"])}</td>'
        f'<td data-label="Time">{time(event["created"])}</td>'
        f'<td data-label="Then">{button(f"events/{event['id']}/resend", "Resend")}</td></tr>'
    )


def delivery_row(delivery: dict[str, Any]) -> str:
    """One delivery and how it went."""
    answer = delivery["error"] or delivery["status"] or ""
    return (
        f'<tr><td data-label="State">{state(delivery["state"])}</td>'
        f'<td data-label="Event">{code(delivery["type"])}<small>{code(delivery["event"])}</small></td>'
        f'<td data-label="Tries">{delivery["tries"]}</td><td data-label="Answer">{escape(str(answer))}</td>'
        f'<td data-label="Time">{time(delivery["created"])}</td></tr>'
    )


def endpoint_form(endpoint: Endpoint | None) -> str:
    """Where events go: shown and changed."""
    url = escape(endpoint.url if endpoint else "")
    secrets = escape(",".join(endpoint.secrets) if endpoint else "")
    return (
        '<form class="policy" method="post" action="/_sandbox/webhook">'
        f'<label>Address <input name="url" value="{url}" placeholder="http://127.0.0.1:8000/orders/webhook/">'
        f'</label><label>Secrets <input name="secrets" value="{secrets}" placeholder="whsec_…"></label>'
        "<button>Send events there</button></form>"
    )


def fault_form() -> str:
    """Order something to go wrong with the next delivery."""
    options = "".join(f"<option>{fault}</option>" for fault in DELIVERY_FAULTS)
    return (
        '<form class="policy" method="post" action="/_sandbox/faults">'
        '<label>Event <input name="match" value="webhook *"></label>'
        f'<label>Fault <select name="fault">{options}</select></label>'
        '<label>Seconds <input name="seconds" value="5" inputmode="decimal"></label>'
        "<button>Go wrong next time</button></form>"
    )
