"""A book for the newsletter: from the page to the library, and nothing without the mailbox's owner."""

import re

from django.core import mail
from django.core.cache import cache
from django.test import Client, TestCase
from django.urls import reverse

from books import access
from books.tests.builders import make_book, make_staff
from orders.models import Magnet, Order, OrderStatus
from orders.reconciliation.differences import find_shop_differences
from orders.reconciliation.shop_side import read_cases
from orders.tests.builders import make_order
from users.models import CustomUser, NewsletterConsent
from users.tests.builders import make_reader

SENTENCE = "Write to me once a month about new books. I can end that at any time."


class MagnetTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = make_book("Night Bus", price=900)
        cls.magnet = Magnet.objects.create(slug="night-bus", book=cls.book, sentence=SENTENCE)
        cls.page = cls.magnet.get_absolute_url()

    def setUp(self):
        cache.clear()

    def ask(self, email="carol@example.com", client=None, **changes):
        form = {"email": email, "agreed": "on", "version": self.magnet.version} | changes
        return (client or self.client).post(self.page, form)

    def link(self):
        """Return the link in the newest letter that has one."""
        return re.findall(r"/newsletter/confirm/\S+", " ".join(letter.body for letter in mail.outbox))[-1]

    def confirm(self, client=None):
        return (client or self.client).post(self.link(), follow=True)


class AskingTests(MagnetTestCase):
    def test_the_page_shows_the_sentence_and_the_box_is_not_ticked(self):
        page = self.client.get(self.page)

        self.assertContains(page, SENTENCE)
        self.assertNotRegex(page.content.decode(), r'name="agreed"[^>]*checked')
        self.assertContains(page, "Rather buy it without the newsletter?")

    def test_an_address_and_a_tick_send_one_letter_and_open_nothing(self):
        page = self.ask()

        self.assertContains(page, "A letter is on its way to carol@example.com.")
        [letter] = mail.outbox
        self.assertEqual(letter.to, ["carol@example.com"])
        self.assertIn(SENTENCE, letter.body)
        self.assertEqual((Order.objects.count(), CustomUser.objects.count()), (0, 0))

    def test_without_a_tick_or_a_usable_address_nothing_is_stored(self):
        for changes in ({"agreed": ""}, {"email": "carol"}, {"email": ""}):
            with self.subTest(changes):
                page = self.ask(**changes)

                self.assertContains(page, 'aria-invalid="true"')
                self.assertEqual((NewsletterConsent.objects.count(), len(mail.outbox)), (0, 0))

    def test_a_known_address_gets_the_same_answer(self):
        make_reader("ada@example.com")

        known, unknown = (
            self.ask(email).content.decode() for email in ("ada@example.com", "bob@example.com")
        )

        self.assertEqual(known.replace("ada@", "bob@"), unknown)

    def test_other_words_than_the_page_showed_have_to_be_read_first(self):
        Magnet.objects.update(sentence="Every day.", version=2)

        page = self.ask()

        self.assertContains(page, "The sentence beside the box has changed. Please read it again.")
        self.assertContains(page, "Every day.")
        self.assertNotRegex(page.content.decode(), r'name="agreed"[^>]*checked')
        self.assertEqual(NewsletterConsent.objects.count(), 0)

    def test_one_that_is_not_offered_any_more_has_no_page(self):
        Magnet.objects.update(is_open=False)

        self.assertEqual(self.client.get(self.page).status_code, 404)

    def test_changing_the_sentence_is_a_new_version_and_changing_the_rest_is_none(self):
        self.client.force_login(make_staff())
        address = reverse("admin:orders_magnet_change", args=[self.magnet.pk])
        form = {"slug": "night-bus", "book": self.book.pk, "is_open": "on"}

        self.client.post(address, form | {"sentence": SENTENCE, "slug": "night"})
        self.client.post(address, form | {"sentence": "Every day."})

        self.magnet.refresh_from_db()
        self.assertEqual((self.magnet.slug, self.magnet.version), ("night-bus", 2))


