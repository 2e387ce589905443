"""Faults on demand: late answers, errors and broken connections, as networks have them."""

import threading
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

FAULTS = ("delay", "error_500", "drop_answer", "drop_before")
WEBHOOK = "webhook"
DELIVERY_FAULTS = ("delay", "duplicate", "drop", "reorder")


@dataclass
class Fault:
    """The next ``times`` API requests, or deliveries to the webhook endpoint, that match go wrong.

    ``match``: method and path, ``*`` for anything. ``fault``: ``delay`` (works, answers after
    ``seconds``), ``error_500`` (does nothing), ``drop_answer`` (works, then closes the connection
    without answering), ``drop_before`` (closes it at once).

    ``webhook charge.*`` matches deliveries by the type of their event. Their faults: ``delay`` (sent
    after ``seconds``), ``duplicate`` (sent twice), ``drop`` (never sent; the event stays with
    ``pending_webhooks`` 1 until it is resent), ``reorder`` (sent after the next one, or after ``seconds``).
    """

    match: str
    fault: str
    seconds: float = 1
    times: int = 1

    @property
    def of_delivery(self) -> bool:
        """Whether it strikes deliveries, not requests."""
        return self.match.startswith(f"{WEBHOOK} ")

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "Fault":
        """Read one; raises ``ValueError`` with what is wrong."""
        known = {field.name for field in fields(cls)}
        if not isinstance(given, dict) or not {"match", "fault"} <= given.keys() <= known:
            raise ValueError(f"A fault has match and fault, may have {sorted(known)}, no more")
        fault = cls(**given)
        allowed = DELIVERY_FAULTS if fault.of_delivery else FAULTS
        if fault.fault not in allowed:
            raise ValueError(f"fault must be one of {', '.join(allowed)}")
        fault.seconds, fault.times = float(fault.seconds), int(fault.times)
        return fault


class Faults:
    """The faults still to come, in the order they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put one at the end."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault of this request or delivery, counted as used."""
        with self._lock:
            for fault in self._waiting:
                if fault.of_delivery != (method == WEBHOOK):
                    continue
                if fnmatchcase(f"{method} {path}", fault.match):
                    fault.times -= 1
                    if fault.times < 1:
                        self._waiting.remove(fault)
                    return fault
        return None

    def as_list(self) -> list[dict[str, Any]]:
        """Every fault still to come."""
        with self._lock:
            return [asdict(fault) for fault in self._waiting]
