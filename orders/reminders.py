"""The one letter to a buyer who left the checkout and had asked to be reminded."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from books import access
from orders.models import LIVE_OUTCOMES, Attempt, Order, OrderStatus, Reminder
from orders.pricing import address_of
from users.mail.letters import queue_letters

# Since the last try to pay. Long enough for somebody who only looks for their card, and short enough to find
# the order still open.
AFTER = timedelta(hours=4)
AT_ONCE = 100
_SIGNER = signing.Signer(salt="orders.reminders")


class NoSuchLink(Exception):
    """The link was not made by this shop."""


def send_due() -> int:
    """Queue the letters that are due, and delete the reminders that nobody needs any more; return how many.

    Each letter is queued in the transaction that marks its row, so nobody is reminded twice.
    """
    Reminder.objects.exclude(order__status=OrderStatus.PENDING).delete()
    return sum(_send(key) for key in list(_due().order_by("pk").values_list("pk", flat=True)[:AT_ONCE]))


def _due() -> QuerySet[Reminder]:
    """Return the reminders of buyers who have not tried to pay for some hours, and cannot be charged now."""
    before = timezone.now() - AFTER
    trying = Attempt.objects.filter(
        Q(created_at__gte=before) | Q(outcome__in=LIVE_OUTCOMES), order=OuterRef("order")
    )
    return Reminder.objects.filter(
        ~Exists(trying), order__status=OrderStatus.PENDING, asked_at__lt=before, sent_at=None
    )


@transaction.atomic(durable=True)
def _send(key: int) -> bool:
    # With its order, so that the buyer begins no attempt to pay before the letter is queued.
    rows = Reminder.objects.select_for_update(of=("self", "order"), no_key=True, skip_locked=True)
    reminder = rows.select_related("order__user").filter(pk=key).first()
    # Read again under the lock: they may have begun one since.
    if reminder is None or not _due().filter(pk=key).exists():
        return False
    order = reminder.order
    if not order.email or _has_bought(order):
        reminder.delete()
        return False
    reminder.sent_at = timezone.now()
    reminder.save(update_fields=["sent_at"])
    lines = order.lines.all()
    end = settings.SITE_URL + reverse("reminders_end", args=[_SIGNER.sign_object([order.email])])
    context = {"order": order, "lines": lines, "address": address_of(order.item), "end_address": end}
    headers = {"List-Unsubscribe": f"<{end}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    subject = f"You left {lines[0].title} at the checkout"
    queue_letters([order.email], subject, "orders/email/reminder.txt", context, headers=headers)
    return True


def _has_bought(order: Order) -> bool:
    """Tell whether the buyer, or somebody with the same address, has some of it by now."""
    products = [line.product for line in order.lines.select_related("book", "bundle")]
    if access.owned_among(order.user, products):
        return True
    items = [product.reference for product in products]
    paid = Order.objects.filter(email=order.email, paid_at__isnull=False, lines__item__in=items)
    return paid.exists()


def end(email: str) -> None:
    """Delete what waits for this address. Nobody is reminded of anything without ticking the box again."""
    Reminder.objects.filter(order__email=email, sent_at=None).delete()


def address_to_end(token: str) -> str:
    """Return the e-mail address that a letter's link is about; raises NoSuchLink."""
    try:
        [email] = _SIGNER.unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NoSuchLink from error
    return email
