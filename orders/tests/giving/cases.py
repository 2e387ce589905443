"""What tests of gifts and copies share."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from books import access
from orders.checkout import Purchase, for_others
from orders.models import Gift, Order, OrderLine, OrderStatus, Seat
from orders.models.giving.links import class_url, seat_url
from orders.models.giving.wishes import GiftWish
from orders.payments import order_state
from users.models import CustomUser

TOM = {"giver": "Ada", "recipient": "Tom", "message": "For the <b>train</b>.", "email": "tom@example.com"}


def make_copies(user, product, copies=1, *, status=OrderStatus.PAID, amount=None, wish=None, nonce=""):
    """Save an order for others with its seats, and its gift if it is one copy; paid as settling would."""
    nonce = nonce or f"made-{Order.objects.count()}"
    order = Order.objects.create(
        user=user,
        item=product.reference,
        amount=product.price * copies if amount is None else amount,
        currency="usd",
        email=user.address,
        nonce=nonce,
    )
    OrderLine.objects.create(
        order=order,
        item=order.item,
        reader=user,
        is_open=True,
        title=product.title,
        amount=order.amount,
        quantity=copies,
        for_others=True,
        **{product.kind: product},
    )
    if copies == 1 and wish is None:
        wish = GiftWish(copies=1, giver="Ada", recipient="Tom", message="For the train.")
    for_others.write_seats(order, wish)
    order = Order.objects.get(pk=order.pk)
    if status != OrderStatus.PENDING:
        order_state.fulfil(order, stripe_charge_id=f"ch_{nonce}")
    if status not in {OrderStatus.PENDING, OrderStatus.PAID}:
        order.move_to(status)
        order_state.update_access(Order.objects.get(pk=order.pk))
    return Order.objects.get(pk=order.pk)


def link_of(order, number=1):
    """Return the path of the link of one copy."""
    seat = Seat.objects.get(line__order=order, number=number)
    return path_of(seat_url(seat))


def class_link_of(order):
    """Return the path of the link for all copies."""
    return path_of(class_url(order.lines.get()))


def path_of(url):
    return "/" + url.split("/", 3)[3]


def token_of(order, number=1):
    return link_of(order, number).split("/")[-2]


def reads(user, book):
    """Tell what a fresh look at the reader's rights says."""
    return access.may_read(CustomUser.objects.get(pk=user.pk), book)


def taken(order):
    """Return the numbers of the copies that somebody has taken."""
    seats = Seat.objects.filter(line__order=order, redeemer__isnull=False)
    return list(seats.order_by("number").values_list("number", flat=True))


def fill_in(browser, book, **typed):
    """Say for whom a book is; return the address of the purchase page."""
    data = {"kind": "gift"} | {"giver": "Ada", "recipient": "Tom"} | typed
    return browser.post(reverse("give", query={"book": book.pk}), data).url


def day(days=0):
    """Return the date in so many days, as a browser sends it."""
    return (timezone.localdate() + timedelta(days=days)).isoformat()


__all__ = [
    "TOM",
    "Gift",
    "Purchase",
    "class_link_of",
    "day",
    "fill_in",
    "link_of",
    "make_copies",
    "path_of",
    "reads",
    "taken",
    "token_of",
]
