"""What pages say of books that only this browser can read."""

from django import template

from users.guests.browser import guest_before

register = template.Library()


@register.simple_tag(takes_context=True)
def buyer_in_this_browser(context):
    """Return the guest of this browser, or of before its reader logged in, if they have something to keep.

    That is what they have paid for or been given; else None. Asks the database only about guests.
    """
    request = context["request"]
    user = request.user
    guest = user if user.is_authenticated and user.is_guest else guest_before(request)
    if guest is None:
        return None
    return guest if guest.orders.exclude(paid_at=None).exists() or guest.seats.exists() else None
