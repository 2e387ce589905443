"""The bank's page: asks the buyer to confirm a payment (3-D Secure), then sends them on."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from stripe_sandbox.http.messages import Request, Response
from stripe_sandbox.http.pages import LOOPBACK_SITES, fill, money
from stripe_sandbox.resources import attempts
from stripe_sandbox.resources.account import Account, Call

from . import payments
from .redirects import page_before, see_other

TEMPLATE = Path(__file__).parent / "templates" / "three_d_secure.html"
ANSWERED = '<p id="state" role="status">Your bank has your answer. You can carry on.</p>'
CHOICES = (
    '<p id="state">Do you agree to this payment?</p>'
    '<form method="post" class="choices">'
    '<button class="main" id="complete" name="outcome" value="complete">Complete authentication</button>'
    '<button id="fail" name="outcome" value="fail">Fail authentication</button></form>'
)


def respond(account: Account, request: Request, intent: dict[str, Any]) -> Response:
    """Show the question or, for a POST, take the answer to it."""
    if request.method == "POST":
        return _answer(account, request, intent)
    html = fill(
        TEMPLATE,
        status=intent["status"],
        amount=money(intent["amount"], intent["currency"]),
        content=CHOICES if intent["status"] == "requires_action" else ANSWERED,
    )
    session = payments.session_of_intent(Call(account), intent["id"])
    back = payments.destination(session) if session else _return_url(intent)
    return page_before(back, html, LOOPBACK_SITES)


def _answer(account: Account, request: Request, intent: dict[str, Any]) -> Response:
    confirmed = dict(parse_qsl(request.body.decode(errors="replace"))).get("outcome") == "complete"
    return_url = _return_url(intent)
    call = Call(account, origin=request.origin)
    with account.ledger.transaction():
        intent = account.ledger.get("payment_intent", intent["id"]) or intent
        intent = attempts.authenticate(call, intent, confirmed=confirmed)
        session = payments.after_authentication(call, intent)
    if session:
        return see_other(_after_session(session, return_url) or request.target)
    return see_other(_after_intent(intent, return_url) if return_url else request.target)


def _after_session(session: dict[str, Any], return_url: str | None) -> str | None:
    """Where the buyer goes; None if the page is in a frame, which the shop's page takes away."""
    if session["ui_mode"] == "embedded_page":
        return None
    complete = session["status"] == "complete"
    return (payments.destination(session) if complete else return_url) or "/"


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
