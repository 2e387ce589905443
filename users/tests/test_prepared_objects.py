"""Prepared queries of objects find what the same query finds when Django puts it together each time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError
from django.test import TestCase, TransactionTestCase

from users.models import CustomUser
from users.prepared import Given, PreparedObjects
from users.tests.builders import make_reader

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@PreparedObjects
def readers():
    email = Given("email", models.EmailField())
    same = CustomUser.objects.filter(pk=OuterRef("pk"), email=email)
    joined = CustomUser.objects.filter(date_joined__lt=Given("before", models.DateTimeField()))
    return joined.filter(Exists(same)).annotate(asked_for=email)


@PreparedObjects
def locked():
    return CustomUser.objects.select_for_update().filter(pk=Given("pk", models.IntegerField()))


class PreparedObjectsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.ada, cls.bob = make_reader("ada"), make_reader("bob")
        CustomUser.objects.update(date_joined=NOON)

    def test_each_call_finds_what_its_own_values_ask_for(self):
        later, same = NOON + timedelta(seconds=1), NOON

        self.assertEqual(readers(email=self.ada.email, before=later), [self.ada])
        self.assertEqual(readers(email=self.bob.email, before=later), [self.bob])
        self.assertEqual(readers(email=self.ada.email, before=same), [])

    def test_rows_come_with_what_the_query_adds_to_them(self):
        [found] = readers(email=self.ada.email, before=NOON + timedelta(days=1))

        self.assertEqual(found.asked_for, self.ada.email)

    def test_a_row_that_changed_is_read_again(self):
        self.assertEqual(locked.get(pk=self.ada.pk).username, self.ada.username)

        CustomUser.objects.filter(pk=self.ada.pk).update(username="Countess")

        self.assertEqual(locked.get(pk=self.ada.pk).username, "Countess")

    def test_a_row_that_is_not_there_is_named_by_its_model(self):
        with self.assertRaises(CustomUser.DoesNotExist):
            locked.get(pk=0)

    def test_a_value_that_is_missing_is_an_error(self):
        with self.assertRaises(KeyError):
            readers(email=self.ada.email)

    def test_the_query_is_put_together_once(self):
        readers(email=self.ada.email, before=NOON)

        with mock.patch.object(SQLCompiler, "as_sql", side_effect=AssertionError), self.assertNumQueries(2):
            readers(email=self.bob.email, before=NOON)
            readers(email=self.ada.email, before=NOON)


@pytest.mark.postgresql
class LockTests(TransactionTestCase):
    serialized_rollback = True  # with what migrations brought: All Books

    def test_threads_do_not_get_each_others_rows(self):
        people = [make_reader(name) for name in ("ada", "bob", "grace")] * 20

        def ask(person):
            try:
                with transaction.atomic():
                    return locked.get(pk=person.pk)
            finally:
                connection.close()

        with ThreadPoolExecutor(3) as threads:
            self.assertEqual(list(threads.map(ask, people)), people)

    def test_rows_are_locked_only_within_a_transaction(self):
        ada = make_reader("ada")
        with transaction.atomic():
            locked(pk=ada.pk)

        with self.assertRaises(TransactionManagementError):
            locked(pk=ada.pk)
