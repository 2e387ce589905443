"""Letters about books that are sold before they open: to everybody who has one, and to staff.

The worker writes them. Each announcement is a row, and so is each reader who has been told; letters are
queued in batches, each in one transaction with its rows, so that a worker that is killed or runs twice
writes to nobody twice and forgets nobody.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Announcement, AnnouncementKind, Book, Told
from books.models.preorders import opened
from books.models.preorders.announcements import FOR_READERS
from orders.models import Order, Seat
from orders.models.buying.claim_links import claim_address
from orders.models.giving.links import seat_url
from users.mail.letters import queue_letters
from users.models import CustomUser

BATCH = 200
# How long before the day staff are warned that there is no file.
WARNED_BEFORE = timedelta(days=7)
SUBJECTS = {
    AnnouncementKind.OPENED: "“{book}” is open: start reading",
    AnnouncementKind.MOVED: "“{book}” opens later than planned",
    AnnouncementKind.FILE_MISSING_SOON: "“{book}” opens soon and has no file",
    AnnouncementKind.FILE_MISSING: "“{book}” should be open and has no file",
}


def announce() -> int:
    """Queue all letters that are due; return how many."""
    _note_what_is_due(timezone.now())
    queued = 0
    for key in list(Announcement.objects.filter(finished_at=None).values_list("pk", flat=True)):
        while (number := _write_some(key)) is not None:
            queued += number
    return queued


def _note_what_is_due(now: datetime) -> None:
    """Write an announcement for each book that has opened, and for each that lacks a file near its day."""
    published = Book.objects.published().filter(opens_at__isnull=False)
    lacking = published.filter(epub="")
    for kind, books in {
        AnnouncementKind.OPENED: published.filter(opened(now)),
        AnnouncementKind.FILE_MISSING: lacking.filter(opens_at__lte=now),
        AnnouncementKind.FILE_MISSING_SOON: lacking.filter(
            opens_at__gt=now, opens_at__lte=now + WARNED_BEFORE
        ),
    }.items():
        told = Announcement.objects.filter(book=OuterRef("pk"), kind=kind, opens_at=OuterRef("opens_at"))
        due = books.filter(~Exists(told)).order_by().values_list("pk", "opens_at")
        Announcement.objects.bulk_create(
            [Announcement(book_id=book, kind=kind, opens_at=at) for book, at in due], ignore_conflicts=True
        )


@transaction.atomic(durable=True)
def _write_some(key: int) -> int | None:
    """Queue a batch of an announcement's letters; return how many, or None if there is nothing to do."""
    rows = Announcement.objects.select_for_update(of=("self",), skip_locked=True).select_related("book")
    announcement = rows.filter(pk=key, finished_at=None).first()
    if announcement is None:
        return None
    readers = [] if _is_outdated(announcement) else list(_readers_left(announcement)[:BATCH])
    if readers:
        Told.objects.bulk_create(Told(announcement=announcement, reader=reader) for reader in readers)
        return _write_to(announcement, readers)
    if announcement.kind not in FOR_READERS and not _is_outdated(announcement):
        _write_to_staff(announcement)
    announcement.finished_at = timezone.now()
    announcement.save(update_fields=["finished_at"])
    return None


def _is_outdated(announcement: Announcement) -> bool:
    """Tell whether the day has moved since, or the file has come that was missing."""
    book = announcement.book
    if book.opens_at != announcement.opens_at:
        return True
    if announcement.kind == AnnouncementKind.OPENED:
        return not book.has_opened
    return bool(book.epub) if announcement.kind not in FOR_READERS else book.has_opened


def _readers_left(announcement: Announcement) -> QuerySet[CustomUser]:
    if announcement.kind not in FOR_READERS:
        return CustomUser.objects.none()
    told = Told.objects.filter(announcement=announcement, reader=OuterRef("pk"))
    return access.holders_of(announcement.book).filter(~Exists(told)).order_by("pk")


def _write_to(announcement: Announcement, readers: list[CustomUser]) -> int:
    subject = SUBJECTS[AnnouncementKind(announcement.kind)].format(book=announcement.book)
    template = f"orders/email/preorder_{announcement.kind}.txt"
    context = {"book": announcement.book, "link": "", "claim_address": ""}
    accounts = [reader.address for reader in readers if reader.address]
    queue_letters(accounts, subject, template, context, priority="low")
    guests = [reader for reader in readers if reader.is_guest]
    orders = _orders_of(guests)
    ordered = {order.user_id for order in orders}
    # By the address, and the way in that the letter names.
    ways_in = [(order.email, {"claim_address": claim_address(order)}) for order in orders]
    ways_in += _gifts_of([guest for guest in guests if guest.pk not in ordered])
    for address, way_in in ways_in:
        queue_letters([address], subject, template, context | way_in, priority="low")
    return len(accounts) + len(ways_in)


def _orders_of(guests: list[CustomUser]) -> list[Order]:
    """Return the newest paid order of each of these guests: its letters go to the address they typed."""
    paid = Order.objects.filter(user__in=guests, paid_at__isnull=False).exclude(email="")
    return list({order.user_id: order for order in paid.order_by("created_at")}.values())


def _gifts_of(guests: list[CustomUser]) -> list[tuple[str, dict[str, str]]]:
    """Return where the gifts were sent that these guests have taken, and the link of each.

    Nobody knows the address of a guest who took a copy by a link that was passed on in another way.
    """
    if not guests:
        return []
    taken = Seat.objects.filter(redeemer__in=guests, line__order__gift__email__gt="").order_by("redeemed_at")
    seats = {seat.redeemer_id: seat for seat in taken.select_related("line__order__gift")}
    return [(seat.line.order.gift.email, {"link": seat_url(seat)}) for seat in seats.values()]


def _write_to_staff(announcement: Announcement) -> None:
    book = announcement.book
    staff = [member.email for member in CustomUser.objects.with_perm("books.change_book")]
    admin = settings.SITE_URL + reverse("admin:books_book_change", args=[book.pk])
    subject = SUBJECTS[AnnouncementKind(announcement.kind)].format(book=book)
    queue_letters(staff, subject, "orders/email/staff_preorder.txt", {"book": book, "admin_url": admin})
