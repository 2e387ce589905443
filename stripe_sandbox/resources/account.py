"""The one account of this sandbox: what it may do, what it says about itself, and a call made to it."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from stripe_sandbox.ledger.database import Ledger
from stripe_sandbox.resources.methods.kinds import Switches
from stripe_sandbox.webhooks.outbox import Outbox

ACCOUNT_ID = "acct_1StripeSandbox"
REFUND_SECONDS = 30.0
ALLOWED, REFUSED = "allowed", "refused"


@dataclass
class Policies:
    """What Stripe allows an account to do, which depends on the account's age.

    Stripe refuses both to new accounts; the sandbox starts with both allowed.

    ``charges_api``: a charge made straight from a card token (``Charge.create(source=…)``).
    ``card_tokens``: a token made in the browser by the classic ``checkout.js``.
    """

    charges_api: str = ALLOWED
    card_tokens: str = ALLOWED

    def switch(self, changes: dict[str, str]) -> None:
        """Set the named policies; if one is wrong, raise ``ValueError`` and change nothing."""
        names = {field.name for field in fields(self)}
        for name, value in changes.items():
            if name not in names:
                raise ValueError(f"Unknown policy: {name}. Known: {', '.join(sorted(names))}")
            if value not in (ALLOWED, REFUSED):
                raise ValueError(f"A policy is {ALLOWED} or {REFUSED}, not {value}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, str]:
        """Return both policies by name."""
        return asdict(self)


@dataclass
class Profile:
    """What the account says about itself. At Stripe a new shop cannot charge until it has sent its papers."""

    charges_enabled: bool = True
    details_submitted: bool = True
    country: str = "US"
    default_currency: str = "usd"
    display_name: str = "Stripe sandbox"

    def change(self, changes: dict[str, Any]) -> None:
        """Set the named fields; if one is wrong, raise ``ValueError`` and change nothing."""
        before = self.as_dict()
        for name, value in changes.items():
            if name not in before:
                raise ValueError(f"Unknown account field: {name}. Known: {', '.join(before)}")
            if type(value) is not type(before[name]):
                raise ValueError(f"{name} is a {type(before[name]).__name__}, not {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        """Return every field by name."""
        return asdict(self)


@dataclass(frozen=True)
class Account:
    """The account, with its ledger and its outbox.

    ``refund_seconds`` is how long the refunds of cards 7726 and 5126 take to change.
    """

    ledger: Ledger
    policies: Policies
    outbox: Outbox
    refund_seconds: float = REFUND_SECONDS
    profile: Profile = field(default_factory=Profile)
    switches: Switches = field(default_factory=Switches)


@dataclass(frozen=True)
class Call:
    """What an endpoint is given: one authenticated call with checked parameters.

    Pages, controls and the clock make calls too. ``identifier`` is the id in the address, ``origin`` the
    address that this sandbox was reached at. ``request_id`` and ``idempotency_key`` end up in the events
    that an API call causes.
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
        """The account's policies."""
        return self.account.policies


def retrieve(call: Call) -> dict[str, Any]:
    """``GET /v1/account``: the account that the key belongs to."""
    profile = call.account.profile
    capability = "active" if profile.charges_enabled else "inactive"
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": None,
        "business_type": None,
        "capabilities": {"card_payments": capability, "transfers": capability},
        "charges_enabled": profile.charges_enabled,
        "country": profile.country,
        "default_currency": profile.default_currency,
        "details_submitted": profile.details_submitted,
        "email": None,
        "metadata": {},
        "payouts_enabled": profile.charges_enabled,
        "settings": _settings(profile.display_name),
        "type": "standard",
    }


def _settings(display_name: str) -> dict[str, Any]:
    descriptors = ("statement_descriptor", "statement_descriptor_kana", "statement_descriptor_kanji")
    prefixes = ("statement_descriptor_prefix_kana", "statement_descriptor_prefix_kanji")
    return {
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_payments": {
            **dict.fromkeys(prefixes),
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": "SANDBOX",
        },
        "dashboard": {"display_name": display_name, "timezone": "Etc/UTC"},
        "payments": dict.fromkeys(descriptors) | {"statement_descriptor": "STRIPE SANDBOX"},
    }
