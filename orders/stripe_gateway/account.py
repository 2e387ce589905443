"""What this account and these keys can do, for stripe_doctor. Nothing here moves money."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from .client import answers, client

if TYPE_CHECKING:
    import stripe

PAGE = 100
# Stripe's own: in test mode it exists; in live mode only a key that may read payment methods gets a 404.
WELL_KNOWN_METHOD = "pm_card_visa"
# The public test card: it makes a token in test mode only, where no money moves.
TEST_CARD: Any = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}

ONE: Any = {"limit": 1}
# A harmless request for each kind of object that the shop needs, by the name of its permission.
QUESTIONS: dict[str, Callable[["stripe.V1Services"], object]] = {
    "Account": lambda ask: ask.accounts.retrieve_current(),
    "Charges and refunds": lambda ask: (ask.charges.list(ONE), ask.refunds.list(ONE)),
    "Payment intents": lambda ask: ask.payment_intents.list(ONE),
    "Payment methods": lambda ask: ask.payment_methods.retrieve(WELL_KNOWN_METHOD),
    "Checkout sessions": lambda ask: ask.checkout.sessions.list(ONE),
    "Disputes": lambda ask: ask.disputes.list(ONE),
    "Events": lambda ask: ask.events.list(ONE),
    "Webhook endpoints": lambda ask: ask.webhook_endpoints.list(ONE),
}
# What the shop can do without.
OPTIONAL_QUESTIONS: dict[str, Callable[["stripe.V1Services"], object]] = {
    "Customers": lambda ask: ask.customers.list(ONE),
    "Payment method configurations": lambda ask: ask.payment_method_configurations.list(ONE),
}


@dataclass(frozen=True)
class Account:
    """`country` and `currency` are upper- and lower-case ISO codes."""

    id: str
    country: str
    currency: str
    charges_enabled: bool


@dataclass(frozen=True)
class WebhookEndpoint:
    """Where events go. `types` may hold "*" for all; `api_version` is empty for the account's default."""

    url: str
    is_enabled: bool
    api_version: str
    types: tuple[str, ...]


@dataclass(frozen=True)
class WayToPay:
    """A way to pay by Stripe's name for it. Not every one that is on is offered: Stripe has to approve it."""

    name: str
    is_on: bool
    is_offered: bool


def may_read(permission: str) -> bool:
    """Tell whether the key may read this kind of object, one of QUESTIONS or OPTIONAL_QUESTIONS.

    Raises TurnedAway if Stripe does not accept the key at all, and OutcomeUnknown if it cannot be reached.
    """
    # Loaded late: it takes 7 MB, and few requests need it.
    import stripe  # noqa: PLC0415

    with answers():
        try:
            (QUESTIONS | OPTIONAL_QUESTIONS)[permission](client().v1)
        except stripe.PermissionError:
            return False
        except stripe.InvalidRequestError as error:
            if error.http_status != 404:
                raise
    return True


def find_account() -> Account:
    """Return the account that the key belongs to."""
    with answers():
        account = client().v1.accounts.retrieve_current()
    return Account(
        id=account.id,
        country=account.country or "",
        currency=account.default_currency or "",
        charges_enabled=bool(account.charges_enabled),
    )


def list_webhook_endpoints() -> list[WebhookEndpoint]:
    """Return where Stripe sends this account's events."""
    with answers():
        listed = client().v1.webhook_endpoints.list({"limit": PAGE})
        return [
            WebhookEndpoint(
                url=endpoint.url,
                is_enabled=endpoint.status == "enabled",
                api_version=endpoint.api_version or "",
                types=tuple(endpoint.enabled_events),
            )
            for endpoint in listed.auto_paging_iter()
        ]


def list_ways_to_pay() -> list[WayToPay]:
    """Return the ways to pay of the configuration that Checkout uses, those that are off too.

    Only reads. The configuration is set in Stripe's dashboard
    (https://docs.stripe.com/api/payment_method_configurations).
    """
    with answers():
        listed = client().v1.payment_method_configurations.list({"active": True, "limit": PAGE})
        found = [each.to_dict() for each in listed.auto_paging_iter()]
    # Those of an application are for Stripe Connect.
    ours = [each for each in found if each["is_default"] and not each.get("application")]
    return [
        WayToPay(name, value["display_preference"]["value"] == "on", value["available"])
        for configuration in ours[:1]
        for name, value in configuration.items()
        if isinstance(value, dict) and "display_preference" in value
    ]


def try_publishable_key(publishable_key: str) -> None:
    """Make a card token as Stripe's classic form does, and from it a PaymentMethod as the shop does.

    In test mode only. Raises TokensRefused if the account takes no card tokens from a browser, TurnedAway if
    Stripe does not accept the key, NothingCharged if the two keys belong to different accounts.
    """
    with answers():
        options: Any = {"api_key": publishable_key, "idempotency_key": _key()}
        token = client().v1.tokens.create({"card": TEST_CARD}, options)
    _make_payment_method(token.id)


def try_card_token() -> None:
    """Make a PaymentMethod from Stripe's test token, in test mode only. Raises what answers() raises."""
    _make_payment_method("tok_visa")


def library_version() -> tuple[str, str]:
    """Return the version of Stripe's library, and the API version that it was built for."""
    # Loaded late, as above.
    import stripe  # noqa: PLC0415

    return stripe.VERSION, stripe.api_version


def _make_payment_method(token: str) -> None:
    with answers():
        client().v1.payment_methods.create(
            {"type": "card", "card": {"token": token}}, {"idempotency_key": _key()}
        )


def _key() -> str:
    return f"stripe-doctor-{uuid4()}"
