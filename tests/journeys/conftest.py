"""The visitors, the book that is for sale, and how to log a visitor in."""

import pytest
from django.conf import settings
from django.test import Client

from books.tests.builders import make_book
from users.tests.builders import make_reader


@pytest.fixture
def ferry(site):
    """A book of three chapters, the first of them a sample."""
    return make_book("The Ferry at Low Water", chapters=3)


@pytest.fixture
def ada(site):
    """Ada, who has an account and owns nothing."""
    return make_reader("ada@example.com")


@pytest.fixture
def log_in(site):
    """Log a reader in by cookie, for journeys that are not about logging in."""

    def log_in(page, reader):
        client = Client()
        client.force_login(reader)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        # Only a secure address may set this cookie; Chromium sends it to localhost without TLS too.
        secure_site = site.replace("http://", "https://")
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session, "url": secure_site}
        page.context.add_cookies([cookie])

    return log_in
