"""Runs once inside the shop, before its database becomes the template for all tests."""

import json

from django.test import Client

from books.tests.builders import make_book
from users.models import CustomUser

STAFF = "grace@example.com"


def add(buyers):
    """Add staff, a book and buyers who are logged in.

    Prints a page that only owners see, and the buyers' e-mails and sessions.
    """
    CustomUser.objects.create_superuser(STAFF, "testpass123")
    book = make_book(chapters=2, sample_chapters=1)
    emails = [f"buyer{number}@example.com" for number in range(buyers)]
    sessions = [[email, _session_of(email)] for email in emails]
    print(json.dumps({"page": f"/books/{book.pk}/read/2/", "sessions": sessions}))


def _session_of(email):
    browser = Client()
    browser.force_login(CustomUser.objects.create_user(email))
    return browser.session.session_key
