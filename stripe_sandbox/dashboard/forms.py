"""The dashboard's forms: each posts to an address under ``/_sandbox/``."""

from html import escape

from stripe_sandbox.http.faults import DELIVERY_FAULTS
from stripe_sandbox.resources.account import ALLOWED, REFUSED, Policies
from stripe_sandbox.resources.methods.kinds import KINDS, OFF, ON, Switches
from stripe_sandbox.webhooks.endpoint import Endpoint

POLICY_WORDS = {
    "charges_api": ("Charges API", "Charge.create straight from a card token"),
    "card_tokens": ("Card tokens", "Tokens made in the browser by checkout.js"),
}

WAYS_WORDS = {kind.type: kind.label for kind in KINDS.values()} | {
    "apple_pay": "Apple Pay",
    "google_pay": "Google Pay",
    "link": "Link",
}


def button(path: str, label: str, **fields: str) -> str:
    """Return a form with a single button."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items()
    )
    return f'<form method="post" action="/_sandbox/{path}">{hidden}<button>{label}</button></form>'


def refund(charge: str, left: int) -> str:
    """Return the form that refunds a charge; ``left`` is the amount still to be refunded."""
    return (
        f'<form method="post" action="/_sandbox/charges/{charge}/refund"><label>Amount '
        f'<span class="hidden">to refund, in the smallest unit; leave empty for all</span>'
        f'<input name="amount" inputmode="numeric" placeholder="{left}"></label>'
        "<button>Refund</button></form>"
    )


def policies(account_policies: Policies) -> str:
    """Return the forms that switch each policy."""
    return "".join(_policy(name, state) for name, state in account_policies.as_dict().items())


def _policy(name: str, state: str) -> str:
    title, words = POLICY_WORDS[name]
    verb, other = ("Refuse", REFUSED) if state == ALLOWED else ("Allow", ALLOWED)
    return (
        f'<form class="policy" method="post" action="/_sandbox/policies"><div><h3>{title} '
        f'<span class="state {state}">{state}</span></h3><p>{words}</p></div>'
        f'<button name="{name}" value="{other}">{verb}<span class="hidden"> {title}</span>'
        "</button></form>"
    )


def switches(current: Switches) -> str:
    """Return the forms that switch each way to pay."""
    return "".join(_switch(name, state) for name, state in current.as_dict().items())


def _switch(name: str, state: str) -> str:
    title = WAYS_WORDS[name]
    verb, other = ("Switch on", ON) if state == OFF else ("Switch off", OFF)
    return (
        f'<form class="policy" method="post" action="/_sandbox/payment_methods"><div><h3>{title} '
        f'<span class="state {"allowed" if state == ON else "refused"}">{state}</span></h3></div>'
        f'<button name="{name}" value="{other}">{verb}<span class="hidden"> {title}</span></button></form>'
    )


def endpoint(current: Endpoint | None) -> str:
    """Return the form that shows and changes where events go."""
    url = escape(current.url if current else "")
    secrets = escape(",".join(current.secrets) if current else "")
    return (
        '<form class="policy" method="post" action="/_sandbox/webhook">'
        f'<label>Address <input name="url" value="{url}" placeholder="http://127.0.0.1:8000/orders/webhook/">'
        f'</label><label>Secrets <input name="secrets" value="{secrets}" placeholder="whsec_…"></label>'
        "<button>Send events there</button></form>"
    )


def fault() -> str:
    """Return the form that makes the next delivery go wrong."""
    options = "".join(f"<option>{fault}</option>" for fault in DELIVERY_FAULTS)
    return (
        '<form class="policy" method="post" action="/_sandbox/faults">'
        '<label>Event <input name="match" value="webhook *"></label>'
        f'<label>Fault <select name="fault">{options}</select></label>'
        '<label>Seconds <input name="seconds" value="5" inputmode="decimal"></label>'
        "<button>Break the next delivery</button></form>"
    )
