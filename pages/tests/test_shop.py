"""`settings.SHOP`: the same as in the database within three seconds, and at once in pages that are shared."""

from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import TestCase, TransactionTestCase
from django.urls import reverse

from books.models import current_revision
from pages import shop
from pages.models import Page, PageVersion, ShopSettings
from pages.shop import Shop

ABOUT = reverse("about")


class StoredSettingsTests(TransactionTestCase):
    serialized_rollback = True

    @pytest.fixture(autouse=True)
    def _as_stored(self, shop_as_stored):
        pass

    def test_a_shop_in_which_nothing_has_been_chosen_has_a_name_and_a_currency(self):
        self.assertEqual((settings.SHOP.name, settings.SHOP.currency), ("Bookstore", "usd"))
        self.assertContains(self.client.get(ABOUT), "<title>About · Bookstore</title>")

    def test_a_page_that_is_shared_shows_a_change_at_the_next_request(self):
        self.client.get(ABOUT)

        ShopSettings.objects.create(name="Salt & Paper")

        self.assertContains(self.client.get(ABOUT), "<title>About · Salt &amp; Paper</title>")

    def test_so_it_does_in_another_process_that_has_just_read_the_settings(self):
        here, elsewhere = Shop(), Shop()
        self.assertEqual(elsewhere.name, "Bookstore")

        with self.settings(SHOP=here):
            ShopSettings.objects.create(name="Salt & Paper")
        elsewhere.follow(current_revision())

        self.assertEqual(elsewhere.name, "Salt & Paper")

    def test_any_other_page_shows_it_after_three_seconds_and_asks_no_sooner(self):
        with patch.object(shop, "monotonic", return_value=100.0) as clock:
            with self.assertNumQueries(3):
                self.assertEqual(settings.SHOP.name, "Bookstore")
            ShopSettings.objects.create(name="Salt & Paper")

            clock.return_value = 103.0
            with self.assertNumQueries(0):
                self.assertEqual(settings.SHOP.name, "Bookstore")
            clock.return_value = 103.1
            with self.assertNumQueries(3):
                self.assertEqual(settings.SHOP.name, "Salt & Paper")

    def test_what_is_rolled_back_is_kept_by_nobody(self):
        self.assertEqual(settings.SHOP.name, "Bookstore")

        with transaction.atomic(), patch.object(shop, "SECONDS", 0):
            ShopSettings.objects.create(name="Salt & Paper")
            settings.SHOP.follow(current_revision())
            seen = settings.SHOP.name
            transaction.set_rollback(True)
        settings.SHOP.follow(current_revision())

        self.assertEqual((seen, settings.SHOP.name), ("Salt & Paper", "Bookstore"))

    def test_a_process_that_only_asks_within_transactions_sees_changes_too(self):
        with patch.object(shop, "monotonic", return_value=100.0) as clock:
            self.assertEqual(settings.SHOP.name, "Bookstore")
            ShopSettings.objects.create(name="Salt & Paper")
            clock.return_value = 200.0

            with transaction.atomic():
                self.assertEqual(settings.SHOP.name, "Salt & Paper")

    def test_another_name_is_another_fingerprint(self):
        before = settings.SHOP.fingerprint

        self.assertEqual(ShopSettings().fingerprint, before)
        self.assertNotEqual(ShopSettings(name="Salt & Paper").fingerprint, before)


class OneRowTests(TestCase):
    def test_a_second_row_is_refused_by_the_database(self):
        ShopSettings.objects.create()

        with self.assertRaises(IntegrityError), transaction.atomic():
            ShopSettings.objects.create(key=2)
        with self.assertRaises(IntegrityError), transaction.atomic():
            ShopSettings.objects.create()


class RevisionTests(TestCase):
    # The tables of this app that pages for visitors are made from.
    SHOWN = [ShopSettings, Page, PageVersion]

    def test_every_change_is_a_new_revision_of_the_catalogue(self):
        row, page = ShopSettings.objects.create(), Page.objects.create(title="Imprint", slug="imprint")
        for change in (row.save, row.delete, page.save, lambda: page.save_draft("Salt Ltd."), page.delete):
            before = current_revision()

            change()

            self.assertNotEqual(current_revision(), before)

    def test_no_migration_has_lost_a_trigger(self):
        tables = {model._meta.db_table for model in self.SHOWN}
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE 'pages_%_revised'")
                expected = {
                    f"{table}_{event}_revised"
                    for table in tables
                    for event in ("added", "changed", "removed")
                }
            else:
                cursor.execute(
                    "SELECT tgrelid::regclass::text FROM pg_trigger"
                    " WHERE tgname = 'catalogue_revised' AND tgrelid::regclass::text LIKE 'pages_%'"
                )
                expected = tables

            self.assertEqual({name for (name,) in cursor.fetchall()}, expected)
