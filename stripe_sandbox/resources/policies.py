"""What this account may still do: the two switches that Stripe sets differently by its age."""

from dataclasses import asdict, dataclass, fields

ALLOWED, REFUSED = "allowed", "refused"


@dataclass
class Policies:
    """Both are refused on accounts opened lately; the sandbox begins with both allowed.

    ``charges_api``: a charge made straight from a card token (``Charge.create(source=…)``).
    ``card_tokens``: a token made in the browser by the classic ``checkout.js``.
    """

    charges_api: str = ALLOWED
    card_tokens: str = ALLOWED

    def switch(self, changes: dict[str, str]) -> None:
        """Set the named policies; raises ``ValueError`` and changes nothing if one is wrong."""
        names = {field.name for field in fields(self)}
        for name, value in changes.items():
            if name not in names:
                raise ValueError(f"Unknown policy: {name}. Known: {', '.join(sorted(names))}")
            if value not in (ALLOWED, REFUSED):
                raise ValueError(f"A policy is {ALLOWED} or {REFUSED}, not {value}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, str]:
        """Both switches by name."""
        return asdict(self)
