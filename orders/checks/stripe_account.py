"""Says in plain sentences what this Stripe account and this configuration can do."""

from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse

from books.models import offered_lists
from books.money import base_currency
from orders.stripe_gateway import account as stripe_account
from orders.stripe_gateway.client import API_VERSION
from orders.stripe_gateway.errors import Declined, NothingCharged, OutcomeUnknown, TokensRefused, TurnedAway
from orders.stripe_gateway.events import EVENT_TYPES

from . import ways_to_pay
from .findings import Finding, Level

KINDS_OF_KEY = {"sk": "a secret key", "rk": "a restricted key"}
STRIPES_OWN = "https://api.stripe.com"
EVERY_TYPE = "*"
# What Stripe says when it looks at nothing because it is asked too often.
TOO_MANY = {"rate_limit", "RateLimitError"}


CANNOT_ASK = (OutcomeUnknown, NothingCharged)


def examine() -> Iterator[Finding]:
    """Yield what there is to say, one after the other; takes no money, and changes nothing of the shop's.

    Raises OutcomeUnknown if Stripe cannot be reached, or does not want to be asked now.
    """
    yield from _configuration()
    try:
        permissions = {name: stripe_account.may_read(name) for name in stripe_account.QUESTIONS}
        optional = {name: stripe_account.may_read(name) for name in stripe_account.OPTIONAL_QUESTIONS}
    except TurnedAway as refused:
        if refused.code in TOO_MANY:
            raise OutcomeUnknown(refused.code) from refused
        yield Finding(Level.WRONG, f"Stripe does not accept the secret key ({refused.code}). {_key_hint()}")
        return
    yield from _permissions(permissions)
    yield from _optional_permissions(optional)
    if permissions["Account"]:
        yield from _account()
    yield from _checkout()
    if optional["Payment method configurations"]:
        yield from ways_to_pay.examine()
    yield from _webhook(can_ask=permissions["Webhook endpoints"])


def _configuration() -> Iterator[Finding]:
    mode = "live mode: real money moves" if settings.STRIPE_LIVE_MODE else "test mode: no real money moves"
    kind = KINDS_OF_KEY.get(settings.STRIPE_SECRET_KEY.partition("_")[0])
    if not kind or not settings.STRIPE_PUBLISHABLE_KEY:
        yield Finding(Level.WRONG, f"The shop is in {mode}, and a key of this mode is missing. {_key_hint()}")
    else:
        yield Finding(Level.OK, f"The shop is in {mode}, with {kind}.")
    if settings.STRIPE_API_BASE == STRIPES_OWN:
        yield Finding(Level.OK, f"It asks Stripe itself, at {STRIPES_OWN}.")
    else:
        yield Finding(Level.WARN, f"It asks {settings.STRIPE_API_BASE}, which is not Stripe itself.")
    version, made_for = stripe_account.library_version()
    said = f"stripe-python {version} was made for API version {made_for}; the shop asks for {API_VERSION}."
    yield Finding(Level.OK if made_for == API_VERSION else Level.WARN, said)


def _permissions(permissions: dict[str, bool]) -> Iterator[Finding]:
    yield Finding(Level.OK, "Stripe answers and accepts the secret key.")
    lacking = [name for name, allowed in permissions.items() if not allowed]
    if lacking:
        yield Finding(
            Level.WRONG,
            f"The key cannot read: {', '.join(lacking)}. Give it these permissions (docs/going-live.md).",
        )
    elif settings.STRIPE_SECRET_KEY.startswith("rk_"):
        yield Finding(
            Level.WARN,
            "The key can read all that the shop needs. Only the first payment shows whether it can write: "
            "compare its permissions with docs/going-live.md.",
        )
    else:
        yield Finding(Level.OK, "The key can read all that the shop needs.")


def _optional_permissions(permissions: dict[str, bool]) -> Iterator[Finding]:
    if not permissions["Customers"]:
        yield Finding(
            Level.WARN,
            "The key cannot read Customers: returning buyers type their details again (docs/going-live.md).",
        )
    if not permissions["Payment method configurations"]:
        yield Finding(
            Level.WARN,
            "The key cannot read Payment method configurations: pages do not say what buyers can pay with "
            "(docs/going-live.md).",
        )


def _account() -> Iterator[Finding]:
    account = stripe_account.find_account()
    where = f"{account.id} in {account.country or 'no country'}"
    sold_in = ", ".join([base_currency(), *(each.currency for each in offered_lists())])
    yield Finding(
        Level.OK,
        f"The account is {where}, its currency {account.currency or 'none'}; the shop sells in {sold_in}.",
    )
    if account.charges_enabled:
        yield Finding(Level.OK, "The account can take payments.")
    elif settings.STRIPE_LIVE_MODE:
        yield Finding(Level.WRONG, "The account cannot take payments yet: finish its activation at Stripe.")
    else:
        yield Finding(
            Level.WARN,
            "The account cannot take real money yet: finish its activation at Stripe before going live.",
        )


