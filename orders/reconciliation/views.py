"""The money doctor's page in the admin: what is waiting, what differs, and what to do about it."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import BadRequest
from django.db.models import Count, Min
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from orders import reconciliation
from orders.admin.read_only import order_link, stripe_link
from orders.checks import ways_to_pay
from orders.models import TO_BE_ANSWERED, Dispute, Order, Refund, RefundStatus, StripeEvent

from . import latest

# How much one request examines; the command examines everything.
DAYS = 30
MOST_DIFFERENCES = 20
# Lines of each list; the rest is counted.
LINES = 20
IGNORED_DAYS = 7
NOT_AT_STRIPE_YET = (RefundStatus.REQUESTED, RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION)

NOT_REACHED = "Stripe could not be asked just now. Nothing was compared or changed. Please try again."

may_see = permission_required("orders.view_order", raise_exception=True)
may_repair = permission_required("orders.repair_order", raise_exception=True)


@require_safe
@may_see
def money_doctor(request):
    """Show what the shop knows without asking Stripe, and what the latest examination found."""
    context = {
        **admin.site.each_context(request),
        "title": "Money doctor",
        "webhook": _webhook_health(),
        "in_doubt": _list(Order.objects.in_doubt(since=timezone.now()).distinct().order_by("created_at")),
        "disputes": _list(_disputes_to_answer()),
        "refunds": _list(_waiting_refunds()),
        "examination": _latest_examination(),
        "ways_to_pay": ways_to_pay.last_heard(),
        "days": DAYS,
        "ignored_days": IGNORED_DAYS,
        "may_repair": request.user.has_perm("orders.repair_order"),
    }
    request.current_app = admin.site.name
    return render(request, "admin/orders/doctor.html", context)


@require_POST
@may_see
def examine(request):
    """Compare recent orders with Stripe, and keep the differences for the page."""
    try:
        report = reconciliation.examine(since=timezone.now() - timedelta(days=DAYS), at_most=MOST_DIFFERENCES)
    except reconciliation.CANNOT_ASK:
        messages.error(request, NOT_REACHED)
        return redirect("money_doctor")
    latest.keep(report)
    return redirect("money_doctor")


@require_POST
@may_see
@may_repair
def repair(request):
    """Repair one difference, and examine its order again."""
    kind, charge_id = request.POST.get("kind", ""), request.POST.get("charge_id", "")
    try:
        order_id = UUID(request.POST.get("order", ""))
    except ValueError:
        raise BadRequest("The order is not an id.") from None
    difference = reconciliation.Difference(kind, str(order_id), "", charge_id)
    try:
        reconciliation.repair(difference, by=request.user)
        left = reconciliation.examine_order(order_id, latest.charges_of(order_id))
    except reconciliation.NotRepaired as reason:
        messages.error(request, f"Not repaired. {reason}")
    except reconciliation.CANNOT_ASK:
        messages.error(request, NOT_REACHED)
    else:
        latest.replace(order_id, left)
        if any(each.kind == kind for each in left):
            messages.warning(request, "Stripe was asked, and the difference is still there.")
        else:
            messages.success(request, "Repaired: the order and Stripe now agree.")
    return redirect("money_doctor")


def _webhook_health():
    """Return how Stripe's events arrive; one found in Stripe's list counts as arrived too."""
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
    """Return the first lines of a list, each with links to its order and Stripe, and how many more exist."""
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


def _latest_examination():
    """Return the latest examination, each of its differences with links, or None."""
    examination = latest.find()
    if examination is None:
        return None
    differences = list(examination.differences.all())
    orders = Order.objects.in_bulk([each.order_id for each in differences if each.order_id])
    lines = []
    for difference in differences:
        order = orders.get(difference.order_id)
        livemode = order.livemode if order else settings.STRIPE_LIVE_MODE
        lines.append(
            {
                "difference": difference,
                "order": order_link(order) if order else difference.order_id or "none",
                "stripe": stripe_link(difference.charge_id, livemode=livemode),
                "can_repair": order is not None and reconciliation.can_repair(difference.kind),
            }
        )
    return {
        "at": examination.at,
        "orders": examination.orders,
        "other_mode": examination.other_mode,
        "left_out": examination.left_out,
        "lines": lines,
    }
