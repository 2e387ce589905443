"""What the account tells of itself: a new shop has to show its papers before it may charge."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Profile:
    """The parts of the account that its owner, or Stripe, changes."""

    charges_enabled: bool = True
    details_submitted: bool = True
    country: str = "US"
    default_currency: str = "usd"
    display_name: str = "Stripe sandbox"

    def change(self, changes: dict[str, Any]) -> None:
        """Set the named parts; raises ``ValueError`` and changes nothing if one is wrong."""
        before = self.as_dict()
        for name, value in changes.items():
            if name not in before:
                raise ValueError(f"Unknown part of the account: {name}. Known: {', '.join(before)}")
            if type(value) is not type(before[name]):
                raise ValueError(f"{name} is a {type(before[name]).__name__}, not {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Every part by name."""
        return asdict(self)
