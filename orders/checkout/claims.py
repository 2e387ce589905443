"""The claim: what may be bought now is committed before Stripe hears of it, the rest is refused."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from books import access
from books.models import Book, Bundle
from orders import pricing
from orders.models import LIVE_OUTCOMES, Attempt, AttemptOutcome, Order, OrderLine, OrderStatus
from orders.payments.attempts import close_session
from orders.payments.order_state import settle_free
from orders.payments.sync import UNSETTLED
from orders.pricing import discounts
from orders.pricing.offers import is_at
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

# A reader's attempts to pay within an hour before the shop says "later": enough for somebody who mistypes,
# too few for somebody who tries out stolen cards.
ATTEMPTS_PER_HOUR = 10


class SessionInTheWay(Exception):
    """A Checkout Session is open for the order; it has to be closed before anything else may charge."""

    def __init__(self, attempt: Attempt):
        super().__init__(attempt.pk)
        self.attempt = attempt


def claim(user: CustomUser, shown: pricing.ShownOffer | None, *, api: str) -> Attempt | Order:
    """Commit an order for what was shown (All Books if nothing was) and its next attempt.

    Returns the attempt whose session is open already, if a session of that kind is asked for; or the order,
    paid, if nothing is left to pay for it. Raises pricing.NotForSale, SessionInTheWay, or a kind of
    errors.NotBought.
    """
    with transaction.atomic(durable=True):
        # One claim at a time for each reader; settling and logging in need not wait for it.
        reader = CustomUser.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not reader.is_active:
            raise AccountClosed
        offer = pricing.find_offer(shown.item if shown else pricing.ALL_BOOKS, reader)
        # Locked: an order of which an attempt begins must not be expired in the same moment.
        order = Order.objects.select_for_update(no_key=True).open_for(reader, offer.item).first()
        _check_that_it_may_be_bought(reader, offer, order)
        _check_that_no_part_is_being_paid(reader, offer)
        if order is not None and not is_at(order, offer):
            _give_up(order)
            order = None
        if order is not None:
            # The same price may rest on other money than when the order was begun.
            discounts.record(order.lines.get(), offer.credit)
        if shown is not None and (shown.amount, shown.currency) != (offer.amount, offer.currency):
            raise PriceChanged
        session = order.live_attempt if order is not None else None
        if session is not None:
            if session.api == api:
                return session
            raise SessionInTheWay(session)
        if _tries_too_often(reader):
            raise TooManyAttempts
        order = order or _open_order(reader, offer)
        if order.amount == 0:
            settle_free(order)
            return order
        attempt = Attempt(order=order, number=order.attempts.count() + 1, api=api)
        # A session charges nobody before the buyer has seen it.
        attempt.outcome = AttemptOutcome.OPEN if attempt.is_session else AttemptOutcome.UNKNOWN
        attempt.save()
        return attempt


def _check_that_it_may_be_bought(reader: CustomUser, offer: pricing.Offer, order: Order | None) -> None:
    if access.owns(reader, offer.product):
        raise AlreadyOwned(offer.product)
    if order is not None and order.status != OrderStatus.PENDING:
        raise AlreadyBought(order)
    if order is not None and order.in_doubt:
        raise PaymentUnknown(order)


def _check_that_no_part_is_being_paid(reader: CustomUser, offer: pricing.Offer) -> None:
    """Refuse while another purchase with books in common may be paid: one changes what the other costs."""
    live = Attempt.objects.filter(order__user=reader, outcome__in=LIVE_OUTCOMES)
    for attempt in live.exclude(order__item=offer.item).select_related("order"):
        lines = attempt.order.lines.select_related("book", "bundle")
        if not any(_share_books(line.product, offer.product) for line in lines):
            continue
        if attempt.outcome == AttemptOutcome.OPEN:
            raise SessionInTheWay(attempt)
        raise PaymentUnknown(attempt.order)


def _share_books(one: Book | Bundle, other: Book | Bundle) -> bool:
    if any(isinstance(product, Bundle) and product.everything for product in (one, other)):
        return True
    return bool(_books(one) & _books(other))


def _books(product: Book | Bundle) -> set[UUID]:
    return {product.pk} if isinstance(product, Book) else set(product.books.values_list("pk", flat=True))


def _give_up(order: Order) -> None:
    """Expire an order whose terms have changed; nobody may pay in its session any more."""
    if session := order.live_attempt:
        raise SessionInTheWay(session)
    order.move_to(OrderStatus.EXPIRED)


def _tries_too_often(reader: CustomUser) -> bool:
    an_hour_ago = timezone.now() - timedelta(hours=1)
    tries = Attempt.objects.filter(order__user=reader, created_at__gt=an_hour_ago)
    return settings.RATE_LIMITS and tries.count() >= ATTEMPTS_PER_HOUR


def _open_order(reader: CustomUser, offer: pricing.Offer) -> Order:
    order = Order.objects.create(
        user=reader,
        item=offer.item,
        amount=offer.amount,
        currency=offer.currency,
        livemode=settings.STRIPE_LIVE_MODE,
    )
    kind = "book" if isinstance(offer.product, Book) else "bundle"
    line = OrderLine.objects.create(
        order=order, title=offer.title, amount=offer.amount, **{kind: offer.product}
    )
    discounts.record(line, offer.credit)
    return order


# So often a claim is made anew after a session of the reader's was found to be over.
CLAIMS = 3


def claim_and_close_sessions(
    user: CustomUser, shown: pricing.ShownOffer | None, *, api: str
) -> Attempt | Order:
    """Claim an attempt; a session that is in its way is closed first."""
    for _ in range(CLAIMS):
        try:
            return claim(user, shown, api=api)
        except SessionInTheWay as session:
            try:
                close_session(session.attempt)
            except UNSETTLED as failure:
                raise CheckoutClosed from failure
    raise CheckoutClosed
