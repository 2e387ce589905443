"""Stripe's own pages: the Checkout page, hosted or in a frame, and the bank's 3-D Secure page."""

import re
from html import escape
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from stripe_sandbox.http.errors import StripeError, card_error
from stripe_sandbox.http.messages import LOOPBACK_NAMES, Request, Response, json_response
from stripe_sandbox.http.money import money
from stripe_sandbox.resources import attempts, tokens
from stripe_sandbox.resources.account import Account, Call

from . import payments as session_payments

TEMPLATES = Path(__file__).parents[1] / "templates"
HTML = "text/html; charset=utf-8"
LOOPBACK_SITES = " ".join(
    f"{scheme}://{host}:*" for scheme in ("http", "https") for host in LOOPBACK_NAMES[:2]
)
FIELDS = {"number": "number", "exp_month": "exp", "exp_year": "exp", "cvc": "cvc", "email": "email"}
ENDED = {
    "complete": "This payment is complete. Thank you.",
    "expired": "This checkout has expired. Go back to the shop and begin again.",
}
CHOICES = (
    '<p id="state">Does this card\'s owner agree to the payment?</p>'
    '<form method="post" class="choices">'
    '<button class="main" id="complete" name="outcome" value="complete">Complete authentication</button>'
    '<button id="fail" name="outcome" value="fail">Fail authentication</button></form>'
)


