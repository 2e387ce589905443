"""Whoever changes what somebody may read is named in the admin's history, whichever way they did it."""

from uuid import uuid4

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import TestCase
from django.urls import reverse

from books import access
from books.models import Bundle, Grant
from books.tests.builders import make_book, make_reader, make_staff

SPECIAL_STATUS = {"content_type__app_label": "books", "codename": "special_status"}
GAVE, REMOVED = (f"{done} the permission to read all books." for done in ("Gave", "Removed"))


class HistoryTestCase(TestCase):
    def setUp(self):
        self.grace = make_staff()
        self.client.force_login(self.grace)
        self.ada = make_reader("ada")
        self.book = make_book()
        self.all_books = Bundle.objects.get(everything=True)

    def history(self, of):
        """Return who did what, oldest first."""
        entries = LogEntry.objects.filter(object_id=str(of.pk), content_type__model=of._meta.model_name)
        return [(entry.user, entry.get_change_message()) for entry in entries.order_by("pk")]


class AccountPageTests(HistoryTestCase):
    def save(self, *permissions, **fields):
        """Save the account's page with these permissions ticked."""
        data = {"email": self.ada.email, "is_active": "on", "user_permissions": [p.pk for p in permissions]}
        self.client.post(reverse("admin:users_customuser_change", args=[self.ada.pk]), data | fields)

    def changes(self):
        return [entry for entry in self.history(self.ada) if entry[1] in {GAVE, REMOVED}]

    def test_the_permission_given_and_removed_by_hand_names_who_did_it(self):
        permission = Permission.objects.get(**SPECIAL_STATUS)

        self.save(permission)
        self.assertEqual(self.changes(), [(self.grace, GAVE)])

        self.save()
        self.assertEqual(self.changes(), [(self.grace, GAVE), (self.grace, REMOVED)])

    def test_other_changes_of_an_account_say_nothing_about_all_books(self):
        other = Permission.objects.get(codename="view_order")
        self.save(other, username="Ada")

        self.assertEqual(list(self.ada.user_permissions.all()), [other])
        self.assertEqual(self.changes(), [])


class GrantTests(HistoryTestCase):
    def act(self, action):
        data = {"action": action, "_selected_action": list(Grant.objects.values_list("pk", flat=True))}
        self.client.post(reverse("admin:books_grant_changelist"), data)

    def test_a_grant_says_who_gave_it_and_its_history_who_suspended_and_restored_it(self):
        given = access.give(self.ada, self.book, by=self.grace, note="A gift.")
        self.assertEqual((given.granted_by, self.history(given)), (self.grace, []))

        self.act("suspend")
        self.act("restore")

        self.assertEqual(self.history(given), [(self.grace, "Suspended."), (self.grace, "Restored.")])

    def test_nothing_is_recorded_when_nothing_changes(self):
        given = access.give(self.ada, self.book, by=self.grace, note="A gift.")

        access.restore([given], by=self.grace)
        access.suspend([given], by=self.grace)
        access.suspend([given], by=self.grace)

        self.assertEqual(self.history(given), [(self.grace, "Suspended.")])

    def test_all_books_given_on_the_page_of_grants_names_who_gave_the_permission(self):
        data = {"user": self.ada.pk, "note": "A friend.", "bundle": self.all_books.pk}
        self.client.post(reverse("admin:books_grant_add"), data)

        self.assertEqual(self.history(self.ada), [(self.grace, GAVE)])

        self.act("suspend")
        self.assertEqual(self.history(self.ada), [(self.grace, GAVE), (self.grace, REMOVED)])

    def test_what_staff_did_to_an_order_names_them_and_what_a_buyer_did_names_nobody(self):
        order_id = uuid4()
        access.grant(self.ada, self.all_books, order_id=order_id)
        grant = Grant.objects.get(book=None)
        self.assertEqual((self.history(grant), self.history(self.ada)), ([], []))

        access.revoke(self.ada, self.all_books, order_id=order_id, reason=access.REFUNDED, by=self.grace)
        self.assertEqual(self.history(grant), [(self.grace, "Refunded.")])
        self.assertEqual(self.history(self.ada), [(self.grace, REMOVED)])

        access.grant(self.ada, self.all_books, order_id=order_id, by=self.grace)
        self.assertEqual(self.history(grant)[1:], [(self.grace, "Unlocked.")])
        self.assertEqual(self.history(self.ada)[1:], [(self.grace, GAVE)])
