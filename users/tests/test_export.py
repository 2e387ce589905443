import json

from django.test import Client
from django.urls import reverse

from users.personal_data.export import export
from users.tests.builders import AccountTestCase, make_reader


class ExportTests(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.ada = make_reader(username="Ada 雨", first_name="Ada", last_name="Lovelace")
        make_reader("bob@example.com", username="Bob")
        self.client.force_login(self.ada)

    def test_it_holds_the_account_and_its_addresses_and_nobody_else_s(self):
        response = self.client.get(reverse("account_export"))

        data = json.loads(response.content)
        for moment in ("date_joined", "last_login"):
            self.assertIsNotNone(data["account"].pop(moment))
        self.assertEqual(
            data["account"],
            {
                "email": "ada@example.com",
                "username": "Ada 雨",
                "first_name": "Ada",
                "last_name": "Lovelace",
            },
        )
        self.assertEqual(
            data["email addresses"], [{"email": "ada@example.com", "verified": True, "primary": True}]
        )
        self.assertNotIn("bob", response.text.lower())

    def test_it_is_a_file_that_no_cache_keeps(self):
        headers = self.client.get(reverse("account_export")).headers

        self.assertEqual(headers["Content-Type"], "application/json; charset=utf-8")
        self.assertEqual(headers["Content-Disposition"], 'attachment; filename="my-account.json"')
        self.assertEqual(headers["Cache-Control"], "private, no-store")

    def test_it_takes_in_what_names_its_fields_and_no_session_or_password(self):
        self.log_in()

        self.assertEqual(
            set(export(self.ada)),
            {
                "account",
                "cart items",
                "customers at Stripe",
                "downloads",
                "email addresses",
                "grants",
                "marks",
                "newsletter consents",
                "wishes",
                "orders",
                "positions",
                "reading preferences",
                "review reports",
                "reviews",
                "seats",
            },
        )
        text = self.client.get(reverse("account_export")).text
        self.assertNotIn(self.ada.password, text)
        self.assertNotIn(self.client.session.session_key, text)

    def test_a_visitor_gets_none(self):
        response = Client().get(reverse("account_export"))

        self.assertEqual(response.status_code, 302)

    def test_a_post_is_refused(self):
        self.assertEqual(self.client.post(reverse("account_export")).status_code, 405)
