"""People and small moves that the tests of accounts share."""

import re

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.test import Client, TestCase
from django.urls import reverse

from users.guests.browser import BACKEND, admit

PASSWORD = "a long walk by the sea"
WRONG = "a short walk in the wood"


def make_reader(email="ada@example.com", *, verified=True, password=PASSWORD, **fields):
    user = get_user_model().objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def make_guest(name="a"):
    """Save the guest of a browser of this name."""
    return admit(get_user_model()(email=f"guest-{name}@guest.invalid", is_guest=True))


def log_in_as(guest):
    """Return a browser that is bound to this guest."""
    browser = Client()
    browser.force_login(guest, backend=BACKEND)
    return browser


def code_in(text):
    return re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", text, re.MULTILINE).group()


def link_in(text, part):
    return re.search(rf"\S+{part}\S+", text).group().removeprefix("http://testserver")


class AccountTestCase(TestCase):
    """A test with empty counters: the limits live in the cache."""

    def setUp(self):
        cache.clear()

    def log_in(self, email="ada@example.com", password=PASSWORD, client=None, **extra):
        data = {"login": email, "password": password}
        return (client or self.client).post(reverse("account_login"), data, **extra)

    def sign_up(self, email="ada@example.com", password=PASSWORD, **extra):
        return self.client.post(reverse("account_signup"), {"email": email, "password1": password}, **extra)

    def enter_code(self, code):
        return self.client.post(reverse("account_email_verification_sent"), {"code": code})

    def ask_for_reset(self, email="ada@example.com", **extra):
        return self.client.post(reverse("account_reset_password"), {"email": email}, **extra)

    def ask_for_change(self, email, password=PASSWORD):
        """Ask for another address, and give the password that this takes."""
        self.client.post(reverse("account_email"), {"email": email, "action_add": ""})
        confirmed = {"password": password, "next": reverse("account_email")}
        return self.client.post(reverse("account_reauthenticate"), confirmed)

    def assert_logged_in(self, client=None):
        self.assertEqual((client or self.client).get(reverse("account_overview")).status_code, 200)

    def assert_not_logged_in(self, client=None):
        response = (client or self.client).get(reverse("account_overview"))
        self.assertRedirects(response, "/accounts/login/?next=/accounts/", fetch_redirect_response=False)

    def assert_too_many(self, response):
        self.assertContains(response, "Too many attempts", status_code=429)
        self.assertEqual(response.headers["Retry-After"], "300")

    @property
    def last_mail(self):
        return mail.outbox[-1]
