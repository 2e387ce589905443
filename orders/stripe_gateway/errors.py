"""How a request to Stripe can fail: Declined, NothingCharged or OutcomeUnknown."""


class Declined(Exception):
    """No money moved. `str()` is a sentence for the buyer; `code` is Stripe's."""

    def __init__(self, message: str, code: str):
        super().__init__(message)
        self.code = code


class ConfirmationNeeded(Declined):
    """No money moved: the bank wants the buyer to confirm, which this way of paying does not support."""


class NothingCharged(Exception):
    """No money moved, for a reason other than the card. `code` says why, for the log and the doctor."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class TurnedAway(NothingCharged):
    """Stripe rejected the request unread: a wrong key, a missing permission, too many requests."""


class Missing(NothingCharged):
    """Stripe has nothing under this id."""


class TokensRefused(NothingCharged):
    """The account accepts no card tokens (a policy in Stripe's dashboard)."""


class OutcomeUnknown(Exception):
    """Stripe may or may not have done what it was asked."""


class InFlight(OutcomeUnknown):
    """Another request with the same idempotency key is still running."""


class NotFromStripe(Exception):
    """What was posted to the webhook is not an event signed by Stripe."""
