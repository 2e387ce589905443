"""Taking back the money for a book that has not opened."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from orders import preorders

from .own_order import own_order


@require_POST
def order_take_back(request, pk):
    """Refund one line of the reader's own order, if it may be taken back; show the order again."""
    order = own_order(request.user, pk)
    line = request.POST.get("line", "")
    if not (line.isascii() and line.isdigit() and len(line) < 20):
        raise BadRequest("The form names no line.")
    try:
        refund = preorders.take_back(order, int(line))
    except preorders.NotTakenBack as reason:
        messages.error(request, str(reason))
    else:
        messages.success(request, f"{refund.price} is on its way back to you.")
    return redirect("order_detail", pk)