class CheckoutPages:
    """Everything under ``/c/`` and ``/three_d_secure/``."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def respond(self, request: Request) -> Response | None:
        """Answer one request; nothing if the address is no page of these."""
        found = re.fullmatch(r"/(c/pay|c/embed|three_d_secure)/(\w+)", request.path)
        if found is None:
            return None
        place, identifier = found.groups()
        kind = "payment_intent" if place == "three_d_secure" else "checkout.session"
        subject = self._account.ledger.get(kind, identifier)
        if subject is None:
            return Response(404, b"Not found", "text/plain; charset=utf-8")
        if request.headers.get("Origin", request.origin) != request.origin:
            return Response(403, b"Another site may not pay here.", "text/plain; charset=utf-8")
        if place == "three_d_secure":
            return self._challenge(request, subject)
        return self._checkout(request, subject, embedded=place == "c/embed")

    # The Checkout page

    def _checkout(self, request: Request, session: dict[str, Any], *, embedded: bool) -> Response:
        if embedded != (session["ui_mode"] == "embedded_page"):
            return Response(404, b"Not found", "text/plain; charset=utf-8")
        if embedded and not self._knows_secret(request, session):
            return Response(403, b"Wrong client secret.", "text/plain; charset=utf-8")
        if request.method == "POST":
            return self._pay(request, session)
        if session["status"] == "complete" and not embedded:
            return _see(session_payments.destination(session) or "/")
        return self._show(request, session, self._last_error(session), {})

    def _knows_secret(self, request: Request, session: dict[str, Any]) -> bool:
        sent = parse_qs(request.query).get("secret", [""])[0]
        if session["client_secret"]:
            return sent == session["client_secret"]
        return session["status"] != "open" and sent.startswith(f"{session['id']}_secret_")

    def _last_error(self, session: dict[str, Any]) -> dict[str, Any]:
        intent = self._account.ledger.get("payment_intent", session["payment_intent"] or "")
        return (intent or {}).get("last_payment_error") or {}

    def _pay(self, request: Request, session: dict[str, Any]) -> Response:
        typed = dict(parse_qsl(request.body.decode(errors="replace")))
        in_script = "application/json" in (request.headers.get("Accept") or "")
        call = Call(self._account, origin=request.origin)
        error, waiting = None, None
        with self._account.ledger.transaction():
            try:
                fresh = self._account.ledger.get("checkout.session", session["id"]) or session
                presented = _card(typed) if fresh["amount_total"] else None
                email = _email(typed, fresh)
                waiting = session_payments.pay(call, fresh, presented, email)
            except StripeError as refused:
                error = refused.error
        if error:
            if in_script:
                told = {"message": error["message"], "param": error.get("param")}
                return json_response(200, {"error": told})
            return self._show(request, session, error, typed)
        challenge = f"{request.origin}/three_d_secure/{waiting['id']}" if waiting else None
        after = session_payments.destination(session)
        if in_script:
            return json_response(200, {"challenge": challenge, "next": after})
        return _see(challenge or after or request.target)

    def _show(
        self, request: Request, session: dict[str, Any], error: dict[str, Any], typed: dict[str, str]
    ) -> Response:
        embedded = session["ui_mode"] == "embedded_page"
        items = self._account.ledger.private(session["id"])["line_items"]
        content = self._form(request, session, error, typed)
        if session["status"] != "open":
            content = f'<p id="state" role="status">{ENDED[session["status"]]}</p>'
        back = session_payments.way_back(session)
        html = _fill(
            "checkout",
            place="embedded" if embedded else "hosted",
            status=session["status"],
            redirect=escape((session_payments.destination(session) or "") if embedded else ""),
            back=f'<a class="back" href="{escape(back)}">← Back</a>' if back else "",
            items="".join(f"<li>{_item(item)}</li>" for item in items),
            amount=money(session["amount_total"], session["currency"]),
            content=content,
        )
        return _page(html, LOOPBACK_SITES if embedded else "'none'", session_payments.destination(session))

    def _form(
        self, request: Request, session: dict[str, Any], error: dict[str, Any], typed: dict[str, str]
    ) -> str:
        field = FIELDS.get(error.get("param") or "", "payment")
        errors = dict.fromkeys((f"{name}_error" for name in (*FIELDS.values(), "payment")), "")
        errors[f"{field}_error"] = escape(error.get("message", ""))
        known = session["customer_email"]
        price = money(session["amount_total"], session["currency"])
        return _fill(
            "checkout_form",
            action=escape(request.target),
            known_email=escape(known or ""),
            known_hidden="" if known else " hidden",
            email_hidden=" hidden" if known else "",
            email=escape(typed.get("email", "")),
            pay=f"Pay {price}",
            **errors,
        )

    # The bank's page

    def _challenge(self, request: Request, intent: dict[str, Any]) -> Response:
        if request.method == "POST":
            return self._answer(request, intent)
        waiting = intent["status"] == "requires_action"
        done = '<p id="state" role="status">The bank has its answer. You may go on.</p>'
        html = _fill(
            "three_d_secure",
            status=intent["status"],
            amount=money(intent["amount"], intent["currency"]),
            content=CHOICES if waiting else done,
        )
        session = session_payments.of_intent(Call(self._account), intent["id"])
        back = session_payments.destination(session) if session else _return_url(intent)
        return _page(html, LOOPBACK_SITES, back)

    def _answer(self, request: Request, intent: dict[str, Any]) -> Response:
        confirmed = dict(parse_qsl(request.body.decode(errors="replace"))).get("outcome") == "complete"
        return_url = _return_url(intent)
        call = Call(self._account, origin=request.origin)
        with self._account.ledger.transaction():
            intent = self._account.ledger.get("payment_intent", intent["id"]) or intent
            intent = attempts.authenticate(call, intent, confirmed=confirmed)
            session = session_payments.after_authentication(call, intent)
        if session:
            if session["ui_mode"] == "embedded_page":
                return _see(request.target)
            complete = session["status"] == "complete"
            return _see((session_payments.destination(session) if complete else return_url) or "/")
        if not return_url:
            return _see(request.target)
        told = {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": "succeeded" if intent["status"] == "succeeded" else "failed",
        }
        return _see(f"{return_url}{'&' if urlsplit(return_url).query else '?'}{urlencode(told)}")


def _return_url(intent: dict[str, Any]) -> str | None:
    action = intent["next_action"] or {}
    return action.get("redirect_to_url", {}).get("return_url")


def _card(typed: dict[str, str]) -> Any:
    expiry = re.fullmatch(r"\s*(\d{1,2})\s*/?\s*(\d{2}|\d{4})\s*", typed.get("exp", ""), re.ASCII)
    if not expiry:
        message = "Your card's expiration date is incomplete."
        raise card_error(message, code="invalid_expiry_month", param="exp_month")
    return tokens.present(
        {
            "number": typed.get("number", ""),
            "exp_month": int(expiry[1]),
            "exp_year": int(expiry[2]),
            "cvc": typed.get("cvc", ""),
        }
    )


def _email(typed: dict[str, str], session: dict[str, Any]) -> str | None:
    email = typed.get("email", "").strip()
    if not session["customer_email"] and not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise card_error("Enter your email address.", code="email_invalid", param="email")
    return email


def _item(item: dict[str, Any]) -> str:
    many = f"{item['quantity']} × " if item["quantity"] > 1 else ""
    return many + escape(item["description"])


def _fill(template: str, **values: str) -> str:
    return Template((TEMPLATES / f"{template}.html").read_text()).substitute(values)


def _see(address: str) -> Response:
    return Response(303, headers={"Location": address, "Cache-Control": "no-store"})


def _page(html: str, framed_by: str, next_address: str | None) -> Response:
    after = urlsplit(next_address or "")
    target = f" {after.scheme}://{after.netloc}" if re.fullmatch(r"[\w.:\[\]-]+", after.netloc) else ""
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        f"form-action 'self'{target}; base-uri 'none'; frame-ancestors {framed_by}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        "Referrer-Policy": "same-origin",
    }
    return Response(200, html.encode(), HTML, headers)
