"""``/_sandbox/``: what Stripe does not have, for tests and for the dashboard's buttons."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from . import request_log
from .faults import Fault, Faults
from .ledger import Ledger
from .messages import Request, Response, json_response
from .policies import Policies

FORM = "application/x-www-form-urlencoded"


class Controls:
    """Read the ledger, empty it, switch policies, order faults."""

    def __init__(
        self, ledger: Ledger, policies: Policies, starting_policies: Policies, faults: Faults
    ) -> None:
        self._ledger = ledger
        self._policies = policies
        self._starting_policies = starting_policies
        self._faults = faults
        self._actions: dict[tuple[str, str], Callable[[Any], Any]] = {
            ("GET", "/_sandbox/ledger"): self._show_ledger,
            ("POST", "/_sandbox/reset"): self._reset,
            ("GET", "/_sandbox/policies"): self._show_policies,
            ("POST", "/_sandbox/policies"): self._switch_policies,
            ("GET", "/_sandbox/faults"): self._show_faults,
            ("POST", "/_sandbox/faults"): self._add_fault,
            ("DELETE", "/_sandbox/faults"): self._clear_faults,
        }

    def respond(self, request: Request) -> Response:
        """Answer in JSON; a form on the dashboard is sent back there."""
        action = self._actions.get((request.method, request.path))
        if action is None:
            return json_response(404, {"error": f"No {request.method} {request.path}"})
        if request.headers.get("Origin", request.origin) != request.origin:
            return json_response(403, {"error": "Another site may not control this sandbox."})
        from_form = request.headers.get("Content-Type") == FORM
        try:
            body = request.body.decode()
            given = dict(parse_qsl(body)) if from_form else json.loads(body or "{}")
            answer = action(given)
        except (ValueError, TypeError, AttributeError) as error:
            return json_response(400, {"error": str(error)})
        if from_form:
            return Response(303, headers={"Location": "/"})
        return json_response(200, answer)

    def _show_ledger(self, given: Any) -> dict[str, Any]:
        return {
            "charges": self._ledger.objects("charge", "1 ORDER BY sequence"),
            "payment_intents": self._ledger.objects("payment_intent", "1 ORDER BY sequence"),
            "requests": request_log.page(self._ledger)[::-1],
        }

    def _reset(self, given: Any) -> dict[str, Any]:
        self._ledger.clear()
        self._faults.clear()
        return self._switch_policies(self._starting_policies.as_dict())

    def _show_policies(self, given: Any) -> dict[str, str]:
        return self._policies.as_dict()

    def _switch_policies(self, given: Any) -> dict[str, str]:
        self._policies.switch(given)
        return self._policies.as_dict()

    def _show_faults(self, given: Any) -> list[dict[str, Any]]:
        return self._faults.as_list()

    def _add_fault(self, given: Any) -> list[dict[str, Any]]:
        self._faults.add(Fault.from_json(given))
        return self._faults.as_list()

    def _clear_faults(self, given: Any) -> list[dict[str, Any]]:
        self._faults.clear()
        return []
