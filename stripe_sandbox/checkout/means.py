"""What a buyer pays with on the Checkout page: a new card, a kept one, or no card at all."""

from dataclasses import asdict, dataclass
from typing import Any

from stripe_sandbox.http.errors import invalid
from stripe_sandbox.resources import objects
from stripe_sandbox.resources.account import Call
from stripe_sandbox.resources.cards import PresentedCard
from stripe_sandbox.resources.methods import payment_methods
from stripe_sandbox.resources.methods.kinds import CARD, KINDS, Kind


@dataclass(frozen=True)
class Means:
    """`presented` is a card that was typed; it is kept for the customer if they ticked the box: `save`.

    `wallet` is the one that gives its card: a good one, which the buyer has confirmed on their device.
    """

    kind: Kind = CARD
    wallet: str = ""
    presented: PresentedCard | None = None
    kept: str = ""
    save: bool = False


def other(call: Call, session: dict[str, Any], name: str) -> Means:
    """Return what the buyer chose instead of a new card: a wallet, a kind of the session, or a kept card."""
    if name.startswith("pm_"):
        return Means(kept=name)
    if name in call.account.switches.wallets(session["payment_method_types"]):
        return Means(wallet=name)
    if name not in session["payment_method_types"] or name == CARD.type:
        raise invalid(f"This Checkout Session takes no {name}.", param="method")
    return Means(KINDS[name])


def payment_method(call: Call, session: dict[str, Any], means: Means, email: str) -> dict[str, Any]:
    """Return the PaymentMethod to pay with, a new one or a kept one."""
    billing = {"billing_details": {"email": email}}
    if means.presented:
        made = objects.payment_method(means.presented, billing)
        return call.ledger.add(made, asdict(means.presented))
    if means.wallet:
        return payment_methods.add_wallet(call, means.wallet, billing)
    if not means.kept:
        return payment_methods.add_other(call, means.kind, billing)
    for method in payment_methods.kept_for(call, session["customer"]):
        if method["id"] == means.kept:
            return method
    raise invalid("This card is no longer saved.", param="method")


def wants_to_keep(session: dict[str, Any], means: Means) -> bool:
    """Return whether the shop offers to keep the card, and the buyer has agreed."""
    return means.save and means.presented is not None and may(session, "save")


def may(session: dict[str, Any], what: str) -> bool:
    """Return whether the shop lets buyers ``save`` or ``remove`` cards."""
    options = session["saved_payment_method_options"] or {}
    return bool(session["customer"]) and options.get(f"payment_method_{what}") == "enabled"
