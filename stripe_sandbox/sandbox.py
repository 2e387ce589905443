"""The sandbox as a whole: API, controls and pages around one ledger."""

from dataclasses import replace
from pathlib import Path

from .api import Api
from .controls import Controls
from .faults import Faults
from .idempotency import DAY, Idempotency
from .ledger import Ledger
from .messages import Request, Response
from .pages import Pages
from .policies import Policies


class Sandbox:
    """One Stripe account on this machine."""

    def __init__(
        self,
        ledger_path: Path | str,
        policies: Policies | None = None,
        idempotency_lifetime: float = DAY,
    ) -> None:
        self.ledger = Ledger(ledger_path)
        policies = policies or Policies()
        faults = Faults()
        idempotency = Idempotency(self.ledger, idempotency_lifetime)
        self._api = Api(self.ledger, policies, faults, idempotency)
        self._controls = Controls(self.ledger, policies, replace(policies), faults)
        self._pages = Pages(self.ledger, policies)

    def respond(self, request: Request) -> Response:
        """Answer one request."""
        if request.path.startswith(("/v1/", "/v2/")):
            return self._api.respond(request)
        if request.path.startswith("/_sandbox/"):
            return self._controls.respond(request)
        return self._pages.respond(request)