def _checkout() -> Iterator[Finding]:
    """Say whether the configured checkout works, and what to set if not."""
    needs_tokens = settings.STRIPE_CHECKOUT == "token"
    if not needs_tokens:
        yield Finding(Level.OK, "STRIPE_CHECKOUT=session works on every account, with nothing to switch on.")
    if not settings.STRIPE_LIVE_MODE:
        yield _try_browser(needs_tokens=needs_tokens)
    if needs_tokens and not settings.STRIPE_LIVE_MODE:
        yield _try_server()
    elif needs_tokens:
        yield Finding(
            Level.WARN,
            "Whether the account takes card tokens cannot be tried in live mode without a card. Try it in "
            "test mode, or set STRIPE_CHECKOUT=session, which works on every account.",
        )


def _try_browser(*, needs_tokens: bool) -> Finding:
    """Try what a browser does: the publishable key, and whether a card token may be made with it."""
    try:
        stripe_account.try_publishable_key(settings.STRIPE_PUBLISHABLE_KEY)
    except TokensRefused:
        refused = "The account does not let the classic form make card tokens"
        if needs_tokens:
            return Finding(
                Level.WRONG, f"{refused}: set STRIPE_CHECKOUT=session, or switch it on (docs/going-live.md)."
            )
        return Finding(Level.OK, f"{refused}, which STRIPE_CHECKOUT=session does not need.")
    except TurnedAway as error:
        return Finding(
            Level.WRONG, f"Stripe does not accept the publishable key ({error.code}). {_key_hint()}"
        )
    except (NothingCharged, Declined) as error:
        if error.code == "resource_missing":
            return Finding(Level.WRONG, f"The two keys belong to different accounts. {_key_hint()}")
        return Finding(Level.WARN, f"The classic form could not be tried ({error.code}).")
    return Finding(Level.OK, "Both keys belong to one account, and the classic form can make card tokens.")


def _try_server() -> Finding:
    """Try what the shop does with a card token."""
    try:
        stripe_account.try_card_token()
    except TokensRefused:
        return Finding(
            Level.WRONG, "The account takes no card tokens from the server: set STRIPE_CHECKOUT=session."
        )
    except (NothingCharged, Declined) as error:
        return Finding(Level.WRONG, f"A card token cannot be used ({error.code}).")
    if settings.STRIPE_TOKEN_API == "charges":
        return Finding(
            Level.WARN,
            "The account takes card tokens. Whether it takes them by STRIPE_TOKEN_API=charges cannot be "
            "tried without a charge; payment_intents works on every account.",
        )
    return Finding(Level.OK, "The account takes card tokens from the server.")


def _webhook(*, can_ask: bool) -> Iterator[Finding]:
    """Compare the endpoint at Stripe with ours; without a secret ours is switched off."""
    address = settings.SITE_URL + reverse("stripe_webhook")
    if not settings.STRIPE_WEBHOOK_SECRETS:
        yield Finding(
            Level.WARN,
            "STRIPE_WEBHOOK_SECRET is not set: the shop learns of refunds and disputes only by asking.",
        )
        return
    yield Finding(Level.OK, "STRIPE_WEBHOOK_SECRET is set.")
    if not can_ask:
        return
    endpoint = next((each for each in stripe_account.list_webhook_endpoints() if each.url == address), None)
    if endpoint is None:
        # In test mode Stripe's own command may pass events on instead.
        level = Level.WRONG if settings.STRIPE_LIVE_MODE else Level.WARN
        yield Finding(level, f"Stripe has no webhook endpoint {address}: make one (docs/going-live.md).")
        return
    problems = list(_endpoint_problems(endpoint))
    yield from problems
    if not problems:
        yield Finding(Level.OK, f"Stripe sends every event that the shop wants to {address}.")


def _endpoint_problems(endpoint: stripe_account.WebhookEndpoint) -> Iterator[Finding]:
    if not endpoint.is_enabled:
        yield Finding(Level.WRONG, f"The webhook endpoint {endpoint.url} is disabled: enable it at Stripe.")
    if endpoint.api_version != API_VERSION:
        yield Finding(
            Level.WRONG,
            f"The webhook endpoint uses API version {endpoint.api_version or '(account default)'}, not "
            f"{API_VERSION}: make a new one.",
        )
    missing = [] if EVERY_TYPE in endpoint.types else sorted({*EVENT_TYPES} - {*endpoint.types})
    if missing:
        yield Finding(Level.WRONG, f"The webhook endpoint does not send: {', '.join(missing)}.")


def _key_hint() -> str:
    mode = "LIVE" if settings.STRIPE_LIVE_MODE else "TEST"
    return f"Look at STRIPE_{mode}_PUBLISHABLE_KEY and STRIPE_{mode}_SECRET_KEY."
