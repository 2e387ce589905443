"""After an account is erased, its address is in no column of any table."""

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.cache import cache
from django.core.mail import send_mail
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from post_office.models import Email

from books.models import Grant, Review
from books.tests.builders import make_book, make_reader, make_review, make_staff
from orders.models import OrderStatus
from orders.tests.builders import make_order
from users.personal_data.erasure import erase

ADDRESS = "ada@example.com"
# What others are called who have nothing to do with her.
OTHERS = ["not-ada@example.com", "ada@example.com.au", "ada@example.community", "x.ada@example.com"]


def holding(text):
    """Return each column that holds the text in any case, as model, row and column."""
    return [
        (model.__name__, row.pk, field.name)
        for model in apps.get_models()
        for row in model._base_manager.all()
        for field in model._meta.concrete_fields
        if text.lower() in str(getattr(row, field.attname)).lower()
    ]


@override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
class NothingLeftTests(TestCase):
    def setUp(self):
        cache.clear()
        self.grace, self.ada = make_staff(), make_reader("ada")
        EmailAddress.objects.create(user=self.ada, email=self.ada.email, verified=True, primary=True)
        self.book = make_book("The Ferry")
        self.staff = Client()
        self.staff.force_login(self.grace)

    def live_through_everything(self):
        """Have Ada buy, read, write, report and log in, and Grace give, suspend, restore and hide."""
        make_order(self.ada, status=OrderStatus.PAID)
        given = {"user": self.ada.pk, "book": self.book.pk, "note": "A thank-you."}
        self.staff.post(reverse("admin:books_grant_add"), given)
        grant = Grant.objects.get(granted_by=self.grace)
        for action in ("suspend", "restore", "suspend"):
            sent = {"action": action, "_selected_action": [grant.pk]}
            self.staff.post(reverse("admin:books_grant_changelist"), sent)
        browser = Client()
        browser.post(reverse("account_login"), {"login": ADDRESS, "password": "testpass123"})
        browser.post(f"/books/{self.book.pk}/review/", {"rating": 5, "text": "Wet."})
        others = make_review(self.book, self.grace)
        browser.post(f"/books/{self.book.pk}/reviews/{others.pk}/report/", {"reason": "Rude."})
        Review.objects.get(author=self.ada).hide("Off the subject.")
        send_mail("Your order", f"Dear {ADDRESS}", None, [ADDRESS])

    def test_the_address_is_in_no_column_afterwards(self):
        self.live_through_everything()
        made = LogEntry.objects.filter(object_repr__endswith=f"to {ADDRESS}")
        self.assertEqual(made.count(), 4)
        self.assertGreater(len(holding(ADDRESS)), 6)

        erase(self.ada)

        self.assertEqual(holding(ADDRESS), [])
        self.assertRegex(LogEntry.objects.first().object_repr, r"^The Ferry to erased-\S+@erased\.invalid$")

    def test_nor_in_a_message_in_capitals_or_about_something_that_is_gone(self):
        for said in (f"Changed for {ADDRESS}.", f'[{{"changed": {{"name": "<{ADDRESS.upper()}>"}}}}]'):
            LogEntry.objects.create(
                user=self.grace, object_id="999", object_repr=f"{'x' * 180} ADA@Example.com"[:200],
                action_flag=CHANGE, change_message=said,
            )  # fmt: skip

        erase(self.ada)

        self.assertEqual(holding(ADDRESS), [])
        self.assertEqual({len(entry.object_repr) <= 200 for entry in LogEntry.objects.all()}, {True})

    def test_nor_is_an_address_that_the_history_knows_from_before(self):
        for thing in (Grant.objects.create(user=self.ada, book=self.book), self.ada):
            LogEntry.objects.log_actions(self.grace.pk, [thing], CHANGE, "Seen.", single_object=True)
        EmailAddress.objects.filter(user=self.ada).update(email="ada.new@example.com")
        self.ada.email = "ada.new@example.com"
        self.ada.save()

        erase(self.ada)

        self.assertEqual((holding(ADDRESS), holding("ada.new@example.com")), ([], []))

    def test_what_is_said_of_others_stays_as_it_is(self):
        for other in OTHERS:
            LogEntry.objects.create(
                user=self.grace, object_repr=f"The Ferry to {other}", action_flag=CHANGE, change_message=other
            )
        before = list(LogEntry.objects.order_by("pk").values())
        send_mail("Hello", "Dear Bob", None, ["bob@example.com"])

        erase(self.ada)

        self.assertEqual(list(LogEntry.objects.order_by("pk").values()), before)
        self.assertEqual(Email.objects.count(), 1)
