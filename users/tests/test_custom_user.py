from django.contrib.auth import get_user_model
from django.db import IntegrityError
from django.test import TestCase


class CustomUserTests(TestCase):
    def test_email_is_unique_regardless_of_case_in_the_database(self):
        user_model = get_user_model()
        user_model.objects.create_user("ada@example.com", "testpass123")

        with self.assertRaises(IntegrityError):
            user_model.objects.bulk_create([user_model(email="ADA@example.com")])
