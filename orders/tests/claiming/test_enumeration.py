"""Nobody learns at the checkout whether an address has an account: by no answer, cookie, letter or time."""

import re
from unittest.mock import patch

from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.models import Magnet, Order
from orders.tests.checkout.test_guests import GuestTestCase
from users.tests.builders import make_reader

KNOWN, UNKNOWN = "known@example.com", "unknown@example.com"
# Differs from one browser or order to the next, whatever was typed.
CHANGING = r"confirm/\S+|[\w-]{20,}(?::[\w-]+)*|[0-9a-f-]{36}|\b[0-9A-F]{8}\b|[0-9a-f]{8}"

# In statements, as both databases write them.
VALUES = r"(?<!\w)'(?:[^']|'')*'(?:::\w+)?|\b\d+\b|\"s\d+_x\d+\""


class EnumerationTests(GuestTestCase):
    def setUp(self):
        super().setUp()
        make_reader(KNOWN)

    def seen(self, act, email):
        """Return all that somebody sees who acts with this address, in a browser of their own."""
        cache.clear()
        mail.outbox.clear()
        browser = Client()
        before = len(self.stripe.ledger()["requests"])
        hashed = MD5PasswordHasher.encode
        with (
            CaptureQueriesContext(connection) as asked,
            patch.object(MD5PasswordHasher, "encode", autospec=True, side_effect=hashed) as hashing,
        ):
            response = act(browser, email)
        answers = [response]
        while answers[-1].status_code == 302:
            answers.append(browser.get(answers[-1].url))
        texts = [f"{each.status_code} {each.headers.get('Location')} {each.text}" for each in answers]
        texts += [f"{letter.to} {letter.subject} {letter.body}" for letter in mail.outbox]
        texts += [*browser.cookies]
        plain = [re.sub(CHANGING, "…", text.replace(email, "ADDRESS")) for text in texts]
        # What takes time: statements, requests to Stripe, and passwords.
        requests = self.stripe.ledger()["requests"][before:]
        work = [re.sub(CHANGING, "…", f"{each['method']} {each['path']}") for each in requests]
        return plain, [re.sub(VALUES, "?", each["sql"]) for each in asked], work, hashing.call_count

    def assert_alike(self, act):
        self.assertEqual(self.seen(act, KNOWN), self.seen(act, UNKNOWN))

    def test_paying_as_a_guest(self):
        self.assert_alike(lambda browser, email: self.buy(browser=browser, email=email))

    def test_a_card_that_is_declined(self):
        self.assert_alike(lambda browser, email: self.buy("tok_chargeDeclined", browser=browser, email=email))

    def test_the_address_in_stripe_s_form(self):
        self.assert_alike(lambda browser, email: self.buy(browser=browser, email="", stripeEmail=email))

    def test_opening_a_session(self):
        def act(browser, email):
            sent = {"item": self.item(browser), "email": email}
            return browser.post(reverse("checkout_session"), sent, headers={"accept": "application/json"})

        self.assert_alike(act)

    def test_finding_an_order_that_is_right_and_one_that_is_not(self):
        for number in (None, "0" * 8):
            with self.subTest(number):

                def act(browser, email, number=number):
                    self.buy(browser=Client(), email=email)
                    mail.outbox.clear()
                    order = Order.objects.filter(email=email).order_by("created_at").last()
                    sent = {"email": email, "number": number or order.number}
                    return browser.post(reverse("order_find"), sent)

                self.assert_alike(act)

    def test_asking_for_the_newsletter(self):
        magnet = Magnet.objects.create(slug="ferry", book=self.ferry, sentence="Write to me once a month.")
        sent = {"agreed": "on", "version": magnet.version}

        self.assert_alike(
            lambda browser, email: browser.post(magnet.get_absolute_url(), sent | {"email": email})
        )

    def test_the_purchase_page_of_a_guest(self):
        def act(browser, email):
            self.buy(browser=browser, email=email)
            return browser.get(reverse("orders"))

        self.assert_alike(act)

    def test_signing_up_in_the_middle_of_buying(self):
        def act(browser, email):
            browser.get(self.page)
            sent = {"email": email, "password1": "a long walk by the sea", "next": self.page}
            response = browser.post(reverse("account_signup"), sent)
            mail.outbox.clear()
            return response

        # The letter to the mailbox may differ; users/tests/test_enumeration.py has the statements.
        self.assertEqual(self.seen(act, KNOWN)[0], self.seen(act, UNKNOWN)[0])
