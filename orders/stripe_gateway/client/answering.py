"""What Stripe's errors mean to the shop."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orders.stripe_gateway.errors import (
    ConfirmationNeeded,
    Declined,
    InFlight,
    Missing,
    NothingCharged,
    OutcomeUnknown,
    TokensRefused,
    TurnedAway,
)

if TYPE_CHECKING:
    import stripe

logger = logging.getLogger(__name__)

# Reasons that could help a thief are not shown (https://docs.stripe.com/declines/codes).
SILENT_DECLINES = {"fraudulent", "lost_card", "merchant_blacklist", "pickup_card", "stolen_card"}
GENERIC_DECLINE = "Your card was declined."
# Declines that the buyer could avoid by confirming the payment with the bank, which a token cannot do.
CONFIRMATION_CODES = {"authentication_required"}


@contextmanager
def answers(*, charging: bool = False) -> Iterator[None]:
    """Turn what the library raises into one of stripe_gateway.errors, and log ids and codes only.

    `charging`: the request moves money, and the first try may still be running while the second is rejected.
    """
    # Loaded late, as in clients.py.
    import stripe  # noqa: PLC0415

    try:
        yield
    except stripe.CardError as error:
        raise _declined(error) from error
    except stripe.InvalidRequestError as error:
        _log(error)
        raise _refused(error) from error
    except (stripe.AuthenticationError, stripe.PermissionError, stripe.RateLimitError) as error:
        # Stripe turned the request away before it did anything.
        _log(error)
        if not isinstance(error, stripe.RateLimitError):
            logger.error("Stripe does not accept the secret key for this; see `manage.py stripe_doctor`.")
        if charging and isinstance(error, stripe.RateLimitError):
            raise OutcomeUnknown(type(error).__name__) from error
        raise TurnedAway(error.code or type(error).__name__) from error
    except stripe.StripeError as error:
        _log(error)
        unknown = InFlight if error.http_status == 409 else OutcomeUnknown
        raise unknown(type(error).__name__) from error


def shown_decline(code: str, words: str | None) -> str:
    """Return what a buyer may read about a decline."""
    return words if words and code not in SILENT_DECLINES else GENERIC_DECLINE


def _declined(error: "stripe.CardError") -> Declined:
    decline_code = getattr(error.error, "decline_code", None) or ""
    code = decline_code or error.code or "card_declined"
    if code in CONFIRMATION_CODES or error.code in CONFIRMATION_CODES:
        return ConfirmationNeeded("Your bank wants to confirm this payment.", code)
    return Declined(shown_decline(code, error.user_message), code)


def _refused(error: "stripe.InvalidRequestError") -> Exception:
    code = error.code or ""
    if code == "token_already_used":
        return Declined("This form was sent before. Enter the card again.", code)
    if code == "payment_intent_unexpected_state":
        return OutcomeUnknown(code)
    # In an address, an id that Stripe does not know is a 404, in a parameter a 400 with this code.
    if error.http_status == 404 or code == "resource_missing":
        return Missing(code or "resource_missing")
    said = str(error.user_message or error)
    if "Card Token usage" in said or "unsupported for publishable key tokenization" in said:
        return TokensRefused("card_tokens_refused")
    return NothingCharged(code or "invalid_request")


def _log(error: "stripe.StripeError") -> None:
    logger.warning(
        "Stripe answered %s: http_status=%s code=%s request_id=%s",
        type(error).__name__,
        error.http_status,
        error.code,
        error.request_id,
    )
