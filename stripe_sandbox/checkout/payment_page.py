"""The Checkout page, hosted or in a frame: shows what is bought and takes the payment."""

import re
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl

from stripe_sandbox.http.errors import StripeError, card_error
from stripe_sandbox.http.messages import Request, Response, json_response
from stripe_sandbox.http.pages import LOOPBACK_SITES, fill, money, text
from stripe_sandbox.resources import tokens
from stripe_sandbox.resources.account import Account, Call
from stripe_sandbox.resources.cards import PresentedCard
from stripe_sandbox.resources.methods import payment_methods
from stripe_sandbox.resources.methods.kinds import CARD, KINDS

from . import payments
from .choices import choices, consent
from .means import Means, may, other
from .redirects import page_before, see_other

TEMPLATES = Path(__file__).parent / "templates"
FIELDS = {"number": "number", "exp_month": "exp", "exp_year": "exp", "cvc": "cvc", "email": "email"}
ENDED = {
    "complete": "Your payment is complete. Thank you!",
    "expired": "This checkout has expired. Go back to the shop and start again.",
}


def respond(account: Account, request: Request, session: dict[str, Any], *, embedded: bool) -> Response:
    """Show the page or, for a POST, pay; a frame must know the session's client secret."""
    if embedded != (session["ui_mode"] == "embedded_page"):
        return text(404, "Not found")
    if embedded and not _knows_secret(request, session):
        return text(403, "Wrong client secret.")
    if request.method == "POST":
        return _act(account, request, session)
    if session["status"] == "complete" and not embedded:
        return see_other(payments.destination(session) or "/")
    return _show(account, request, session, _last_error(account, session), {})


def _knows_secret(request: Request, session: dict[str, Any]) -> bool:
    sent = parse_qs(request.query).get("secret", [""])[0]
    if session["client_secret"]:
        return sent == session["client_secret"]
    return session["status"] != "open" and sent.startswith(f"{session['id']}_secret_")


def _last_error(account: Account, session: dict[str, Any]) -> dict[str, Any]:
    intent = account.ledger.get("payment_intent", session["payment_intent"] or "")
    return (intent or {}).get("last_payment_error") or {}


def _act(account: Account, request: Request, session: dict[str, Any]) -> Response:
    typed = dict(parse_qsl(request.body.decode(errors="replace")))
    if "remove" not in typed:
        return _pay(account, request, session, typed)
    call = Call(account)
    for method in payment_methods.kept_for(call, session["customer"]):
        if method["id"] == typed["remove"] and may(session, "remove"):
            payment_methods.detach(call, method)
    return see_other(request.target)


def _pay(account: Account, request: Request, session: dict[str, Any], typed: dict[str, str]) -> Response:
    in_script = "application/json" in (request.headers.get("Accept") or "")
    try:
        waiting = _take_payment(account, request, session, typed)
    except StripeError as refused:
        error = refused.error
        if in_script:
            return json_response(200, {"error": {"message": error["message"], "param": error.get("param")}})
        return _show(account, request, session, error, typed)
    challenge = f"{request.origin}/three_d_secure/{waiting['id']}" if waiting else None
    after = payments.destination(session)
    if in_script:
        leaves = bool(waiting) and KINDS[_type_of(account, waiting)].redirects
        return json_response(200, {"challenge": challenge, "next": after, "leaves": leaves})
    return see_other(challenge or after or request.target)


def _type_of(account: Account, intent: dict[str, Any] | None) -> str:
    method = account.ledger.get("payment_method", (intent or {}).get("payment_method") or "")
    return method["type"] if method else CARD.type


