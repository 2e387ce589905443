from django.contrib.auth import get_user_model
from django.db import IntegrityError
from django.test import TestCase


class CustomUserTests(TestCase):
    def test_email_is_unique_regardless_of_case_in_the_database(self):
        user_model = get_user_model()
        user_model.objects.create_user("ada@example.com", "testpass123")

        with self.assertRaises(IntegrityError):
            user_model.objects.bulk_create([user_model(email="ADA@example.com")])

    def test_people_are_found_by_their_address_in_any_case(self):
        ada = get_user_model().objects.create_user("Ada@Example.com", "testpass123")

        self.assertEqual(get_user_model().objects.get_by_natural_key(" ada@EXAMPLE.com"), ada)

    def test_nobody_is_made_without_an_address(self):
        with self.assertRaises(ValueError):
            get_user_model().objects.create_user("", "testpass123")

    def test_the_public_name_is_never_the_address(self):
        ada = get_user_model()(email="ada@example.com")

        self.assertEqual(ada.public_name, "A reader")
        ada.first_name, ada.last_name = "Ada", "Lovelace"
        self.assertEqual(ada.public_name, "Ada Lovelace")
        ada.username = "Countess"
        self.assertEqual(ada.public_name, "Countess")
