"""The sandbox as a whole: API, controls and pages around one account."""

from dataclasses import replace
from pathlib import Path

from .api.calls import Api
from .api.idempotency import DAY, Idempotency
from .clock import Clock
from .dashboard.controls import Controls
from .http.faults import Faults
from .http.messages import Request, Response
from .http.pages import Pages
from .ledger.database import Ledger
from .resources.account import REFUND_SECONDS, Account
from .resources.policies import Policies
from .webhooks.deliveries import Deliverer
from .webhooks.outbox import Endpoint, Outbox


class Sandbox:
    """One Stripe account on this machine."""

    def __init__(
        self,
        ledger_path: Path | str,
        policies: Policies | None = None,
        idempotency_lifetime: float = DAY,
        endpoint: Endpoint | None = None,
        refund_seconds: float = REFUND_SECONDS,
    ) -> None:
        self.ledger = Ledger(ledger_path)
        policies = policies or Policies()
        faults = Faults()
        self.outbox = outbox = Outbox(self.ledger, faults, endpoint)
        account = Account(self.ledger, policies, outbox, refund_seconds)
        idempotency = Idempotency(self.ledger, idempotency_lifetime)
        self._deliverer = Deliverer(self.ledger, outbox)
        self._clock = Clock(account)
        self._api = Api(account, faults, idempotency)
        self._controls = Controls(account, replace(policies), faults)
        self._pages = Pages(account)

    def start(self) -> None:
        """Begin what goes on in the background: deliveries, and what happens by time."""
        self._deliverer.start()
        self._clock.start()

    def close(self) -> None:
        """End it and give the ledger back."""
        self._clock.stop()
        self._deliverer.stop()
        self.ledger.close()

    def respond(self, request: Request) -> Response:
        """Answer one request."""
        if request.path.startswith(("/v1/", "/v2/")):
            return self._api.respond(request)
        if request.path.startswith("/_sandbox/"):
            return self._controls.respond(request)
        return self._pages.respond(request)
