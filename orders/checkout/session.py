"""Buying in a Checkout Session: a new one, or the one that is open already."""

from orders import stripe_gateway
from orders.customers import customer_for, forget_customer
from orders.models import Attempt, AttemptApi, Order
from orders.payments.sync import UNSETTLED, settle
from orders.stripe_gateway import errors, types
from users.models import CustomUser

from .claims import CLAIMS, claim
from .errors import CheckoutClosed
from .purchases import Purchase
from .requests import session_request


def open_session(
    user: CustomUser, purchase: Purchase, *, embedded: bool
) -> tuple[Order, types.Session | None]:
    """Open a Checkout Session for what is to be bought, or return the one that is open for it.

    Returns the order and the session, which nobody has paid in yet; or the paid order and no session if there
    is nothing left to pay. Raises what buy_with_token raises.
    """
    api = AttemptApi.EMBEDDED_PAGE if embedded else AttemptApi.HOSTED_PAGE
    for _ in range(CLAIMS):
        attempt = claim(user, purchase, api=api)
        if isinstance(attempt, Order):
            return attempt, None
        order = attempt.order
        try:
            session = _open(attempt)
            if session is None:
                continue
            if session.payment.state == "open":
                return order, session
            settle(order, session.id)
        except UNSETTLED as failure:
            raise CheckoutClosed from failure
    raise CheckoutClosed


def _open(attempt: Attempt) -> types.Session | None:
    """Return the attempt's session, created now if it has none; raises what stripe_gateway raises.

    None if the reader's customer was deleted in Stripe's dashboard: the next attempt makes another.
    """
    if attempt.stripe_checkout_session_id:
        return stripe_gateway.find_session(attempt.stripe_checkout_session_id)
    customer_id = customer_for(attempt)
    try:
        session = stripe_gateway.create_session(session_request(attempt, customer_id=customer_id))
    except errors.InFlight:
        # Another request from the same reader is creating it right now.
        raise
    except (errors.NothingCharged, errors.OutcomeUnknown) as failure:
        # Nobody can pay in a session that nobody has seen: the next try makes a new attempt.
        attempt.abandon()
        if customer_id and isinstance(failure, errors.Missing):
            forget_customer(customer_id)
            return None
        raise
    if not attempt.name_session(session.id):
        return stripe_gateway.expire_session(session.id, key=attempt.idempotency_key)
    return session
