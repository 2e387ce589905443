"""Whatever a guest has, in any table, is an account's after it was claimed."""

from django.apps import apps
from django.db.models import ForeignKey, OneToOneField
from django.test import TransactionTestCase
from django.utils import timezone

from books.models import Announcement, Download, Mark, Position, Preferences, ReviewReport, Told, Wish
from books.tests.builders import make_book, make_review
from orders.claiming import claim
from orders.giving.redeeming import redeem
from orders.models import CartItem, OrderStatus
from orders.tests.builders import make_order
from orders.tests.giving.cases import make_copies, token_of
from users.models import CustomUser, NewsletterConsent
from users.tests.builders import log_in_as, make_guest, make_reader

# What stays with the guest, or that no guest can have.
STAYS = {
    "EmailAddress.user",  # guests have none
    "LogEntry.user",  # written by staff
    "UserSession.user",  # they are over
    "CustomUser.moved_to",
    "Grant.granted_by",  # staff
    "Refund.requested_by",  # staff
    "StripeCustomer.user",  # made only for who has an address
    "Intake.uploaded_by",  # staff
    "Intake.accepted_by",  # staff
    "PageVersion.published_by",  # staff
    "CustomUser_groups.customuser",  # of staff
}


def links_to_people():
    """Return each column that names a reader, as "Model.column", with its model."""
    return {
        f"{model.__name__}.{field.name}": (model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | OneToOneField) and field.related_model is CustomUser
    }


class NothingLeftWithAGuestTests(TransactionTestCase):
    serialized_rollback = True

    def test_every_row_of_a_guest_is_the_account_s_afterwards(self):
        guest, account = make_guest(), make_reader("ada@example.com")
        log_in_as(guest)
        given = make_copies(make_reader("carol@example.com"), make_book("The Pier"))
        redeem(token_of(given), guest)
        book = make_book("The Ferry")
        make_order(guest, product=book, status=OrderStatus.PAID, email="ada@example.com")
        make_order(guest, status=OrderStatus.PAID, email="ada@example.com")
        Position.objects.create(user=guest, book=book, chapter=1, fraction=0.5, progress=0.5)
        Mark.objects.create(user=guest, book=book, chapter=1, fraction=0.5)
        Preferences.objects.create(user=guest)
        make_review(book, guest)
        ReviewReport.objects.create(review=make_review(book, make_reader("bob@example.com")), reporter=guest)
        Download.objects.create(user=guest, book=book, format="epub")
        Wish.objects.create(reader=guest, item=make_book("Night Bus").reference)
        CartItem.objects.create(reader=guest, item=make_book("The Tram").reference)
        opened = Announcement.objects.create(book=book, kind="opened", opens_at=timezone.now())
        Told.objects.create(announcement=opened, reader=guest)
        consent = {"page": "/newsletter/ferry/", "sentence": "Yes.", "version": 1, "asked_at": timezone.now()}
        NewsletterConsent.objects.create(email="ada@example.com", reader=guest, **consent)
        moved = {name: each for name, each in links_to_people().items() if name not in STAYS}
        before = {
            name: model.objects.filter(**{column: guest}).count() for name, (model, column) in moved.items()
        }
        self.assertEqual([name for name, rows in before.items() if not rows], [])

        claim(guest, account)

        for name, (model, column) in moved.items():
            with self.subTest(name):
                self.assertEqual(model.objects.filter(**{column: guest}).count(), 0)
                self.assertEqual(model.objects.filter(**{column: account}).count(), before[name])
