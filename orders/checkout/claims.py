"""The claim: what may be bought now is committed before Stripe is asked; everything else is refused."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from books import access
from books.models import ALL_BOOKS, Product
from orders import pricing
from orders.models import LIVE_OUTCOMES, Attempt, AttemptOutcome, Order, OrderLine, OrderStatus
from orders.payments.attempts import close_session
from orders.payments.order_state import settle_free
from orders.payments.sync import UNSETTLED
from orders.pricing import discounts
from users.models import CustomUser

from .errors import (
    AccountClosed,
    AlreadyBought,
    AlreadyOwned,
    CheckoutClosed,
    PaymentUnknown,
    PriceChanged,
    TooManyAttempts,
)

# How many attempts to pay a reader may make within an hour: enough for somebody who mistypes, too few for
# somebody who tries out stolen cards.
ATTEMPTS_PER_HOUR = 10

# How many times to retry the claim when the reader's open session turns out to have ended.
CLAIMS = 3


class SessionInTheWay(Exception):
    """The reader has a Checkout Session open that must be closed before anything else may charge."""

    def __init__(self, attempt: Attempt):
        super().__init__(attempt.pk)
        self.attempt = attempt


def claim(user: CustomUser, shown: pricing.SignedOffer | None, *, api: str) -> Attempt | Order:
    """Commit an order for what was shown (All Books if nothing was) and its next attempt.

    A session that is in the way is closed first. Returns the new attempt, or the one whose session of this
    kind is already open. Returns the order, paid, if there is nothing left to pay. Raises
    pricing.NotForSale or a kind of errors.NotBought.
    """
    for _ in range(CLAIMS):
        try:
            return _claim_once(user, shown, api=api)
        except SessionInTheWay as session:
            _close(session.attempt)
    raise CheckoutClosed


def _close(attempt: Attempt) -> None:
    try:
        close_session(attempt)
    except UNSETTLED as failure:
        raise CheckoutClosed from failure


@transaction.atomic(durable=True)
def _claim_once(user: CustomUser, shown: pricing.SignedOffer | None, *, api: str) -> Attempt | Order:
    reader = _lock(user)
    offer = pricing.find_offer(shown.reference if shown else ALL_BOOKS, reader)
    order = _find_order(reader, offer)
    if shown is not None and shown != offer.terms:
        raise PriceChanged
    if order is not None and (session := order.live_attempt):
        if session.api == api:
            return session
        raise SessionInTheWay(session)
    if _has_tried_too_often(reader):
        raise TooManyAttempts
    order = order or _open_order(reader, offer)
    if order.amount == 0:
        settle_free(order)
        return order
    return _begin_attempt(order, api)


def _lock(user: CustomUser) -> CustomUser:
    """Allow one claim at a time for each reader; settling and logging in need not wait for it."""
    reader = CustomUser.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not reader.is_active:
        raise AccountClosed
    return reader


def _find_order(reader: CustomUser, offer: pricing.Offer) -> Order | None:
    """Return the reader's pending order at the offer's terms; one at earlier terms expires.

    Raises a kind of errors.NotBought, or SessionInTheWay, if the offer cannot be bought now.
    """
    # Locked, so that nobody expires the order while an attempt to pay it begins.
    order = Order.objects.select_for_update(no_key=True).open_for(reader, offer.reference).first()
    _check_that_it_may_be_bought(reader, offer, order)
    _check_that_no_part_is_being_paid(reader, offer)
    if order is None:
        return None
    if not pricing.is_at(order, offer):
        _expire(order)
        return None
    # The credit may rest on other payments than when the order began, even if the price is the same.
    discounts.record(order.lines.get(), offer.credit)
    return order


def _check_that_it_may_be_bought(reader: CustomUser, offer: pricing.Offer, order: Order | None) -> None:
    if access.owns(reader, offer.product):
        raise AlreadyOwned(offer.product)
    if order is not None and order.status != OrderStatus.PENDING:
        raise AlreadyBought(order)
    if order is not None and order.in_doubt:
        raise PaymentUnknown(order)


def _check_that_no_part_is_being_paid(reader: CustomUser, offer: pricing.Offer) -> None:
    """Refuse while another purchase of some of the books may still be paid: it affects this price."""
    live = Attempt.objects.filter(order__user=reader, outcome__in=LIVE_OUTCOMES)
    for attempt in live.exclude(order__item=offer.reference).select_related("order"):
        lines = attempt.order.lines.select_related("book", "bundle")
        if not any(_share_books(line.product, offer.product) for line in lines):
            continue
        if attempt.outcome == AttemptOutcome.OPEN:
            raise SessionInTheWay(attempt)
        raise PaymentUnknown(attempt.order)


def _share_books(one: Product, other: Product) -> bool:
    if one.everything or other.everything:
        return True
    return one.included_books().filter(pk__in=other.included_books().values("pk")).exists()


def _expire(order: Order) -> None:
    """Expire an order whose terms have changed; its session is closed first, so that nobody pays in it."""
    if session := order.live_attempt:
        raise SessionInTheWay(session)
    order.move_to(OrderStatus.EXPIRED)


def _has_tried_too_often(reader: CustomUser) -> bool:
    an_hour_ago = timezone.now() - timedelta(hours=1)
    tries = Attempt.objects.filter(order__user=reader, created_at__gt=an_hour_ago)
    return settings.RATE_LIMITS and tries.count() >= ATTEMPTS_PER_HOUR


def _open_order(reader: CustomUser, offer: pricing.Offer) -> Order:
    order = Order.objects.create(
        user=reader,
        item=offer.reference,
        amount=offer.amount,
        currency=offer.currency,
        livemode=settings.STRIPE_LIVE_MODE,
    )
    product = {offer.product.kind: offer.product}
    line = OrderLine.objects.create(order=order, title=offer.title, amount=offer.amount, **product)
    discounts.record(line, offer.credit)
    return order


def _begin_attempt(order: Order, api: str) -> Attempt:
    attempt = Attempt(order=order, number=order.attempts.count() + 1, api=api)
    # A session charges nobody before the buyer has seen it.
    attempt.outcome = AttemptOutcome.OPEN if attempt.is_session else AttemptOutcome.UNKNOWN
    attempt.save()
    return attempt
