"""Which ways to pay the account has switched on at Stripe, for stripe_doctor and for pages.

The worker asks Stripe once an hour; pages say what it heard, and never wait for Stripe.
"""

import logging
import time
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.core.cache import cache

from orders.stripe_gateway import account as stripe_account
from orders.stripe_gateway.errors import NothingCharged, OutcomeUnknown
from orders.stripe_gateway.labels import label

from .findings import Finding, Level

logger = logging.getLogger(__name__)

AN_HOUR = 60 * 60
# How long to believe what was heard last, in seconds.
BELIEVED = 25 * AN_HOUR

# Brands of cards, which Stripe lists beside the card.
NETWORKS = {"cartes_bancaires", "jcb"}
# Where Checkout shows one for a few currencies only, it is not promised for others.
CURRENCIES = {
    "acss_debit": {"cad", "usd"},
    "bacs_debit": {"gbp"},
    "bancontact": {"eur"},
    "blik": {"pln"},
    "cashapp": {"usd"},
    "eps": {"eur"},
    "ideal": {"eur"},
    "p24": {"eur", "pln"},
    "sepa_debit": {"eur"},
    "swish": {"sek"},
    "twint": {"chf"},
    "us_bank_account": {"usd"},
}


def examine() -> Iterator[Finding]:
    """Yield what there is to say of them; only reads. Raises what the gateway raises."""
    heard = _ask()
    offered, waiting = _labels(heard["offered"]), _labels(heard["waiting"])
    if not offered:
        yield Finding(
            Level.WRONG, "No way to pay is switched on: see Settings → Payment methods in Stripe's dashboard."
        )
        return
    yield Finding(Level.OK, f"Stripe's checkout offers: {', '.join(offered)}.")
    if heard["offered"] == ["card"]:
        yield Finding(Level.OK, "Wallets, PayPal and bank payments can be switched on in Stripe's dashboard.")
    if waiting:
        said = f"Switched on, but Stripe does not offer it yet: {', '.join(waiting)}. Its dashboard says why."
        yield Finding(Level.WARN, said)


def refresh() -> None:
    """Ask Stripe what it offers, once an hour at most; if Stripe fails, keep what was known."""
    kept = cache.get(_place())
    if kept is not None and kept["asked_at"] > time.time() - AN_HOUR:
        return
    try:
        heard = _ask()
    except (NothingCharged, OutcomeUnknown) as failure:
        logger.warning("Stripe did not say which ways to pay it offers: %r.", failure)
        heard = kept and kept["heard"]
    cache.set(_place(), {"asked_at": time.time(), "heard": heard}, timeout=BELIEVED)


def last_heard() -> dict[str, list[str]] | None:
    """Return in words what Stripe has said last: what is `offered` and what is `waiting` for its approval."""
    heard = (cache.get(_place()) or {}).get("heard")
    return heard and {name: _labels(ways) for name, ways in heard.items()}


def known(currency: str) -> list[str]:
    """Return what buyers can pay with in a currency besides a card; nothing if that is not known."""
    heard = (cache.get(_place()) or {}).get("heard")
    offered = heard["offered"] if heard else []
    return _labels(
        name for name in offered if name != "card" and currency in CURRENCIES.get(name, {currency})
    )


def _ask() -> dict[str, list[str]]:
    ways = [way for way in stripe_account.list_ways_to_pay() if way.name not in NETWORKS]
    return {
        "offered": [way.name for way in ways if way.is_offered],
        "waiting": [way.name for way in ways if way.is_on and not way.is_offered],
    }


def _labels(names: Iterable[str]) -> list[str]:
    return [label(name) for name in names]


def _place() -> str:
    return f"stripe-ways-to-pay-{'live' if settings.STRIPE_LIVE_MODE else 'test'}"
