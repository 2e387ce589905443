"""Where a buyer confirms a payment and is sent on: the bank's page (3-D Secure), or one such as PayPal's."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from stripe_sandbox.http.messages import Request, Response
from stripe_sandbox.http.pages import LOOPBACK_SITES, fill, money
from stripe_sandbox.resources import attempts
from stripe_sandbox.resources.account import Account, Call
from stripe_sandbox.resources.methods.kinds import CARD, KINDS, Kind

from . import payments
from .redirects import page_before, see_other

TEMPLATE = Path(__file__).parent / "templates" / "three_d_secure.html"
ANSWERED = '<p id="state" role="status">Your answer has been sent. You can carry on.</p>'
CHOICES = (
    '<p id="state">Do you agree to this payment?</p>'
    '<form method="post" class="choices">'
    '<button class="main" id="complete" name="outcome" value="complete">{agree}</button>'
    '<button id="fail" name="outcome" value="fail">{refuse}</button></form>'
)
AT_BANK = {
    "place": "3-D Secure",
    "role": "Here you play the buyer whose bank asks for confirmation.",
    "agree": "Complete authentication",
    "refuse": "Fail authentication",
}


def respond(account: Account, request: Request, intent: dict[str, Any]) -> Response:
    """Show the question or, for a POST, take the answer to it."""
    if request.method == "POST":
        return _answer(account, request, intent)
    kind = _kind_of(account, intent)
    words = _elsewhere(kind) if kind.redirects else AT_BANK
    html = fill(
        TEMPLATE,
        place=words["place"],
        role=words["role"],
        status=intent["status"],
        amount=money(intent["amount"], intent["currency"]),
        content=CHOICES.format(**words) if intent["status"] == "requires_action" else ANSWERED,
    )
    session = payments.session_of_intent(Call(account), intent["id"])
    back = (payments.destination(session) if session else None) or _return_url(intent)
    return page_before(back, html, "'none'" if kind.redirects else LOOPBACK_SITES)


def _kind_of(account: Account, intent: dict[str, Any]) -> Kind:
    method = account.ledger.get("payment_method", intent["payment_method"] or "")
    return KINDS[method["type"]] if method else CARD


def _elsewhere(kind: Kind) -> dict[str, str]:
    return {
        "place": kind.label,
        "role": f"Here you play the buyer who is asked by {kind.label}.",
        "agree": "Agree and pay",
        "refuse": "Cancel",
    }


def _answer(account: Account, request: Request, intent: dict[str, Any]) -> Response:
    confirmed = dict(parse_qsl(request.body.decode(errors="replace"))).get("outcome") == "complete"
    return_url, leaves = _return_url(intent), _kind_of(account, intent).redirects
    call = Call(account, origin=request.origin)
    with account.ledger.transaction():
        intent = account.ledger.get("payment_intent", intent["id"]) or intent
        intent = attempts.authenticate(call, intent, confirmed=confirmed)
        session = payments.after_authentication(call, intent)
    if session:
        in_frame = session["ui_mode"] == "embedded_page" and not leaves
        return see_other(request.target if in_frame else _after_session(session, return_url))
    return see_other(_after_intent(intent, return_url) if return_url else request.target)


def _after_session(session: dict[str, Any], return_url: str | None) -> str:
    """Where the buyer goes, unless the page is in a frame, which the shop's page takes away."""
    complete = session["status"] == "complete"
    return (payments.destination(session) if complete else None) or return_url or "/"


def _after_intent(intent: dict[str, Any], return_url: str) -> str:
    query = {
        "payment_intent": intent["id"],
        "payment_intent_client_secret": intent["client_secret"],
        "redirect_status": "succeeded" if intent["status"] == "succeeded" else "failed",
    }
    return f"{return_url}{'&' if urlsplit(return_url).query else '?'}{urlencode(query)}"


def _return_url(intent: dict[str, Any]) -> str | None:
    action = intent["next_action"] or {}
    return action.get("redirect_to_url", {}).get("return_url")
