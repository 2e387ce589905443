"""The sandbox as a whole: one account, everything that answers for it, and what happens in the background."""

import threading
from dataclasses import replace
from pathlib import Path

from .api.calls import Api
from .api.idempotency import DAY, Idempotency
from .checkout import pages, payments
from .dashboard import page
from .dashboard.controls import Controls
from .http.faults import Faults
from .http.messages import Request, Response
from .http.pages import nothing_here
from .ledger.database import Ledger
from .resources import refunds
from .resources.account import REFUND_SECONDS, Account, Call, Policies
from .webhooks.deliveries import Deliverer
from .webhooks.endpoint import Endpoint
from .webhooks.outbox import Outbox

TICK_SECONDS = 0.25  # how often the clock looks


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
        self._account = account = Account(self.ledger, policies, outbox, refund_seconds)
        self._deliverer = Deliverer(self.ledger, outbox)
        self._clock = Clock(account)
        self._api = Api(account, faults, Idempotency(self.ledger, idempotency_lifetime))
        self._controls = Controls(account, replace(policies), faults)

    def start(self) -> None:
        """Start delivering events, and doing what has come due."""
        self._deliverer.start()
        self._clock.start()

    def close(self) -> None:
        """Stop both and close the ledger."""
        self._clock.stop()
        self._deliverer.stop()
        self.ledger.close()

    def respond(self, request: Request) -> Response:
        """Answer one request; raise :class:`DroppedConnection` if a fault says so."""
        if request.path.startswith(("/v1/", "/v2/")):
            return self._api.respond(request)
        if request.path.startswith("/_sandbox/"):
            return self._controls.respond(request)
        for part in (pages, page):
            if response := part.respond(self._account, request):
                return response
        return nothing_here(request)


class Clock:
    """Settles refunds and expires Checkout Sessions once their time has come."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Start."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait until nothing is half done."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(TICK_SECONDS):
            call = Call(self._account)
            with self._account.ledger.transaction():
                refunds.settle_due(call)
                payments.expire_due(call)
