"""The claim: what may be bought now is committed before Stripe is asked; everything else is refused."""

from dataclasses import replace

from django.conf import settings
from django.db import transaction
from django.db.models import IntegerField, QuerySet

from books import access
from books.models import ALL_BOOKS, Prices, find_product, share_books
from orders import pricing
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus
from orders.models.buying.reminders import keep_choice
from orders.payments.attempts import close_session
from orders.payments.order_state import fulfil
from orders.payments.sync import UNSETTLED
from orders.pricing import discounts
from users.guests.browser import admit
from users.models import CustomUser
from users.prepared import Given, PreparedObjects

from . import for_others
from .errors import (
    AccountClosed,
    AlreadyBought,
    AlreadyOwned,
    CartChanged,
    CheckoutClosed,
    PaymentUnknown,
    PriceChanged,
    TooManyAttempts,
)
from .new_orders import write_order
from .purchases import Purchase
from .terms import on_shown_terms
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


def claim(user: CustomUser, purchase: Purchase, *, api: str) -> Attempt | Order:
    """Commit an order for what is to be bought and its next attempt.

    A `user` who is not saved becomes a guest with it (users.guests.browser.admit).

    A session that is in the way is closed first. Returns the new attempt, or the one whose session of this
    kind is already open. Returns the order, paid, if there is nothing left to pay. Raises
    pricing.NotForSale or a kind of errors.NotBought.
    """
    purchase = purchase._replace(email=purchase.email or user.address)
    for _ in range(CLAIMS):
        try:
            return _claim_once(user, purchase, api=api)
        except SessionInTheWay as session:
            _close(session.attempt)
    raise CheckoutClosed


def _close(attempt: Attempt) -> None:
    try:
        close_session(attempt)
    except UNSETTLED as failure:
        raise CheckoutClosed from failure


@transaction.atomic(durable=True)
def _claim_once(user: CustomUser, purchase: Purchase, *, api: str) -> Attempt | Order:
    shown = purchase.shown
    reader = _lock(user)
    offer = _offer_now(shown, reader)
    under_way = find_under_way(reader, offer)
    _check_that_it_may_be_bought(under_way, reader)
    _check_that_no_part_is_being_paid(offer, under_way)
    for_others.check_that_it_is_what_was_shown(purchase)
    if shown is not None:
        offer = on_shown_terms(offer, purchase, under_way, reader)
    under_way = _expire_what_is_in_the_way(offer, under_way)
    if shown is not None and shown != offer.terms:
        raise PriceChanged
    if under_way.order is not None:
        discounts.record_again(under_way.order, offer.parts)
        under_way.order.agree_to(purchase.agreed)
        for_others.write_gift(under_way.order, purchase.gift)
        keep_choice(under_way.order, purchase.may_remind)
    if session := _session_to_resume(under_way, api, purchase.email):
        return session
    return _begin(reader, offer, purchase, under_way, api=api)


def _lock(user: CustomUser) -> CustomUser:
    """Allow one claim at a time for each reader; settling and logging in need not wait for it."""
    reader = _locked.get(pk=user.pk or admit(user).pk)
    if not reader.is_active:
        raise AccountClosed
    return reader


@PreparedObjects
def _locked() -> QuerySet[CustomUser]:
    return CustomUser.objects.select_for_update(no_key=True).filter(pk=Given("pk", IntegerField()))


def _offer_now(shown: pricing.SignedOffer | None, reader: CustomUser) -> pricing.AnyOffer:
    """Return what was shown at what it costs now in its currency; refuse what is owned or not for sale."""
    references, currency = (shown.references, shown.currency) if shown else ([ALL_BOOKS], None)
    if shown is not None and shown.copies:
        product = find_product(shown.reference)
        prices = Prices.in_currency(currency)
        return pricing.offer_for_others(product, shown.copies, shown.nonce, prices)
    if len(references) == 1:
        found = access.find_product(references[0], reader)
        prices = Prices.in_currency(currency, found.sales)
        offer = pricing.offer_at(prices, found.product, reader)
        if found.is_owned:
            raise AlreadyOwned(offer.product)
        return offer
    cart = pricing.price_cart(references, reader, Prices.in_currency(currency))
    if cart.left_out or cart.offer is None:
        raise CartChanged
    return cart.offer


def _check_that_it_may_be_bought(under_way: UnderWay, reader: CustomUser) -> None:
    for order in filter(None, [under_way.order, *under_way.rivals]):
        if order.status not in {OrderStatus.PENDING, OrderStatus.EXPIRED} or order.user_id != reader.pk:
            raise AlreadyBought(order)
    if under_way.order is not None and under_way.in_doubt:
        raise PaymentUnknown(under_way.order)


def _check_that_no_part_is_being_paid(offer: pricing.AnyOffer, under_way: UnderWay) -> None:
    """Refuse while another purchase of some of the books may still be paid: it affects this price."""
    if offer.copies:
        for_others.check_that_it_is_not_being_paid(offer, under_way)
        return
    wanted = [part.product for part in offer.parts]
    for attempt in under_way.live_elsewhere():
        lines = attempt.order.lines.filter(for_others=False).select_related("book", "bundle")
        if not share_books(wanted, [line.product for line in lines]):
            continue
        if attempt.outcome == AttemptOutcome.OPEN:
            raise SessionInTheWay(attempt)
        raise PaymentUnknown(attempt.order)


def _expire_what_is_in_the_way(offer: pricing.AnyOffer, under_way: UnderWay) -> UnderWay:
    """Expire other orders for some of the products, and an order whose terms have changed.

    Nobody can pay the others any more. The order's session is closed first, so that nobody pays in it.
    Returns what is under way then.
    """
    for rival in under_way.rivals:
        _expire(rival)
    order = under_way.order
    if order is None or (order.status == OrderStatus.PENDING and pricing.is_at(order, offer)):
        return under_way
    if session := under_way.live_attempt:
        raise SessionInTheWay(session)
    _expire(order)
    return replace(under_way, order=None, outcomes={})


def _expire(order: Order) -> None:
    """Expire an unpaid order, unless it has expired before, and leave its form to the order that follows."""
    if order.status == OrderStatus.PENDING:
        order.move_to(OrderStatus.EXPIRED)
    if order.is_for_others:
        for_others.leave_form(order)


def _session_to_resume(under_way: UnderWay, api: str, email: str) -> Attempt | None:
    """Return the attempt whose session of this kind and address is open; any other is SessionInTheWay."""
    session = under_way.live_attempt
    if session is not None and (session.api, session.order.email) != (api, email):
        raise SessionInTheWay(session)
    return session


def _begin(
    reader: CustomUser, offer: pricing.AnyOffer, purchase: Purchase, under_way: UnderWay, *, api: str
) -> Attempt | Order:
    if settings.RATE_LIMITS and under_way.tries >= ATTEMPTS_PER_HOUR:
        raise TooManyAttempts
    order = under_way.order or write_order(reader, offer, purchase)
    if order.email != purchase.email:
        order.email = purchase.email
        order.save(update_fields=["email"])
    if order.amount == 0:
        fulfil(order)  # the reader has nothing more to pay for it
        return order
    return _begin_attempt(order, len(under_way.outcomes) + 1, api)


def _begin_attempt(order: Order, number: int, api: str) -> Attempt:
    attempt = Attempt(order=order, number=number, api=api)
    # A session charges nobody before the buyer has seen it.
    attempt.outcome = AttemptOutcome.OPEN if attempt.is_session else AttemptOutcome.UNKNOWN
    attempt.save()
    return attempt
