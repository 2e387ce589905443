"""What buyers are told by mail. Queued in the transaction that makes it true, sent by run_worker."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from orders.models import Order


def queue_thanks(order: Order) -> None:
    """Queue the confirmation of a paid order, with its receipt and the way to read."""
    if order.user.is_erased:
        # Paid at last, and nobody there to be told.
        return
    context = {
        "order": order,
        "lines": order.lines.all(),
        "shop_name": settings.SHOP_NAME,
        "site_url": settings.SITE_URL,
    }
    send_mail(
        subject=f"Thank you for your order {order.number}",
        message=render_to_string("orders/email/thanks.txt", context),
        from_email=None,
        recipient_list=[order.user.email],
    )