def _take_payment(
    account: Account, request: Request, session: dict[str, Any], typed: dict[str, str]
) -> dict[str, Any] | None:
    """Pay; return the PaymentIntent if the bank wants to ask the buyer.

    A declined card raises its 402 only after the transaction, so that the failed charge is kept.
    """
    refused = None
    with account.ledger.transaction():
        try:
            fresh = account.ledger.get("checkout.session", session["id"]) or session
            call = Call(account, origin=request.origin)
            means = _means(call, typed, fresh) if fresh["amount_total"] else None
            return payments.pay(call, fresh, means, _email(call, typed, fresh))
        except StripeError as error:
            refused = error
    raise refused


def _show(
    account: Account, request: Request, session: dict[str, Any], error: dict[str, Any], typed: dict[str, str]
) -> Response:
    embedded = session["ui_mode"] == "embedded_page"
    destination = payments.destination(session)
    html = fill(
        TEMPLATES / "checkout.html",
        place="embedded" if embedded else "hosted",
        status=session["status"],
        redirect=escape((destination or "") if embedded else ""),
        back=_back_link(session),
        items=_items(account, session),
        amount=money(session["amount_total"], session["currency"]),
        content=_content(account, request, session, error, typed),
    )
    return page_before(destination, html, LOOPBACK_SITES if embedded else "'none'")


def _back_link(session: dict[str, Any]) -> str:
    back = payments.cancel_address(session)
    return f'<a class="back" href="{escape(back)}">← Back</a>' if back else ""


def _items(account: Account, session: dict[str, Any]) -> str:
    items = account.ledger.private(session["id"])["line_items"]
    return "".join(f"<li>{_item(item)}</li>" for item in items)


def _item(item: dict[str, Any]) -> str:
    many = f"{item['quantity']} × " if item["quantity"] > 1 else ""
    return many + escape(item["description"])


def _content(
    account: Account, request: Request, session: dict[str, Any], error: dict[str, Any], typed: dict[str, str]
) -> str:
    if session["status"] != "open":
        return f'<p id="state" role="status">{ENDED[session["status"]]}</p>'
    call = Call(account)
    known = payments.known_email(call, session)
    kept = payment_methods.kept_for(call, session["customer"])
    wallets = account.switches.wallets(session["payment_method_types"])
    return fill(
        TEMPLATES / "checkout_form.html",
        action=escape(request.target),
        choices=choices(session, kept, wallets, typed.get("method")),
        card_hidden="" if CARD.type in session["payment_method_types"] else " hidden",
        save=consent(session),
        known_email=escape(known or ""),
        known_hidden="" if known else " hidden",
        email_hidden=" hidden" if known else "",
        email=escape(typed.get("email", "")),
        pay=f"Pay {money(session['amount_total'], session['currency'])}",
        **_errors(error),
    )


def _errors(error: dict[str, Any]) -> dict[str, str]:
    field = FIELDS.get(error.get("param") or "", "payment")
    errors = dict.fromkeys((f"{name}_error" for name in (*FIELDS.values(), "payment")), "")
    return errors | {f"{field}_error": escape(error.get("message", ""))}


def _means(call: Call, typed: dict[str, str], session: dict[str, Any]) -> Means:
    chosen = typed.get("method", CARD.type)
    if chosen != CARD.type:
        return other(call, session, chosen)
    return Means(presented=_card(typed), save="save" in typed)


def _card(typed: dict[str, str]) -> PresentedCard:
    expiry = re.fullmatch(r"\s*(\d{1,2})\s*/?\s*(\d{2}|\d{4})\s*", typed.get("exp", ""), re.ASCII)
    if not expiry:
        message = "Your card's expiration date is incomplete."
        raise card_error(message, code="invalid_expiry_month", param="exp_month")
    number, cvc = typed.get("number", ""), typed.get("cvc", "")
    return tokens.present(
        {"number": number, "exp_month": int(expiry[1]), "exp_year": int(expiry[2]), "cvc": cvc}
    )


def _email(call: Call, typed: dict[str, str], session: dict[str, Any]) -> str | None:
    email = typed.get("email", "").strip()
    if not payments.known_email(call, session) and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise card_error("Enter your email address.", code="email_invalid", param="email")
    return email
