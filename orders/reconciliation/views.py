"""The money doctor's page in the admin: what waits, what differs, and what can be done about it."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.cache import cache
from django.core.exceptions import BadRequest
from django.db.models import Count, Min
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from orders import reconciliation
from orders.admin.read_only import order_link, stripe_link
from orders.models import TO_BE_ANSWERED, Dispute, Order, Refund, RefundStatus, StripeEvent

# What one request may look at; the command looks at everything.
DAYS = 30
MOST_DIFFERENCES = 20
# Lines of each list; the rest is counted.
LINES = 20
IGNORED_DAYS = 7
NOT_AT_STRIPE_YET = (RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION)

# Where the last examination is kept, for all who look.
LAST = "money-doctor-last-examination"
KEPT_SECONDS = 24 * 60 * 60

NOT_REACHED = "Stripe could not be asked just now. Nothing was compared and nothing was changed; try again."

may_see = permission_required("orders.view_order", raise_exception=True)
may_repair = permission_required("orders.repair_order", raise_exception=True)


@require_safe
@may_see
def money_doctor(request):
    """Show what the shop knows by itself, and what the last examination found."""
    context = {
        **admin.site.each_context(request),
        "title": "Money doctor",
        "webhook": _webhook_health(),
        "in_doubt": _list(Order.objects.in_doubt(since=timezone.now()).distinct().order_by("created_at")),
        "disputes": _list(_disputes_to_answer()),
        "refunds": _list(_waiting_refunds()),
        "examination": _last_examination(),
        "days": DAYS,
        "ignored_days": IGNORED_DAYS,
        "may_repair": request.user.has_perm("orders.repair_order"),
    }
    request.current_app = admin.site.name
    return render(request, "admin/orders/doctor.html", context)


@require_POST
@may_see
def examine(request):
    """Compare what was ordered lately with Stripe, and keep what was found for the page."""
    try:
        report = reconciliation.examine(since=timezone.now() - timedelta(days=DAYS), at_most=MOST_DIFFERENCES)
    except reconciliation.CANNOT_ASK:
        messages.error(request, NOT_REACHED)
        return redirect("money_doctor")
    values = {
        "at": timezone.now(),
        "orders": report.orders,
        "other_mode": report.other_mode,
        "left_out": report.left_out,
        "differences": report.differences,
    }
    cache.set(LAST, values, KEPT_SECONDS)
    return redirect("money_doctor")


@require_POST
@may_see
@may_repair
def repair(request):
    """Do what can be done about one difference, and look at its order again."""
    kind, charge_id = request.POST.get("kind", ""), request.POST.get("charge_id", "")
    try:
        order_id = UUID(request.POST.get("order", ""))
    except ValueError:
        raise BadRequest("The order is not an id.") from None
    difference = reconciliation.Difference(kind, str(order_id), "", charge_id)
    try:
        reconciliation.repair(difference)
        left = reconciliation.examine_order(order_id, _charges_in_last(str(order_id)))
    except reconciliation.NotRepaired as reason:
        messages.error(request, f"Not repaired. {reason}")
    except reconciliation.CANNOT_ASK:
        messages.error(request, NOT_REACHED)
    else:
        _replace_in_last(str(order_id), left)
        if any(each.kind == kind for each in left):
            messages.warning(request, "Stripe was asked, and the difference is still there.")
        else:
            messages.success(request, "Repaired: the order and Stripe agree about this now.")
    return redirect("money_doctor")


def _webhook_health():
    """Return how Stripe's events arrive; one that was found by asking counts as arrived too."""
    events = StripeEvent.objects.all()
    unhandled = events.filter(handled_at=None)
    ignored = events.exclude(ignored="").filter(received_at__gt=timezone.now() - timedelta(days=IGNORED_DAYS))
    return {
        "has_secret": bool(settings.STRIPE_WEBHOOK_SECRETS),
        "last": events.order_by("-received_at").first(),
        "failure": unhandled.exclude(error="").order_by("-received_at").first(),
        "waiting": unhandled.aggregate(count=Count("pk"), oldest=Min("received_at")),
        "ignored": ignored.values("ignored").annotate(count=Count("pk")).order_by("-count", "ignored"),
    }


def _disputes_to_answer():
    waiting = Dispute.objects.filter(status__in=TO_BE_ANSWERED)
    return waiting.select_related("order").order_by("due_by", "opened_at")


def _waiting_refunds():
    waiting = Refund.objects.filter(status__in=NOT_AT_STRIPE_YET)
    return waiting.select_related("order").order_by("created_at")


def _list(queryset):
    """Return the first lines of a list, each with its ways out, and how many more there are."""
    lines = []
    for row in queryset[:LINES]:
        order = row if isinstance(row, Order) else row.order
        identifier = getattr(row, "stripe_dispute_id", "") or getattr(row, "stripe_refund_id", "")
        lines.append(
            {
                "row": row,
                "order": order_link(order),
                "stripe": stripe_link(identifier, livemode=order.livemode),
            }
        )
    return {"lines": lines, "more": queryset.count() - len(lines) if len(lines) == LINES else 0}


def _last_examination():
    """Return what was found last, each difference with its ways out, or None."""
    last = cache.get(LAST)
    if last is None:
        return None
    orders = Order.objects.in_bulk([each.order for each in last["differences"] if each.order])
    lines = []
    for difference in last["differences"]:
        order = orders.get(UUID(difference.order)) if difference.order else None
        livemode = order.livemode if order else settings.STRIPE_LIVE_MODE
        lines.append(
            {
                "difference": difference,
                "order": order_link(order) if order else difference.order or "none",
                "stripe": stripe_link(difference.charge_id, livemode=livemode),
                "can_repair": order is not None and reconciliation.can_repair(difference.kind),
            }
        )
    return {**last, "lines": lines}


def _charges_in_last(order_id):
    """Return the charges that were found for an order: it need not know of them itself."""
    last = cache.get(LAST) or {"differences": []}
    return tuple(each.charge_id for each in last["differences"] if each.order == order_id)


def _replace_in_last(order_id, differences):
    last = cache.get(LAST)
    if last is not None:
        others = [each for each in last["differences"] if each.order != order_id]
        cache.set(LAST, {**last, "differences": [*differences, *others]}, KEPT_SECONDS)
