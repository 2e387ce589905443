"""A reader's own orders."""

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.shortcuts import render
from django.views.decorators.http import require_safe

from books import access
from books.models import unopened_among
from orders import cart, preorders, pricing
from orders.models import AttemptOutcome, OrderStatus
from orders.payments.attempts import refresh_from_stripe
from orders.payments.order_state import withheld_lines

from .giving.on_order import shown_of
from .history import find_page
from .own_order import own_order
from .stripe_pages import needs_session, render_with_stripe

# How many seconds the page of an order in doubt waits before it asks Stripe again; a bank may take days.
ASK_AGAIN, ASK_BANK_AGAIN = 3, 600


@require_safe
def order_list(request):
    """List the reader's own orders, newest first."""
    page = find_page(request.user.orders.prefetch_related("lines"), request.GET)
    # Only these may be in doubt.
    prefetch_related_objects([order for order in page.orders if order.paid_at is None], "attempts")
    return render(request, "orders/order_list.html", {"page": page})


@require_safe
def order_detail(request, pk):
    """Show one of the reader's own orders; ask Stripe first if it may have been paid."""
    order = own_order(request.user, pk)
    if order.is_being_paid:
        refresh_from_stripe(order)
        order = own_order(request.user, pk)
    if order.status == OrderStatus.PAID:
        cart.empty_of(request, order)
    lines = order.lines.all()
    kept = [line for line in lines if line.is_open]
    unopened = unopened_among([line.product for line in kept])
    context = (
        _payment_of(order)
        | shown_of(order)
        | {
            "order": order,
            "is_owned": _owns_all(request.user, [line.product for line in kept or lines]),
            "refunded_lines": [line for line in lines if not line.is_open] if kept else [],
            "references": [line.item for line in lines if line.item != order.item],
            "read_address": order.reading_address,
            "unopened": unopened,
            "is_readable": not unopened or not all(preorders.opens_as_a_whole(line.product) for line in kept),
            "to_take_back": preorders.amounts_to_take_back(order) if unopened else {},
            "offer": _offer_again(order),
            "buy_address": pricing.address_of(order.item, order.nonce),
            "checkout": settings.STRIPE_CHECKOUT,
        }
    )
    return render_with_stripe(request, "orders/charge.html", context)


def _owns_all(reader, products):
    return len(access.owned_among(reader, products)) == len(products)


def _payment_of(order):
    """Return what the page says of an order's payment and of money that went back."""
    last_attempt = order.last_attempt
    outcome = last_attempt.outcome if last_attempt is not None else ""
    made = order.refunds.all()
    refunds = [each for each in made if each.stripe_charge_id == order.stripe_charge_id]
    # Disputes are shown only while they decide what the order is.
    disputes = order.disputes.all() if order.status == OrderStatus.DISPUTED else []
    withheld = {dispute.status for dispute in disputes if dispute.withholds}
    return {
        "last_attempt": last_attempt,
        "session_offered": outcome == AttemptOutcome.OPEN or needs_session(last_attempt),
        "ask_again_seconds": ASK_BANK_AGAIN if outcome == AttemptOutcome.PROCESSING else ASK_AGAIN,
        "refunds": refunds,
        # Refunds of other payments than the one that paid the order: the reader was charged twice.
        "second_payments": [each for each in made if each not in refunds],
        "dispute_is_lost": withheld == {"lost"},
        "is_withheld": bool(withheld_lines(order)),
    }


def _offer_again(order):
    """Return the offer at which an unpaid order can be paid now, or None."""
    if order.status != OrderStatus.PENDING or order.in_doubt:
        return None
    try:
        return pricing.offer_order_again(order)
    except pricing.NotForSale:
        return None
