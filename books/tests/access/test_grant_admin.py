"""Staff grant books, suspend grants, and are told why somebody may read."""

from uuid import uuid4

from django.contrib.auth.models import Permission
from django.test import TestCase
from django.urls import reverse

from books import access
from books.models import Bundle, Grant
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from users.models import CustomUser


class GrantAdminTests(TestCase):
    def setUp(self):
        self.grace = make_staff()
        self.client.force_login(self.grace)
        self.ada = make_reader("ada")
        self.book = make_book(chapters=3)

    def give(self, **fields):
        data = {"user": self.ada.pk, "note": "For the press."} | fields
        return self.client.post(reverse("admin:books_grant_add"), data)

    def act(self, action):
        data = {"action": action, "_selected_action": list(Grant.objects.values_list("pk", flat=True))}
        return self.client.post(reverse("admin:books_grant_changelist"), data, follow=True)

    def may_read(self):
        return access.may_read(CustomUser.objects.get(pk=self.ada.pk), self.book)

    def explain(self, reader="ada@example.com", book=None):
        query = {"reader": reader, "book": book or self.book.title}
        return self.client.get(reverse("admin:books_grant_explain"), query)

    def test_a_book_given_with_a_note_is_open(self):
        self.give(book=self.book.pk)

        [grant] = Grant.objects.all()
        self.assertEqual((grant.granted_by, grant.note), (self.grace, "For the press."))
        self.assertIs(self.may_read(), True)

    def test_a_bundle_given_opens_its_books(self):
        self.give(bundle=make_bundle("Two Journeys", self.book).pk)

        self.assertIs(self.may_read(), True)

    def test_a_gift_without_a_note_of_both_or_of_nothing_is_refused(self):
        bundle = make_bundle("Two Journeys", self.book)
        for fields in ({"book": self.book.pk, "note": ""}, {}, {"book": self.book.pk, "bundle": bundle.pk}):
            with self.subTest(fields):
                self.assertEqual(self.give(**fields).status_code, 200)
        self.assertEqual(Grant.objects.count(), 0)

    def test_a_suspended_grant_is_closed_until_it_is_restored(self):
        self.give(book=self.book.pk)

        self.assertContains(self.act("suspend"), "1 grant suspended.")
        self.assertIs(self.may_read(), False)

        self.assertContains(self.act("restore"), "1 grant restored.")
        self.assertIs(self.may_read(), True)

    def test_what_a_refund_ended_is_not_restored_by_hand(self):
        order_id = uuid4()
        access.grant(self.ada, self.book, order_id=order_id)
        access.revoke(self.ada, self.book, order_id=order_id, reason=access.REFUNDED)

        self.assertContains(self.act("restore"), "0 grants restored.")

        self.assertIs(self.may_read(), False)

    def test_staff_without_the_right_see_no_actions_and_can_do_nothing(self):
        self.give(book=self.book.pk)
        CustomUser.objects.filter(pk=self.grace.pk).update(is_superuser=False)

        self.assertEqual(self.act("suspend").status_code, 403)
        self.assertEqual(self.explain().status_code, 403)
        self.assertIs(self.may_read(), True)

    def test_it_is_explained_why_somebody_may_read(self):
        self.give(book=self.book.pk)

        page = self.explain()

        self.assertContains(page, "can read")
        self.assertContains(page, "For the press.")
        self.assertContains(page, self.grace.email)

    def test_it_is_explained_why_somebody_may_not(self):
        order_id = uuid4()
        access.grant(self.ada, self.book, order_id=order_id)
        access.revoke(self.ada, self.book, order_id=order_id, reason=access.REFUNDED)

        page = self.explain(book=str(self.book.pk))

        self.assertContains(page, "cannot read")
        self.assertContains(page, f"Order {order_id.hex[:8].upper()}")
        self.assertContains(page, "refunded")
        self.assertContains(page, "Its first chapter is the sample")

    def test_a_permission_that_staff_gave_or_took_is_explained(self):
        access.give_permission(self.ada, by=None)
        self.assertContains(self.explain(), "was given by hand in the admin")

        self.ada.user_permissions.clear()
        access.grant(self.ada, Bundle.objects.get(everything=True), order_id=uuid4())
        self.assertContains(self.explain(), "came with the grant of All Books")

        self.ada.user_permissions.clear()
        page = self.explain()
        self.assertContains(page, "cannot read")
        self.assertContains(page, "it is not given back")

    def test_whoever_is_not_found_is_said_to_be_not_found(self):
        self.assertContains(self.explain(reader="nobody@example.com"), "There is no account")
        self.assertContains(self.explain(book="Nothing"), "No book with exactly that title or id.")

    def test_one_grant_costs_as_many_queries_as_25(self):
        access.give(self.ada, self.book, by=self.grace, note="One")
        address = reverse("admin:books_grant_changelist")
        with self.assertNumQueries(4):
            self.client.get(address)
        for number in range(24):
            reader = make_reader(f"reader{number}")
            access.give(reader, make_book(f"Book {number}"), by=self.grace, note="Many")
        with self.assertNumQueries(4):
            self.client.get(address)


class HelperTests(TestCase):
    """Helga gives books and suspends what is open; she is no superuser."""

    def setUp(self):
        self.helga = make_reader("helga")
        self.helga.is_staff = True
        self.helga.save()
        rights = Permission.objects.filter(codename__in=["add_grant", "change_grant", "view_grant"])
        self.helga.user_permissions.set(rights)
        self.client.force_login(self.helga)
        self.book = make_book()
        self.ada = make_reader("ada")
        self.grace = make_staff()

    def give(self, reader):
        data = {"user": reader.pk, "note": "For the press.", "book": self.book.pk}
        return self.client.post(reverse("admin:books_grant_add"), data)

    def act(self, action):
        data = {"action": action, "_selected_action": list(Grant.objects.values_list("pk", flat=True))}
        return self.client.post(reverse("admin:books_grant_changelist"), data, follow=True)

    def live(self):
        return {grant.user for grant in Grant.objects.filter(ended_at=None)}

    def test_a_helper_gives_to_readers_and_neither_to_themselves_nor_to_those_above(self):
        for reader in (self.ada, self.helga, self.grace):
            self.give(reader)

        self.assertEqual(self.live(), {self.ada})

    def test_a_superuser_gives_to_everybody(self):
        self.client.force_login(self.grace)

        for reader in (self.ada, self.helga, self.grace):
            self.give(reader)

        self.assertEqual(self.live(), {self.ada, self.helga, self.grace})

    def test_a_helper_suspends_and_restores_what_readers_have_and_nobody_above(self):
        for reader in (self.ada, self.helga, self.grace):
            access.give(reader, self.book, by=self.grace, note="For the press.")

        answer = self.act("suspend")

        self.assertContains(answer, "1 grant suspended.")
        self.assertContains(answer, "2 grants were left alone: only superusers may change them.")
        self.assertEqual(self.live(), {self.helga, self.grace})

        access.suspend(Grant.objects.all(), by=None)
        self.act("restore")
        self.assertEqual(self.live(), {self.ada})