class ConfirmingTests(MagnetTestCase):
    def test_looking_at_the_link_confirms_nothing(self):
        self.ask()

        page = self.client.get(self.link())

        self.assertContains(page, "Confirm and get Night Bus")
        self.assertIsNone(NewsletterConsent.objects.get().confirmed_at)
        self.assertEqual(Order.objects.count(), 0)

    def test_a_visitor_becomes_a_guest_who_has_the_book_and_a_letter_to_keep_it(self):
        self.ask()

        page = self.confirm()

        guest = CustomUser.objects.get()
        order = guest.orders.get()
        self.assertContains(page, "Thank you for your order!")
        self.assertTrue(guest.is_guest)
        self.assertTrue(access.may_read(guest, self.book))
        self.assertEqual((order.status, order.amount, order.email), ("paid", 0, "carol@example.com"))
        self.assertIn("/orders/claim/", mail.outbox[-1].body)
        consent = NewsletterConsent.objects.get()
        self.assertEqual((consent.reader, consent.sentence, consent.version), (guest, SENTENCE, 1))
        self.assertEqual(consent.page, f"http://testserver{self.page}")
        self.assertIsNotNone(consent.confirmed_at)

    def test_a_reader_has_it_in_the_account(self):
        ada = make_reader("ada@example.com")
        self.client.force_login(ada)
        self.ask("ada@example.com")

        self.confirm()

        self.assertTrue(access.may_read(ada, self.book))
        self.assertEqual(CustomUser.objects.count(), 1)

    def test_the_doctor_finds_nothing_wrong(self):
        self.ask()
        self.confirm()

        [case] = read_cases(Order.objects.all())

        self.assertEqual(list(find_shop_differences(case)), [])

    def test_the_link_gives_one_book_to_one_browser(self):
        self.ask()
        self.confirm()

        again = self.confirm(Client())

        self.assertContains(again, "You’ve used this link before.")
        self.assertEqual((Order.objects.count(), CustomUser.objects.count()), (1, 1))

    def test_who_asks_again_is_sent_to_what_they_have(self):
        self.ask()
        self.confirm()

        page = self.ask(client=Client())

        self.assertContains(page, "A letter is on its way to carol@example.com.")
        self.assertEqual(mail.outbox[-1].subject, f"Your order {Order.objects.get().number}")
        self.assertEqual((Order.objects.count(), NewsletterConsent.objects.count()), (1, 1))

    def test_who_has_the_book_consents_and_gets_no_second_order(self):
        ada = make_reader("ada@example.com")
        make_order(ada, product=self.book, status=OrderStatus.PAID)
        self.client.force_login(ada)
        self.ask("ada@example.com")

        page = self.confirm()

        self.assertContains(page, "Thank you. You have Night Bus already.")
        self.assertEqual(Order.objects.count(), 1)
        self.assertIsNotNone(NewsletterConsent.objects.get().confirmed_at)

    def test_an_unpaid_order_for_the_book_gives_way(self):
        ada = make_reader("ada@example.com")
        left = make_order(ada, product=self.book)
        self.client.force_login(ada)
        self.ask("ada@example.com")

        self.confirm()

        left.refresh_from_db()
        self.assertEqual((left.status, Order.objects.filter(status="paid").count()), ("expired", 1))

    def test_not_while_it_is_being_paid_and_then_nothing_is_confirmed(self):
        ada = make_reader("ada@example.com")
        make_order(ada, product=self.book).attempts.create(number=1, api="payment_intents", outcome="unknown")
        self.client.force_login(ada)
        self.ask("ada@example.com")

        page = self.confirm()

        self.assertContains(page, "You’re paying for this book right now.")
        self.assertIsNone(NewsletterConsent.objects.get().confirmed_at)
        self.assertEqual(Order.objects.filter(status="paid").count(), 0)

    def test_nothing_is_given_once_it_is_not_offered_or_was_ended(self):
        for end in (
            lambda: Magnet.objects.update(is_open=False),
            lambda: NewsletterConsent.objects.update(ended_at="2026-01-01T00:00Z"),
        ):
            Magnet.objects.update(is_open=True)
            self.ask()
            end()

            self.assertContains(self.confirm(), "This link is no longer needed")
            self.assertEqual(Order.objects.count(), 0)

    def test_a_made_up_or_old_link_is_none(self):
        self.ask()
        link = self.link()

        self.assertEqual(self.client.get("/newsletter/confirm/made-up/").status_code, 404)
        NewsletterConsent.objects.all().delete()
        self.assertEqual(self.client.post(link).status_code, 404)
