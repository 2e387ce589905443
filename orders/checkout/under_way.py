"""What a reader is in the middle of buying, found in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import CharField, DateTimeField, F, IntegerField, Q, QuerySet
from django.utils import timezone

from orders.models import DOUBTFUL_OUTCOMES, LIVE_OUTCOMES, OPEN_STATUSES, Attempt, Order
from users.models import CustomUser
from users.prepared import Given, PreparedObjects

AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class UnderWay:
    """The reader's open order for a product, or None, and their attempts to pay.

    `outcomes` has those of the order's attempts, by the attempt's key; `elsewhere` the keys of attempts that
    may still charge the reader for another product; `tries` the number of all attempts in the last hour.
    """

    order: Order | None
    outcomes: dict[int, str]
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
        """Return the attempts that may still charge the buyer for another product."""
        return list(_live(self.elsewhere).select_related("order")) if self.elsewhere else []


def _live(keys: Sequence[int]) -> QuerySet[Attempt]:
    return Attempt.objects.filter(pk__in=keys, outcome__in=LIVE_OUTCOMES)


def find_under_way(reader: CustomUser, reference: str) -> UnderWay:
    """Return what a reader is in the middle of buying; the orders stay locked until the transaction ends.

    Call it with the reader locked: then only the worker may still change the orders, and that expires none
    that is locked.
    """
    an_hour_ago = timezone.now() - AN_HOUR
    pairs = _pairs(reader=reader.pk, reference=reference, an_hour_ago=an_hour_ago)
    here = [each for each in pairs if each.item == reference and each.status in OPEN_STATUSES]
    for each in here:
        each.user = reader
    return UnderWay(
        order=here[0] if here else None,
        outcomes={each.attempt: each.outcome for each in here if each.attempt is not None},
        elsewhere=[
            each.attempt for each in pairs if each.item != reference and each.outcome in LIVE_OUTCOMES
        ],
        tries=sum(each.began is not None and each.began > an_hour_ago for each in pairs),
    )


@PreparedObjects
def _pairs() -> QuerySet[Order]:
    """Return the orders with their attempts: each once for each attempt, and once if it has none."""
    wanted = Q(item=Given("reference", CharField()), status__in=OPEN_STATUSES)
    recent = Q(outcome__in=LIVE_OUTCOMES) | Q(began__gt=Given("an_hour_ago", DateTimeField()))
    return (
        Order.objects.select_for_update(of=("self",), no_key=True)
        .annotate(attempt=F("attempts"), outcome=F("attempts__outcome"), began=F("attempts__created_at"))
        .filter(wanted | recent, user=Given("reader", IntegerField()))
    )
