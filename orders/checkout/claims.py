"""The claim: what may be bought now is committed before Stripe is asked; everything else is refused."""

from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.db.models import IntegerField, QuerySet

from books import access
from books.models import ALL_BOOKS, Product
from orders import pricing
from orders.models import Attempt, AttemptOutcome, Order, OrderLine, OrderStatus
from orders.payments.attempts import close_session
from orders.payments.order_state import fulfil
from orders.payments.sync import UNSETTLED
from orders.pricing import discounts
from users.models import CustomUser
from users.prepared import Given, PreparedObjects

from .errors import (
    AccountClosed,
    AlreadyBought,
    AlreadyOwned,
    CheckoutClosed,
    PaymentUnknown,
    PriceChanged,
    TooManyAttempts,
)
from .under_way import UnderWay, find_under_way

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
    product, is_owned = access.find_product(shown.reference if shown else ALL_BOOKS, reader)
    offer = pricing.offer_of(product, reader, shown.currency if shown else None)
    under_way = find_under_way(reader, offer.reference)
    _check_that_it_may_be_bought(offer, is_owned, under_way)
    _check_that_no_part_is_being_paid(offer, under_way)
    under_way = _expire_at_other_terms(offer, under_way)
    if shown is not None and shown != offer.terms:
        raise PriceChanged
    if under_way.order is not None and offer.product.kind == "bundle":
        # The credit may rest on other payments than when the order began, even if the price is the same.
        discounts.record_again(under_way.order.lines.get(), offer.credit)
    return _session_to_resume(under_way, api) or _begin(reader, offer, under_way, api)


def _lock(user: CustomUser) -> CustomUser:
    """Allow one claim at a time for each reader; settling and logging in need not wait for it."""
    reader = _locked.get(pk=user.pk)
    if not reader.is_active:
        raise AccountClosed
    return reader


@PreparedObjects
def _locked() -> QuerySet[CustomUser]:
    return CustomUser.objects.select_for_update(no_key=True).filter(pk=Given("pk", IntegerField()))


def _check_that_it_may_be_bought(offer: pricing.Offer, is_owned: bool, under_way: UnderWay) -> None:
    order = under_way.order
    if is_owned:
        raise AlreadyOwned(offer.product)
    if order is not None and order.status != OrderStatus.PENDING:
        raise AlreadyBought(order)
    if order is not None and under_way.in_doubt:
        raise PaymentUnknown(order)


def _check_that_no_part_is_being_paid(offer: pricing.Offer, under_way: UnderWay) -> None:
    """Refuse while another purchase of some of the books may still be paid: it affects this price."""
    for attempt in under_way.live_elsewhere():
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


def _expire_at_other_terms(offer: pricing.Offer, under_way: UnderWay) -> UnderWay:
    """Expire an order whose terms have changed, and return what is under way then.

    Its session is closed first, so that nobody pays in it.
    """
    order = under_way.order
    if order is None or pricing.is_at(order, offer):
        return under_way
    if session := under_way.live_attempt:
        raise SessionInTheWay(session)
    order.move_to(OrderStatus.EXPIRED)
    return replace(under_way, order=None, outcomes={})


def _session_to_resume(under_way: UnderWay, api: str) -> Attempt | None:
    """Return the attempt whose session of this kind is open; one of another kind is SessionInTheWay."""
    session = under_way.live_attempt
    if session is not None and session.api != api:
        raise SessionInTheWay(session)
    return session


def _begin(reader: CustomUser, offer: pricing.Offer, under_way: UnderWay, api: str) -> Attempt | Order:
    if settings.RATE_LIMITS and under_way.tries >= ATTEMPTS_PER_HOUR:
        raise TooManyAttempts
    order = under_way.order or _open_order(reader, offer)
    if order.amount == 0:
        fulfil(order)  # the reader has nothing more to pay for it
        return order
    return _begin_attempt(order, len(under_way.outcomes) + 1, api)


def _open_order(reader: CustomUser, offer: pricing.Offer) -> Order:
    order = Order.objects.create(
        user=reader,
        item=offer.reference,
        amount=offer.amount,
        currency=offer.currency,
        livemode=settings.STRIPE_LIVE_MODE,
    )
    product = {offer.product.kind: offer.product}
    line = OrderLine.objects.create(
        order=order, title=offer.title, amount=offer.amount, credit=offer.credit, **product
    )
    discounts.record(line)
    return order


def _begin_attempt(order: Order, number: int, api: str) -> Attempt:
    attempt = Attempt(order=order, number=number, api=api)
    # A session charges nobody before the buyer has seen it.
    attempt.outcome = AttemptOutcome.OPEN if attempt.is_session else AttemptOutcome.UNKNOWN
    attempt.save()
    return attempt
