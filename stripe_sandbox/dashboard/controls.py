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
from stripe_sandbox.ledger import request_log
from stripe_sandbox.resources.account import Account, Call
from stripe_sandbox.resources.policies import Policies
from stripe_sandbox.resources.profile import Profile
from stripe_sandbox.webhooks.outbox import Endpoint

from . import actions as money_controls

FORM = "application/x-www-form-urlencoded"
KINDS = {
    "charges": "charge",
    "payment_intents": "payment_intent",
    "refunds": "refund",
    "disputes": "dispute",
    "checkout_sessions": "checkout.session",
    "events": "event",
}


class Controls:
    """Read the ledger, empty it, switch policies, order faults."""

    def __init__(self, account: Account, starting_policies: Policies, faults: Faults) -> None:
        self._account = account
        self._ledger = account.ledger
        self._policies = account.policies
        self._outbox = account.outbox
        self._starting_endpoint = account.outbox.endpoint
        self._starting_policies = starting_policies
        self._faults = faults
        self._actions: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "/_sandbox/ledger"): self._show_ledger,
            ("POST", "/_sandbox/reset"): self._reset,
            ("GET", "/_sandbox/policies"): self._show_policies,
            ("POST", "/_sandbox/policies"): self._switch_policies,
            ("GET", "/_sandbox/account"): self._show_profile,
            ("POST", "/_sandbox/account"): self._change_profile,
            ("GET", "/_sandbox/faults"): self._show_faults,
            ("POST", "/_sandbox/faults"): self._add_fault,
            ("DELETE", "/_sandbox/faults"): self._clear_faults,
            ("GET", "/_sandbox/webhook"): self._show_endpoint,
            ("POST", "/_sandbox/webhook"): self._set_endpoint,
        }

    def respond(self, request: Request) -> Response:
        """Answer in JSON; a form on the dashboard is sent back there."""
        action = self._actions.get((request.method, request.path)) or self._of_object(request)
        if action is None:
            return json_response(404, {"error": f"No {request.method} {request.path}"})
        if request.headers.get("Origin", request.origin) != request.origin:
            return json_response(403, {"error": "Another site may not control this sandbox."})
        from_form = request.headers.get("Content-Type") == FORM
        try:
            body = request.body.decode()
            given = dict(parse_qsl(body)) if from_form else json.loads(body or "{}")
            given = dict(parse_qsl(request.query)) if request.method == "GET" else given
            answer = action(given)
        except StripeError as error:
            return json_response(400, {"error": str(error)})
        except (ValueError, TypeError, AttributeError) as error:
            return json_response(400, {"error": str(error)})
        if from_form:
            return Response(303, headers={"Location": "/"})
        return json_response(200, answer)

    def _of_object(self, request: Request) -> Callable[[Any], Any] | None:
        found = money_controls.find(request.method, request.path)
        if found is None:
            return None
        action, identifier = found

        def act(given: Any) -> Any:
            refused = None
            with self._ledger.transaction():
                try:
                    answer = action(Call(self._account, dict(given), identifier, request.origin))
                except StripeError as error:
                    if not error.executed:
                        raise
                    refused = error
            if refused:
                raise refused
            return answer

        return act

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
        return self._switch_policies(self._starting_policies.as_dict())

    def _show_policies(self, given: Any) -> dict[str, str]:
        return self._policies.as_dict()

    def _switch_policies(self, given: Any) -> dict[str, str]:
        self._policies.switch(given)
        return self._policies.as_dict()

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
