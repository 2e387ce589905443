"""Actions on single objects: refund a charge, close a dispute, pay a session, resend an event."""

import re
from collections.abc import Callable
from typing import Any

from stripe_sandbox.checkout import means, payments, sessions
from stripe_sandbox.checkout.means import Means
from stripe_sandbox.http.errors import StripeError
from stripe_sandbox.resources import attempts, customers, disputes, events, refunds, tokens
from stripe_sandbox.resources.account import Call

PAYMENT_REQUIRED = 402

type Action = Callable[[Call], dict[str, Any]]


def find(method: str, path: str) -> tuple[Action, str] | None:
    """Return the action at this address under ``/_sandbox/``, and the id in it."""
    for pattern, action in ACTIONS.items():
        if method == "POST" and (match := re.fullmatch(pattern, path)):
            return action, match[1]
    return None


def _refund(call: Call) -> dict[str, Any]:
    charge = call.ledger.get("charge", call.identifier)
    if charge is None:
        raise ValueError(f"There is no charge {call.identifier}")
    amount = call.parameters.get("amount")
    return refunds.refund(call, charge, {"amount": int(amount)} if amount else {})


def _open(call: Call) -> dict[str, Any]:
    return disputes.open_dispute(call, call.identifier, _reason(call), inquiry=False)


def _inquire(call: Call) -> dict[str, Any]:
    return disputes.open_dispute(call, call.identifier, _reason(call), inquiry=True)


def _reason(call: Call) -> str:
    return call.parameters.get("reason", "fraudulent")


def _close(call: Call) -> dict[str, Any]:
    return disputes.close(call, call.identifier, call.parameters.get("status", ""))


def _pay(call: Call) -> dict[str, Any]:
    """Pay as a buyer on the page does; ``authenticate`` is the answer to the bank's question.

    ``method`` is another way than a card, or the id of a kept card; ``save`` keeps a new one.

    A declined card leaves the session open. Only the page shows the reason, so it is not an error here.
    """
    session = sessions.retrieve(call)
    try:
        intent = payments.pay(call, session, _means(call, session), call.parameters.get("email"))
    except StripeError as refused:
        if refused.status != PAYMENT_REQUIRED:
            raise
        return sessions.retrieve(call)
    if intent and "authenticate" in call.parameters:
        intent = attempts.authenticate(call, intent, confirmed=bool(call.parameters["authenticate"]))
        payments.after_authentication(call, intent)
    return sessions.retrieve(call)


def _means(call: Call, session: dict[str, Any]) -> Means:
    if "method" in call.parameters:
        return means.other(call, session, call.parameters["method"])
    given = {"exp_month": 12, "exp_year": 2040, "cvc": "123"}
    presented = tokens.present(given | {"number": call.parameters.get("number", "4242424242424242")})
    return Means(presented=presented, save=bool(call.parameters.get("save")))


def _settle_session(*, succeeded: bool) -> Action:
    def act(call: Call) -> dict[str, Any]:
        session = sessions.retrieve(call)
        return payments.finish_async_payment(call, session, succeeded=succeeded)

    return act


def _complete_unpaid(call: Call) -> dict[str, Any]:
    return payments.complete_unpaid(call, sessions.retrieve(call))


def _resend(call: Call) -> dict[str, Any]:
    event = events.retrieve(call)
    call.account.outbox.resend(event)
    return event


ACTIONS: dict[str, Action] = {
    r"charges/(\w+)/refund": _refund,
    r"charges/(\w+)/dispute": _open,
    r"charges/(\w+)/inquiry": _inquire,
    r"refunds/(\w+)/succeed": lambda call: refunds.settle(call, call.identifier, "succeeded"),
    r"refunds/(\w+)/fail": lambda call: refunds.settle(call, call.identifier, "failed"),
    r"disputes/(\w+)/review": lambda call: disputes.review(call, call.identifier),
    r"disputes/(\w+)/escalate": lambda call: disputes.escalate(call, call.identifier),
    r"disputes/(\w+)/close": _close,
    r"checkout_sessions/(\w+)/pay": _pay,
    r"checkout_sessions/(\w+)/complete_unpaid": _complete_unpaid,
    r"checkout_sessions/(\w+)/async_succeed": _settle_session(succeeded=True),
    r"checkout_sessions/(\w+)/async_fail": _settle_session(succeeded=False),
    r"checkout_sessions/(\w+)/expire": sessions.expire,
    r"customers/(\w+)/delete": customers.delete,
    r"events/(\w+)/resend": _resend,
}
