"""The part of the Checkout page where the buyer chooses how to pay."""

from html import escape
from typing import Any

from stripe_sandbox.resources.methods.kinds import CARD, KINDS, WALLETS

from .means import may

SAVE = (
    '<label class="save"><input type="checkbox" name="save" id="save">'
    "<span>Save my card for the next time I buy here</span></label>"
)


def choices(
    session: dict[str, Any], kept: list[dict[str, Any]], wallets: list[str], chosen: str | None
) -> str:
    """Return the ways to pay, kept cards first, wallets last; nothing if a new card is the only one."""
    removable = may(session, "remove")
    ways = [(method["id"], _words_for(method), removable) for method in kept]
    ways += [(type, KINDS[type].label, False) for type in session["payment_method_types"]]
    ways += [(wallet, WALLETS[wallet], False) for wallet in wallets]
    if [value for value, _, _ in ways] == [CARD.type]:
        return ""
    chosen = chosen or ways[0][0]
    rows = "".join(
        _row(value, words, checked=value == chosen, removable=removable) for value, words, removable in ways
    )
    return f'<fieldset id="ways"><legend>Pay with</legend>{rows}</fieldset>'


def consent(session: dict[str, Any]) -> str:
    """Return the box with which the buyer lets the shop keep the card, if the shop offers that."""
    return SAVE if may(session, "save") else ""


def _words_for(method: dict[str, Any]) -> str:
    return f"{method['card']['brand'].title()} ···· {method['card']['last4']}"


def _row(value: str, words: str, *, checked: bool, removable: bool) -> str:
    mark = " checked" if checked else ""
    button = ""
    if removable:
        button = (
            f'<button name="remove" value="{escape(value)}" formnovalidate '
            f'aria-label="Remove {escape(words)}">Remove</button>'
        )
    return (
        f'<div class="way"><label><input type="radio" name="method" value="{escape(value)}"{mark}>'
        f"<span>{escape(words)}</span></label>{button}</div>"
    )
