"""``/_sandbox/``: what Stripe does not have, for tests and for the dashboard's buttons."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from stripe_sandbox.http.errors import StripeError
from stripe_sandbox.http.faults import Fault, Faults
from stripe_sandbox.http.messages import Request, Response, json_response
from stripe_sandbox.http.pages import from_elsewhere
from stripe_sandbox.ledger import request_log
from stripe_sandbox.resources.account import Account, Call, Policies, Profile
from stripe_sandbox.resources.methods.kinds import Switches
from stripe_sandbox.webhooks.endpoint import Endpoint

from . import actions
from .actions import Action

FORM = "application/x-www-form-urlencoded"
KINDS = {
    "charges": "charge",
    "payment_intents": "payment_intent",
    "refunds": "refund",
    "disputes": "dispute",
    "checkout_sessions": "checkout.session",
    "customers": "customer",
    "payment_methods": "payment_method",
    "events": "event",
}

type Control = Callable[[Any], Any]


class Controls:
    """Shows and empties the ledger, switches policies, sets the account, the endpoint and faults."""

    def __init__(self, account: Account, starting_policies: Policies, faults: Faults) -> None:
        self._account = account
        self._ledger = account.ledger
        self._policies = account.policies
        self._outbox = account.outbox
        self._starting_endpoint = account.outbox.endpoint
        self._starting_policies = starting_policies
        self._faults = faults
        self._controls: dict[tuple[str, str], Control] = {
            ("GET", "ledger"): self._show_ledger,
            ("POST", "reset"): self._reset,
            ("GET", "policies"): self._show_policies,
            ("POST", "policies"): self._switch_policies,
            ("GET", "payment_methods"): self._show_switches,
            ("POST", "payment_methods"): self._switch_payment_methods,
            ("GET", "account"): self._show_profile,
            ("POST", "account"): self._change_profile,
            ("GET", "faults"): self._show_faults,
            ("POST", "faults"): self._add_fault,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "webhook"): self._show_endpoint,
            ("POST", "webhook"): self._set_endpoint,
        }

    def respond(self, request: Request) -> Response:
        """Answer in JSON, or send a form on the dashboard back there."""
        control = self._find(request)
        if control is None:
            return json_response(404, {"error": f"No {request.method} {request.path}"})
        if from_elsewhere(request):
            return json_response(403, {"error": "Another site may not control this sandbox."})
        try:
            answer = control(_given(request))
        except (StripeError, ValueError, TypeError, AttributeError) as error:
            return json_response(400, {"error": str(error)})
        if _is_form(request):
            return Response(303, headers={"Location": "/"})
        return json_response(200, answer)

    def _find(self, request: Request) -> Control | None:
        path = request.path.removeprefix("/_sandbox/")
        if control := self._controls.get((request.method, path)):
            return control
        found = actions.find(request.method, path)
        return partial(self._act, *found, request.origin) if found else None

    def _act(self, action: Action, identifier: str, origin: str, given: Any) -> Any:
        """Do one action in a transaction; what a refused card left behind is kept, as at Stripe."""
        with self._ledger.transaction():
            try:
                return action(Call(self._account, dict(given), identifier, origin))
            except StripeError as error:
                if not error.executed:
                    raise
                refused = error
        raise refused

    def _show_ledger(self, given: Any) -> dict[str, Any]:
        readers: dict[str, Callable[[], list[dict[str, Any]]]] = {
            **{
                name: partial(self._ledger.objects, kind, "1 ORDER BY sequence")
                for name, kind in KINDS.items()
            },
            "deliveries": lambda: self._outbox.page()[::-1],
            "requests": lambda: request_log.page(self._ledger)[::-1],
        }
        wanted = given["only"].split(",") if "only" in given else list(readers)
        if not set(wanted) <= readers.keys():
            raise ValueError(f"only may name {', '.join(readers)}")
        return {name: readers[name]() for name in wanted}

    def _reset(self, given: Any) -> dict[str, Any]:
        self._ledger.clear()
        self._faults.clear()
        self._outbox.endpoint = self._starting_endpoint
        self._change_profile(Profile().as_dict())
        self._switch_payment_methods(Switches().as_dict())
        return self._switch_policies(self._starting_policies.as_dict())

    def _show_policies(self, given: Any) -> dict[str, str]:
        return self._policies.as_dict()

    def _switch_policies(self, given: Any) -> dict[str, str]:
        self._policies.switch(given)
        return self._policies.as_dict()

    def _show_switches(self, given: Any) -> dict[str, str]:
        return self._account.switches.as_dict()

    def _switch_payment_methods(self, given: Any) -> dict[str, str]:
        self._account.switches.switch(given)
        return self._account.switches.as_dict()

    def _show_profile(self, given: Any) -> dict[str, Any]:
        return self._account.profile.as_dict()

    def _change_profile(self, given: Any) -> dict[str, Any]:
        self._account.profile.change(given)
        return self._account.profile.as_dict()

    def _show_endpoint(self, given: Any) -> dict[str, Any]:
        endpoint = self._outbox.endpoint
        if endpoint is None:
            return {"url": "", "secrets": [], "retry_seconds": None}
        return asdict(endpoint)

    def _set_endpoint(self, given: Any) -> dict[str, Any]:
        self._outbox.endpoint = Endpoint.read(**({"url": "", "secrets": ""} | given))
        self._outbox.wake.set()
        return self._show_endpoint(None)

    def _show_faults(self, given: Any) -> list[dict[str, Any]]:
        return self._faults.as_list()

    def _add_fault(self, given: Any) -> list[dict[str, Any]]:
        self._faults.add(Fault.from_json(given))
        return self._faults.as_list()

    def _clear_faults(self, given: Any) -> list[dict[str, Any]]:
        self._faults.clear()
        return []


def _is_form(request: Request) -> bool:
    return request.headers.get("Content-Type") == FORM


def _given(request: Request) -> Any:
    """Return what the caller sent: the query of a GET, else a form or JSON."""
    body = request.body.decode()
    sent = dict(parse_qsl(body)) if _is_form(request) else json.loads(body or "{}")
    return dict(parse_qsl(request.query)) if request.method == "GET" else sent
