"""What a reader is in the middle of buying, found in one query."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
)
from django.utils import timezone

from books.access import Visitor
from orders.models import CART, DOUBTFUL_OUTCOMES, LIVE_OUTCOMES, Attempt, Order, OrderLine, OrderStatus
from orders.pricing import AnyOffer
from users.models import CustomUser
from users.prepared import Given, PreparedObjects

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class UnderWay:
    """The reader's open order for the same products, or None, and their attempts to pay.

    `outcomes` has those of the order's attempts, by the attempt's key; `rivals` the reader's other open
    orders for some of the products; `elsewhere` the keys of attempts that may still charge the reader for
    another order; `tries` the number of all attempts in the last hour.
    """

    order: Order | None
    outcomes: dict[int, str]
    rivals: Sequence[Order]
    elsewhere: Sequence[int]
    tries: int

    @property
    def in_doubt(self) -> bool:
        """Whether an attempt to pay the order may have charged the buyer, without an answer from Stripe."""
        return not set(DOUBTFUL_OUTCOMES).isdisjoint(self.outcomes.values())

    @property
    def live_attempt(self) -> Attempt | None:
        """The one attempt that may still charge the buyer for the order, or None."""
        live = [key for key, outcome in self.outcomes.items() if outcome in LIVE_OUTCOMES]
        if self.order is None or not live or (attempt := _live(live).first()) is None:
            return None
        attempt.order = self.order
        return attempt

    def live_elsewhere(self) -> list[Attempt]:
        """Return the attempts that may still charge the buyer for another order."""
        return list(_live(self.elsewhere).select_related("order")) if self.elsewhere else []


def _live(keys: Sequence[int]) -> QuerySet[Attempt]:
    return Attempt.objects.filter(pk__in=keys, outcome__in=LIVE_OUTCOMES)


def find_under_way(reader: CustomUser, offer: AnyOffer) -> UnderWay:
    """Return what a reader is in the middle of buying; the orders stay locked until the transaction ends.

    Call it with the reader locked: then only the worker may still change the orders, and that expires none
    that is locked.
    """
    an_hour_ago = timezone.now() - AN_HOUR
    pairs = _pairs(reader, offer, an_hour_ago)
    for each in pairs:
        if each.user_id == reader.pk:
            each.user = reader
    meeting = {each.pk: each for each in pairs if each.meets}
    order = next((each for each in meeting.values() if _is_for(each, offer)), None)
    here = [each for each in pairs if each == order]
    return UnderWay(
        order=order,
        outcomes={each.attempt: each.outcome for each in here if each.attempt is not None},
        rivals=[each for each in meeting.values() if each != order],
        elsewhere=[each.attempt for each in pairs if each != order and each.outcome in LIVE_OUTCOMES],
        tries=sum(each.began is not None and each.began > an_hour_ago for each in pairs),
    )


def open_order(reader: Visitor, offer: AnyOffer) -> Order | None:
    """Return the order that the reader has open for this offer, or a paid or doubtful one for some of it."""
    if offer.nonce:
        of_form = Order.objects.filter(nonce=offer.nonce, user=reader.pk).exclude(status=OrderStatus.EXPIRED)
        return of_form.select_related("reminder").prefetch_related("attempts").first()
    references = [part.reference for part in offer.parts]
    orders = Order.objects.open_for(reader.pk, references)
    orders = orders.select_related("reminder").prefetch_related("attempts")
    decided = [order for order in orders if order.status != OrderStatus.PENDING or order.in_doubt]
    return next(iter(decided or [order for order in orders if _is_for(order, offer)]), None)


def _is_for(order: Order, offer: AnyOffer) -> bool:
    """Tell whether an order can go on for this offer: nobody has paid for it yet, and it has the same lines.

    Of a single product there is but one open order, paid or not, and of a form for others one at all.
    """
    if order.item != offer.reference:
        return False
    if order.item != CART:
        return True
    order.read_lines()
    is_the_same = {line.item for line in order.lines.all()} == {part.reference for part in offer.parts}
    return is_the_same and order.status == OrderStatus.PENDING


def _pairs(reader: CustomUser, offer: AnyOffer, an_hour_ago: datetime) -> list:
    """Return the orders with their attempts: each once for each attempt, and once if it has none."""
    if offer.nonce:
        of_form = Q(nonce=offer.nonce)
        whose = Q(user=reader.pk) & _is_recent(an_hour_ago)
        return list(_with_attempts(ExpressionWrapper(of_form, BooleanField())).filter(of_form | whose))
    references = [part.reference for part in offer.parts]
    if len(references) == 1:
        return _pairs_of_one(reader=reader.pk, reference=references[0], an_hour_ago=an_hour_ago)
    return list(_asked_for(reader.pk, references, an_hour_ago))


@PreparedObjects
def _pairs_of_one() -> QuerySet[Order]:
    reference = Given("reference", CharField())
    return _asked_for(Given("reader", IntegerField()), [reference], Given("an_hour_ago", DateTimeField()))


def _asked_for(
    reader: int | Given, references: Iterable[str | Given], an_hour_ago: datetime | Given
) -> QuerySet[Order]:
    lines = OrderLine.objects.filter(
        order=OuterRef("pk"), reader=reader, item__in=references, is_open=True, for_others=False
    )
    return _with_attempts(Exists(lines)).filter(Q(meets=True) | _is_recent(an_hour_ago), user=reader)


def _with_attempts(meets: Exists | ExpressionWrapper) -> QuerySet[Order]:
    return Order.objects.select_for_update(of=("self",), no_key=True).annotate(
        meets=meets,
        attempt=F("attempts"),
        outcome=F("attempts__outcome"),
        began=F("attempts__created_at"),
    )


def _is_recent(an_hour_ago: datetime | Given) -> Q:
    return Q(outcome__in=LIVE_OUTCOMES) | Q(began__gt=an_hour_ago)
