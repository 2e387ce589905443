"""What somebody may do: by themselves, through a group, or because they run the shop."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from users.authentication.backends import EmailBackend

SPECIAL_STATUS = "books.special_status"
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN"}


class PermissionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.permission = Permission.objects.get_by_natural_key("special_status", "books", "book")
        cls.group = Group.objects.create(name="Reviewers")
        cls.group.permissions.add(cls.permission)

    def make(self, **fields):
        return get_user_model().objects.create_user("ada@example.com", "testpass123", **fields)

    def test_a_personal_permission_counts(self):
        ada = self.make()
        ada.user_permissions.add(self.permission)

        self.assertIs(ada.has_perm(SPECIAL_STATUS), True)

    def test_a_groups_permission_counts(self):
        ada = self.make()
        ada.groups.add(self.group)

        self.assertIs(ada.has_perm(SPECIAL_STATUS), True)

    def test_without_either_there_is_none(self):
        self.assertIs(self.make().has_perm(SPECIAL_STATUS), False)

    def test_somebody_inactive_may_nothing(self):
        ada = self.make(is_active=False)
        ada.user_permissions.add(self.permission)

        self.assertIs(ada.has_perm(SPECIAL_STATUS), False)
        self.assertEqual(EmailBackend().get_all_permissions(ada), set())

    def test_a_superuser_holds_all_and_a_visitor_none(self):
        grace = get_user_model().objects.create_superuser("grace@example.com", "testpass123")

        self.assertEqual(len(EmailBackend().get_all_permissions(grace)), Permission.objects.count())
        self.assertEqual(EmailBackend().get_all_permissions(AnonymousUser()), set())

    def test_nobody_has_a_permission_on_one_object(self):
        ada = self.make()
        ada.user_permissions.add(self.permission)

        self.assertIs(ada.has_perm(SPECIAL_STATUS, ada), False)

    def test_asking_costs_one_query_however_often(self):
        ada = self.make()

        with self.assertNumQueries(1):
            ada.has_perm(SPECIAL_STATUS)
            ada.has_perm("orders.refund_order")

    def test_the_database_looks_for_the_person_not_through_all_who_hold_a_permission(self):
        ada = self.make()
        with CaptureQueriesContext(connection) as queries:
            ada.has_perm(SPECIAL_STATUS)
        [query] = queries

        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"{EXPLAIN[connection.vendor]} {query['sql']}")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())

        self.assertRegex(plan, r"user_permissions\b.{,100}\(customuser_id ?=")
