"""Faults on demand: late answers, errors and broken connections, as on a real network."""

import threading
from dataclasses import asdict, dataclass, fields
from fnmatch import fnmatchcase
from typing import Any

FAULTS = ("delay", "error_500", "drop_answer", "drop_before")
WEBHOOK = "webhook"
DELIVERY_FAULTS = ("delay", "duplicate", "drop", "reorder")


@dataclass
class Fault:
    """Something that goes wrong with the next ``times`` matching API calls or webhook deliveries.

    ``match`` is a method and a path, with ``*`` for anything. Its faults: ``delay`` (does the work, answers
    after ``seconds``), ``error_500`` (does nothing), ``drop_answer`` (does the work, then closes the
    connection without answering), ``drop_before`` (closes it right away).

    ``webhook charge.*`` matches deliveries by the type of their event. Their faults: ``delay`` (sent
    after ``seconds``), ``duplicate`` (sent twice), ``drop`` (never sent; the event keeps
    ``pending_webhooks`` 1 until it is resent), ``reorder`` (sent after the next one, or after ``seconds``).
    """

    match: str
    fault: str
    seconds: float = 1
    times: int = 1

    @property
    def of_delivery(self) -> bool:
        """Whether it is about deliveries, not calls."""
        return self.match.startswith(f"{WEBHOOK} ")

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> "Fault":
        """Return a fault read from JSON; raise ``ValueError`` saying what is wrong."""
        known = {field.name for field in fields(cls)}
        if not isinstance(given, dict) or not {"match", "fault"} <= given.keys() <= known:
            raise ValueError(f"A fault needs match and fault; its fields are {', '.join(sorted(known))}")
        fault = cls(**given)
        allowed = DELIVERY_FAULTS if fault.of_delivery else FAULTS
        if fault.fault not in allowed:
            raise ValueError(f"fault must be one of {', '.join(allowed)}")
        fault.seconds, fault.times = float(fault.seconds), int(fault.times)
        return fault


class Faults:
    """The faults waiting for their match, in the order they were requested."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Remove every fault."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault for this call or delivery, if there is one, and count it as used.

        A delivery has the method :data:`WEBHOOK` and its event's type as its path.
        """
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
        """Return every waiting fault."""
        with self._lock:
            return [asdict(fault) for fault in self._waiting]
