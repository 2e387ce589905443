"""Guests whose payment never worked."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from orders.models import LIVE_OUTCOMES, Order, OrderStatus, Seat
from users.models import CustomUser

# In days: money for an expired order arrives within two weeks, if at all.
KEPT = timedelta(days=30)
AT_ONCE = 100


def delete_guests_who_bought_nothing() -> int:
    """Delete the guests of a month ago who never paid, with their expired orders; return how many.

    Not those who have taken a copy that somebody else has paid for.
    """
    of_guest = Order.objects.filter(user=OuterRef("pk"))
    lasting = of_guest.exclude(status=OrderStatus.EXPIRED)
    undecided = of_guest.filter(attempts__outcome__in=LIVE_OUTCOMES)
    idle = CustomUser.objects.filter(
        ~Exists(lasting),
        ~Exists(undecided),
        ~Exists(Seat.objects.filter(redeemer=OuterRef("pk"))),
        is_guest=True,
        moved_to=None,
        date_joined__lt=timezone.now() - KEPT,
        last_login__lt=timezone.now() - KEPT,
    )
    with transaction.atomic():
        found = list(idle.select_for_update(of=("self",), skip_locked=True)[:AT_ONCE])
        Order.objects.filter(user__in=found).delete()
        CustomUser.objects.filter(pk__in=[guest.pk for guest in found]).delete()
    return len(found)
