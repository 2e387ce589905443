"""What an endpoint is given when it is called."""

from dataclasses import dataclass
from typing import Any

from .ledger import Ledger
from .policies import Policies


@dataclass(frozen=True)
class Call:
    """One authenticated, checked call of an endpoint.

    ``identifier`` is the id in the address, ``origin`` where this sandbox is reached.
    """

    ledger: Ledger
    policies: Policies
    parameters: dict[str, Any]
    identifier: str
    origin: str
