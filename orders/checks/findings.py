"""What an examination of the configuration found."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One sentence; WRONG is what keeps the configured checkout, or what Stripe has to tell, from working."""

    level: Level
    text: str
