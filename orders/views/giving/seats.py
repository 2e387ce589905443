"""The buyer's list of copies: their links, who has taken which, and cards to print."""

import csv

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders.giving import seats
from orders.models import Gift, Seat
from orders.models.giving.links import class_url, seat_url
from orders.views.own_order import own_order_for_others


@never_cache
@require_safe
def order_seats(request, pk):
    """List the copies of the reader's own order, taken and free."""
    order, line = _own_copies(request, pk)
    found = _seats_of(order)
    context = {
        "order": order,
        "line": line,
        "seats": found,
        "taken": sum(seat.redeemer_id is not None for seat in found),
        "class_url": class_url(line),
        "is_live": seats.is_live(order),
    }
    return render(request, "orders/giving/seats.html", context)


@never_cache
@require_safe
def order_seats_csv(request, pk):
    """Return the links of the copies that nobody has taken, for a spreadsheet."""
    order, _ = _own_copies(request, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="copies-{order.number}.csv"'
    rows = csv.writer(response)
    rows.writerow(["copy", "title", "link"])
    for seat in _links(order):
        rows.writerow([seat.number, _harmless(seat.line.title), seat.url])
    return response


@never_cache
@require_safe
def order_cards(request, pk):
    """Show a card to print for the gift, or for each copy that nobody has taken."""
    order = own_order_for_others(request.user, pk)
    [line] = order.lines.all()
    gift = Gift.objects.filter(order=order).first()
    context = {"order": order, "product": line.product, "seats": _links(order), "gift": gift}
    return render(request, "orders/giving/cards.html", context)


@require_POST
def order_seat_release(request, pk, number):
    """Take one copy back, for somebody else."""
    order, _ = _own_copies(request, pk)
    if seats.release(order, number):
        said = f"Copy {number} is free again and has a new link. "
        said += "If they know the link for everybody, replace it too."
        messages.success(request, said)
    return redirect("order_seats", pk)


@require_POST
def order_class_link(request, pk):
    """Have a new link take the place of the one for everybody."""
    order, _ = _own_copies(request, pk)
    seats.renew_class_link(order)
    messages.success(request, "There’s a new link for everybody. The old one no longer works.")
    return redirect("order_seats", pk)


def _own_copies(request, pk):
    """Return the reader's order of several copies with its line; raises Http404 also for a gift."""
    order = own_order_for_others(request.user, pk)
    [line] = order.lines.all()
    if line.quantity == 1:
        raise Http404("A gift has no list of copies.")
    return order, line


def _links(order):
    """Return the copies that can be taken, each with its address."""
    if not seats.is_live(order):
        return []
    found = list(Seat.objects.free().filter(line__order=order).select_related("line"))
    for seat in found:
        seat.url = seat_url(seat)
    return found


def _seats_of(order):
    refunded = order.refunded_seat_ids()
    found = list(Seat.objects.filter(line__order=order))
    for seat in found:
        seat.is_refunded = seat.pk in refunded
        seat.url = seat_url(seat)
    return found


def _harmless(title):
    """Return a title that no spreadsheet takes for a formula."""
    return f"'{title}" if title[:1] in "=+-@\t\r" else title
