"""What Stripe may answer instead of doing what it was asked: Declined, NothingCharged or OutcomeUnknown."""


class Declined(Exception):
    """No money moved. `str()` is fit to show; `code` is Stripe's."""

    def __init__(self, message: str, code: str):
        super().__init__(message)
        self.code = code


class ConfirmationNeeded(Declined):
    """No money moved: the buyer's bank wants to confirm, which this way of paying cannot do."""


class NothingCharged(Exception):
    """No money moved, and not because of the card. `code` says why, for the log and the doctor."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class TurnedAway(NothingCharged):
    """Stripe did not look at the request: a wrong key, a missing right, too many requests."""


class Missing(NothingCharged):
    """Stripe has nothing under this id."""


class TokensRefused(NothingCharged):
    """The account does not take card tokens (a policy in Stripe's dashboard)."""


class OutcomeUnknown(Exception):
    """Stripe may or may not have done what it was asked."""


class InFlight(OutcomeUnknown):
    """Another request under the same idempotency key is still at work."""


class NotFromStripe(Exception):
    """What was posted to the webhook is not an event signed by Stripe."""
