"""What a discount code takes off an offer, and whether its buyer may use it.

An order holds one use of its code from the claim until it expires: while it can be paid, nobody else has that
use, and a purchase that fails gives it back with the order. So the uses are counted by the orders and stored
nowhere. A refund returns none. A code whose uses are limited is for one copy, so that a use is never more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet

from books.access import Visitor
from books.models import PriceList
from books.money import base_currency, price_step
from orders.models import LIVE_OUTCOMES, DiscountCode, Order, OrderStatus
from orders.models.buying.codes import key_of

from .apportionment import apportion
from .carts import AnyOffer, together
from .offers import Offer


class Why(StrEnum):
    """Why a code makes nothing cheaper, in words for the buyer."""

    UNKNOWN = "We don’t know this code."
    NOT_YET = "This code can’t be used yet."
    ENDED = "This code has ended."
    USED_UP = "This code has been used up."
    USED_BY_YOU = "You have used this code already."
    NOT_FIRST = "This code is only for a first purchase."
    OTHER_PRODUCTS = "This code isn’t for what you’re buying."
    ONE_COPY = "This code is for one copy."
    OTHER_CURRENCY = "This code isn’t for prices in this currency."
    NOT_CHEAPER = "You already pay less than with this code."
    NOTHING_TO_TAKE = "There is nothing this code could take off."


# With these, it is no use anywhere.
USELESS = frozenset({Why.UNKNOWN, Why.ENDED, Why.USED_UP, Why.USED_BY_YOU, Why.NOT_FIRST})


class CodeRefused(Exception):
    """A code cannot be used for this purchase; `why` is fit to show."""

    def __init__(self, why: Why):
        super().__init__(why)
        self.why = why


def find_code(text: str) -> DiscountCode | None:
    """Return the code that somebody typed, or None."""
    key = key_of(text)
    return DiscountCode.objects.filter(key=key).first() if key else None


def lock_code(text: str) -> DiscountCode:
    """Return the code, locked until the transaction ends: its uses are claimed one at a time.

    Call it with the reader locked. Raises CodeRefused if there is no such code any more.
    """
    code = DiscountCode.objects.select_for_update(no_key=True).filter(key=key_of(text)).first()
    if code is None:
        raise CodeRefused(Why.UNKNOWN)
    return code


def use_code(
    code: DiscountCode, offer: AnyOffer, reader: Visitor, *, email: str = "", but: Iterable[UUID] = ()
) -> AnyOffer:
    """Return the offer less what the code takes off; raises CodeRefused if that is nothing.

    Uses are counted of the reader, and of `email`, where letters about the order will go: a guest is as many
    readers as browsers. Orders in `but` hold no use.
    """
    if not code.has_begun:
        raise CodeRefused(Why.NOT_YET)
    if code.has_ended:
        raise CodeRefused(Why.ENDED)
    named = {*code.books.values_list("pk", flat=True), *code.bundles.values_list("pk", flat=True)}
    eligible = [part for part in offer.parts if not named or part.product.pk in named]
    if not eligible:
        raise CodeRefused(Why.OTHER_PRODUCTS)
    if code.is_limited:
        if offer.copies > 1:
            raise CodeRefused(Why.ONE_COPY)
        _check_limits(code, reader, email, but)
    if not any(part.regular for part in eligible):
        raise CodeRefused(Why.NOTHING_TO_TAKE)
    cheaper = {part.reference: part for part in _less(eligible, code) if part.code is not None}
    if not cheaper:
        raise CodeRefused(Why.NOT_CHEAPER)
    return together([cheaper.get(part.reference, part) for part in offer.parts])


def idle_orders(code: DiscountCode, reader: Visitor) -> QuerySet[Order]:
    """Return the reader's unpaid orders that hold a use of the code and that nobody can pay now."""
    unpaid = Order.objects.filter(discount_code=code, user=reader.pk, status=OrderStatus.PENDING)
    return unpaid.exclude(attempts__outcome__in=LIVE_OUTCOMES)


def uses_of(code: DiscountCode) -> QuerySet[Order]:
    """Return the orders that hold a use of the code."""
    return Order.objects.filter(discount_code=code).exclude(status=OrderStatus.EXPIRED)


def _check_limits(code: DiscountCode, reader: Visitor, email: str, but: Iterable[UUID]) -> None:
    uses = uses_of(code).exclude(pk__in=list(but))
    if code.most_uses is not None and uses.count() >= code.most_uses:
        raise CodeRefused(Why.USED_UP)
    same_buyer = Q(user=reader.pk) if reader.pk else Q(pk=None)
    if email:
        same_buyer |= Q(email=email)
    own = uses.filter(same_buyer).count()
    if code.most_uses_each is not None and own >= code.most_uses_each:
        raise CodeRefused(Why.USED_BY_YOU)
    bought = Order.objects.filter(same_buyer, paid_at__isnull=False, amount__gt=0)
    if code.first_purchase_only and (own or bought.exclude(pk__in=list(but)).exists()):
        raise CodeRefused(Why.NOT_FIRST)


def _less(parts: Sequence[Offer], code: DiscountCode) -> list[Offer]:
    """Return these offers less what a code takes off each; where it takes nothing, they stay as they are."""
    if code.percent is not None:
        return [_less_percent(part, code, code.percent) for part in parts]
    off = amount_in(code, parts[0].currency)
    if off is None:
        raise CodeRefused(Why.OTHER_CURRENCY)
    if code.combines:
        return _less_amount(parts, code, off)
    without_credit = _less_amount([_without_credit(part) for part in parts], code, off)
    beside_credit = [
        *(part for part in parts if part.credit),
        *_less_amount([part for part in parts if not part.credit], code, off),
    ]
    return min(beside_credit, without_credit, key=lambda parts: sum(part.amount for part in parts))


def amount_in(code: DiscountCode, currency: str) -> int | None:
    """Return what an amount is in a currency: as typed, or else by the rate of its price list.

    None if that is not known. In minor units, as Stripe counts.
    """
    if currency == base_currency():
        return code.amount
    if currency in code.amounts:
        return code.amounts[currency]
    price_list = PriceList.objects.filter(currency=currency, rate__isnull=False).first()
    return price_list.worth(code.amount) if price_list is not None else None


def _less_percent(part: Offer, code: DiscountCode, percent: int) -> Offer:
    """Take a percentage off one offer, rounded to the nearest amount that Stripe takes."""
    whole = part if code.combines else _without_credit(part)
    step = price_step(whole.currency)
    off = (whole.minimum * percent + 50 * step) // (100 * step) * step
    less = _minus(whole, code, min(off, whole.minimum))
    return less if less.amount < part.amount else part


def _less_amount(parts: Sequence[Offer], code: DiscountCode, off: int) -> list[Offer]:
    """Take an amount off several offers together, from each in proportion to its price."""
    if not parts:
        return []
    step = price_step(parts[0].currency)
    prices = {part.reference: part.minimum // step for part in parts}
    shares = apportion(min(off // step, sum(prices.values())), prices)
    return [_minus(part, code, shares.get(part.reference, 0) * step) for part in parts]


def _without_credit(part: Offer) -> Offer:
    return replace(part, amount=part.amount + part.credit, credit=0, replaced=part.credit)


def _minus(part: Offer, code: DiscountCode, off: int) -> Offer:
    # Whoever types a code wants to pay less: no tip is suggested then.
    return replace(part, amount=part.minimum - off, tip=0, discount=off, code=code) if off else part
