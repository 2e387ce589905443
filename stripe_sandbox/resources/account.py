"""What an endpoint is given when it is called."""

from dataclasses import dataclass, field
from typing import Any

from stripe_sandbox.ledger.database import Ledger
from stripe_sandbox.webhooks.outbox import Outbox

from .policies import Policies
from .profile import Profile

REFUND_SECONDS = 30.0


@dataclass(frozen=True)
class Account:
    """The one account of this sandbox.

    ``refund_seconds`` is how long the two cards whose refunds change later take to do so.
    """

    ledger: Ledger
    policies: Policies
    outbox: Outbox
    refund_seconds: float = REFUND_SECONDS
    profile: Profile = field(default_factory=Profile)


@dataclass(frozen=True)
class Call:
    """One authenticated, checked call, or what a page, a control or the clock does in its stead.

    ``identifier`` is the id in the address, ``origin`` where this sandbox is reached; ``request_id`` and
    ``idempotency_key`` are written into the events of an API call.
    """

    account: Account
    parameters: dict[str, Any] = field(default_factory=dict)
    identifier: str = ""
    origin: str = ""
    request_id: str | None = None
    idempotency_key: str | None = None

    @property
    def ledger(self) -> Ledger:
        """The account's ledger."""
        return self.account.ledger

    @property
    def policies(self) -> Policies:
        """What the account may do."""
        return self.account.policies
