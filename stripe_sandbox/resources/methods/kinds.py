"""The ways to pay that this sandbox knows, and the switches with which an account offers them."""

from dataclasses import asdict, dataclass, fields

ON, OFF = "on", "off"
# Switched on, but Stripe has not approved it yet: it is not offered.
PENDING = "pending"
STATES = (ON, OFF, PENDING)
PAYPAL_CURRENCIES = frozenset("aud cad chf czk dkk eur gbp hkd nok nzd pln sek sgd usd".split())


@dataclass(frozen=True)
class Kind:
    """A way to pay: if it ``redirects``, buyers agree elsewhere; if ``delayed``, the money takes days.

    ``currencies`` is empty for all of them.
    """

    type: str
    label: str
    currencies: frozenset[str] = frozenset()
    redirects: bool = False
    delayed: bool = False


CARD = Kind("card", "Card")
KINDS = {
    kind.type: kind
    for kind in (
        CARD,
        Kind("paypal", "PayPal", PAYPAL_CURRENCIES, redirects=True),
        Kind("us_bank_account", "US bank account", frozenset({"usd"}), delayed=True),
        Kind("sepa_debit", "SEPA Direct Debit", frozenset({"eur"}), delayed=True),
    )
}
# They hold a card, so a session that takes cards takes these: its list of types does not name them.
WALLETS = {"apple_pay": "Apple Pay", "google_pay": "Google Pay"}


@dataclass
class Switches:
    """Which ways to pay the account has switched on in its dashboard: on, off or pending.

    The last three are wallets; of Link, the configuration has its switch, and no page here offers it.
    """

    card: str = ON
    paypal: str = ON
    us_bank_account: str = ON
    sepa_debit: str = ON
    apple_pay: str = ON
    google_pay: str = ON
    link: str = OFF

    def switch(self, changes: dict[str, str]) -> None:
        """Set the named switches; if one is wrong, raise ``ValueError`` and change nothing."""
        names = [field.name for field in fields(self)]
        for name, value in changes.items():
            if name not in names:
                raise ValueError(f"Unknown way to pay: {name}. Known: {', '.join(names)}")
            if value not in STATES:
                raise ValueError(f"A way to pay is {', '.join(STATES)}, not {value}")
        for name, value in changes.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, str]:
        """Return every switch by name."""
        return asdict(self)

    def wallets(self, types: list[str]) -> list[str]:
        """Return the wallets that a session with these types offers."""
        states = self.as_dict()
        return [name for name in WALLETS if states[name] == ON] if CARD.type in types else []

    def offered(self, currency: str) -> list[str]:
        """Return the types of what a buyer can pay with in a currency."""
        states = self.as_dict()
        return [
            kind.type
            for kind in KINDS.values()
            if states[kind.type] == ON and (not kind.currencies or currency in kind.currencies)
        ]
