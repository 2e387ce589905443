"""Runs once inside the shop, before its database becomes the template for all tests."""

import json
from decimal import Decimal

from django.test import Client

from books.models import PriceList
from books.tests.builders import make_book
from users.models import CustomUser

STAFF = "grace@example.com"


def add(buyers):
    """Add staff, a few books, also sold in euros, and buyers who are logged in.

    Prints a page that only owners see, the books, and the buyers' e-mails and sessions.
    """
    CustomUser.objects.create_superuser(STAFF, "testpass123")
    titles = ("The Ferry at Low Water", "The Tram", "The Pier")
    books = [make_book(title, chapters=2, sample_chapters=1) for title in titles]
    PriceList.objects.create(currency="eur", rate=Decimal("0.92"))
    emails = [f"buyer{number}@example.com" for number in range(buyers)]
    sessions = [[email, _session_of(email)] for email in emails]
    keys = [str(book.pk) for book in books]
    print(json.dumps({"page": f"/books/{keys[0]}/read/2/", "books": keys, "sessions": sessions}))


def _session_of(email):
    browser = Client()
    browser.force_login(CustomUser.objects.create_user(email))
    return browser.session.session_key
