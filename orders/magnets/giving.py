"""From an address and a tick to a confirmed consent and a book."""

from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from books import access
from books.models import Book
from books.money import base_currency
from orders import claiming, pricing
from orders.checkout.new_orders import write_order
from orders.checkout.purchases import Purchase
from orders.checkout.under_way import find_under_way
from orders.models import Magnet, Order, OrderStatus
from orders.payments.order_state import fulfil
from users.guests.browser import admit
from users.models import CustomUser, NewsletterConsent
from users.newsletter import consents


class Given(NamedTuple):
    """What became of a confirmation: the order with the book, None for a reader who had it before."""

    book: Book
    order: Order | None
    reader: CustomUser


class NotGiven(Exception):
    """The consent is not confirmed, and no book was given. `str()` is a sentence for the reader."""


def page_of(magnet: Magnet) -> str:
    """Return the whole address of a magnet's page, as it is stored with each consent."""
    return f"{settings.SITE_URL}{magnet.get_absolute_url()}"


def ask(magnet: Magnet, email: str) -> None:
    """Have this address asked whether it consents; see users.newsletter.consents.ask.

    Whoever has consented here before gets a letter that leads to what they have.
    """
    if order := _given_before(magnet, email):
        claiming.send_claim_link(order)
        return
    consents.ask(
        email,
        page=page_of(magnet),
        sentence=magnet.sentence,
        version=magnet.version,
        promise=f"“{magnet.book}” for our newsletter",
        confirm_at="newsletter_confirm",
    )


def _given_before(magnet: Magnet, email: str) -> Order | None:
    live = NewsletterConsent.objects.filter(email=email, confirmed_at__isnull=False, ended_at=None)
    readers = live.filter(page=page_of(magnet)).values("reader")
    paid = Order.objects.filter(user__in=readers, status=OrderStatus.PAID, lines__book=magnet.book)
    return paid.select_related("user").first()


def magnet_of(consent: NewsletterConsent) -> Magnet | None:
    """Return the page on which a consent was asked for, if it is still offered."""
    slug = consent.page.rstrip("/").rpartition("/")[2]
    return Magnet.objects.select_related("book").filter(slug=slug, is_open=True).first()


@transaction.atomic(durable=True)
def confirm_and_give(consent: NewsletterConsent, user: CustomUser) -> Given:
    """Confirm a consent and give its book to this reader, both or neither.

    A `user` who is not saved becomes a guest with it (users.guests.browser.admit). The book comes as a paid
    order of amount 0, whose letter goes to the address that consented. Raises NotGiven.
    """
    magnet = magnet_of(consent)
    if magnet is None:
        raise NotGiven("We don’t give this book away any more, and we won’t write to you.")
    # As in every purchase, so that two of one reader never meet.
    readers = CustomUser.objects.select_for_update(no_key=True)
    reader = readers.get(pk=user.pk or admit(user).pk)
    try:
        confirmed = consents.confirm(consent.pk, reader)
    except consents.NotConfirmed as error:
        raise NotGiven("You’ve used this link before. Your book is in the letter that came then.") from error
    return Given(magnet.book, _order_for(reader, magnet.book, confirmed.email), reader)


def _order_for(reader: CustomUser, book: Book, email: str) -> Order | None:
    """Write the order that gives a reader the book; None if they have it, or have bought it."""
    if access.has_book(reader, book):
        return None
    offer = pricing.Offer(book, 0, base_currency())
    under_way = find_under_way(reader, offer)
    for order in filter(None, [under_way.order, *under_way.rivals]):
        if order.status != OrderStatus.PENDING:
            return None
        if order.is_being_paid:
            raise NotGiven("You’re paying for this book right now. Finish that, or try again in an hour.")
        order.move_to(OrderStatus.EXPIRED)
    order = write_order(reader, offer, Purchase(email=email))
    order.lines.update(chosen=True)
    fulfil(order)
    return order
