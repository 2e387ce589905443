"""Consent to the newsletter: how it ends, what is exported, erased, and shown as proof."""

import csv
import json
from datetime import timedelta

from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from users.models import NewsletterConsent
from users.newsletter import consents, links
from users.personal_data.erasure import erase
from users.tests.builders import AccountTestCase, make_guest, make_reader

SENTENCE = "Write to me once a month about new books. I can end that at any time."
ASKED = {"page": "http://testserver/newsletter/night-bus/", "sentence": SENTENCE, "version": 3}


def ask(email="ada@example.com", **changes):
    """Type an address under the sentence; return the consent that waits."""
    consents.ask(email, **ASKED | changes, promise="“Night Bus”", confirm_at="newsletter_confirm")
    return NewsletterConsent.objects.filter(email=email).latest("pk")


def confirmed(email="ada@example.com", reader=None, **changes):
    return consents.confirm(ask(email, **changes).pk, reader)


def live():
    return sorted(consent.email for consent in consents.live_consents())


class NewsletterTestCase(AccountTestCase):
    def setUp(self):
        super().setUp()
        self.ada = make_reader()


class ConsentTests(NewsletterTestCase):
    def test_what_was_only_asked_for_counts_for_nothing(self):
        ask()

        self.assertEqual(live(), [])

    def test_the_proof_says_what_was_shown_where_and_when(self):
        before = timezone.now()
        consent = confirmed(reader=self.ada)

        self.assertEqual((consent.sentence, consent.version, consent.page), (SENTENCE, 3, ASKED["page"]))
        self.assertTrue(before <= consent.asked_at <= consent.confirmed_at <= timezone.now())
        self.assertEqual((consent.reader, live()), (self.ada, ["ada@example.com"]))

    def test_nothing_else_is_kept_of_the_person(self):
        fields = {field.name for field in NewsletterConsent._meta.fields}

        self.assertEqual(
            fields - {"id", "email", "reader", "page", "sentence", "version", "ended_by"},
            {"asked_at", "confirmed_at", "ended_at"},
        )

    def test_asking_again_is_one_row_with_the_newest_sentence(self):
        ask()
        consent = ask(sentence="Other words.", version=4)

        self.assertEqual(NewsletterConsent.objects.count(), 1)
        self.assertEqual((consent.sentence, consent.version), ("Other words.", 4))

    def test_it_is_confirmed_once(self):
        consent = confirmed(reader=self.ada)

        with self.assertRaises(consents.NotConfirmed):
            consents.confirm(consent.pk, self.ada)

    def test_what_was_ended_is_not_confirmed(self):
        consent = ask()
        consents.end("ada@example.com", by="link")

        with self.assertRaises(consents.NotConfirmed):
            consents.confirm(consent.pk, self.ada)
        self.assertEqual(live(), [])

    def test_somebody_who_ended_it_can_consent_again(self):
        confirmed(reader=self.ada)
        consents.end("ada@example.com", by="link")
        confirmed(reader=self.ada)

        self.assertEqual(live(), ["ada@example.com"])

    def test_an_address_gets_two_letters_an_hour_and_its_spellings_count_together(self):
        for address in ("ada@example.com", "a.da@example.com", "ada+x@example.com", "ada@example.com"):
            ask(address)

        self.assertEqual(len(mail.outbox), 2)

    def test_what_nobody_confirms_is_deleted_and_the_rest_stays(self):
        old = timezone.now() - timedelta(days=31)
        ask("bob@example.com")
        confirmed(reader=self.ada)
        NewsletterConsent.objects.update(asked_at=old)
        ask("carol@example.com")

        consents.tidy()

        kept = NewsletterConsent.objects.order_by("email").values_list("email", flat=True)
        self.assertEqual(list(kept), ["ada@example.com", "carol@example.com"])


class EndingTests(NewsletterTestCase):
    def setUp(self):
        super().setUp()
        confirmed(reader=self.ada)
        self.address = links.ending_address("ada@example.com").removeprefix("http://testserver")

    def test_looking_ends_nothing_and_shows_a_button(self):
        for look in (self.client.get, self.client.head):
            self.assertEqual(look(self.address).status_code, 200)

        self.assertContains(self.client.get(self.address), "End the newsletter</button>")
        self.assertEqual(live(), ["ada@example.com"])

    def test_a_mail_program_ends_it_with_one_post_without_cookies_or_token(self):
        program = Client(enforce_csrf_checks=True)

        answer = program.post(self.address, {"List-Unsubscribe": "One-Click"})

        self.assertEqual((answer.status_code, live()), (200, []))
        self.assertEqual(NewsletterConsent.objects.get().ended_by, "link")

    def test_it_ends_all_that_the_address_consented_to_and_nobody_else_s(self):
        confirmed(reader=self.ada, page="http://testserver/newsletter/ferry/")
        confirmed("bob@example.com")

        self.client.post(self.address)

        self.assertEqual(live(), ["bob@example.com"])

    def test_it_says_the_same_however_often_and_for_an_address_that_is_gone(self):
        answers = [self.client.post(self.address) for _ in range(2)]
        NewsletterConsent.objects.all().delete()
        answers.append(self.client.post(self.address))

        for answer in answers:
            self.assertContains(answer, "We won’t send it to ada@example.com any more.")

    def test_a_made_up_link_ends_nothing(self):
        for token in ("made-up", self.address.split("/")[-2][:-1] + "x"):
            self.assertEqual(self.client.post(reverse("newsletter_end", args=[token])).status_code, 404)
        self.assertEqual(live(), ["ada@example.com"])

    def test_a_reader_sees_and_ends_their_own_in_the_account(self):
        theirs = confirmed("bob@example.com", make_reader("bob@example.com"))
        self.client.force_login(self.ada)
        page = self.client.get(reverse("newsletter_consents"))
        self.assertContains(page, SENTENCE)
        self.assertNotContains(page, "bob@example.com")

        refused = self.client.post(reverse("newsletter_consents"), {"consent": theirs.pk})
        [mine] = self.ada.newsletter_consents.all()
        self.client.post(reverse("newsletter_consents"), {"consent": mine.pk})

        self.assertEqual((refused.status_code, live()), (404, ["bob@example.com"]))
        self.assertContains(self.client.get(reverse("newsletter_consents")), "Ended on")


class PersonalDataTests(NewsletterTestCase):
    def test_the_export_has_it(self):
        confirmed(reader=self.ada)
        self.client.force_login(self.ada)

        data = json.loads(self.client.get(reverse("account_export")).content)

        [row] = data["newsletter consents"]
        self.assertEqual((row["email"], row["sentence"], row["version"]), ("ada@example.com", SENTENCE, 3))

    def test_erasing_an_account_erases_it_confirmed_or_not(self):
        confirmed(reader=self.ada)
        ask(page="http://testserver/newsletter/ferry/")
        confirmed("bob@example.com")

        erase(self.ada)

        self.assertEqual(NewsletterConsent.objects.get().email, "bob@example.com")

    def test_what_a_guest_confirmed_is_the_account_s_after_the_claim(self):
        guest = make_guest()
        confirmed(reader=guest)

        consents.move(guest, self.ada)

        self.assertEqual(NewsletterConsent.objects.get().reader, self.ada)


class ExportTests(NewsletterTestCase):
    address = "/admin/users/newsletterconsent/export/"

    def rows(self, client):
        answer = client.get(self.address)
        self.assertEqual(answer.status_code, 200)
        return list(csv.DictReader(answer.content.decode().splitlines()))

    def staff(self, **fields):
        grace = make_reader("grace@example.com", is_staff=True, **fields)
        desk = Client()
        desk.force_login(grace)
        return desk

    def test_it_has_who_confirmed_and_has_not_ended_it_once_each_with_a_link_that_ends_it(self):
        confirmed(reader=self.ada)
        confirmed(reader=self.ada, page="http://testserver/newsletter/ferry/")
        confirmed("bob@example.com")
        consents.end("bob@example.com", by="link")
        ask("carol@example.com")

        [row] = self.rows(self.staff(is_superuser=True))

        self.assertEqual((row["email"], row["version"]), ("ada@example.com", "3"))
        self.client.post(row["unsubscribe"].removeprefix("http://testserver"))
        self.assertEqual(live(), [])

    def test_no_cell_is_a_formula(self):
        confirmed("=cmd@example.com")

        [row] = self.rows(self.staff(is_superuser=True))

        self.assertEqual(row["email"], "'=cmd@example.com")

    def test_only_for_staff_with_the_right(self):
        self.assertEqual(self.staff().get(self.address).status_code, 403)
        self.client.force_login(self.ada)
        self.assertEqual(self.client.get(self.address).status_code, 302)

    def test_staff_see_the_proof_and_change_nothing(self):
        consent = confirmed(reader=self.ada)
        desk = self.staff(is_superuser=True)

        page = desk.get(f"/admin/users/newsletterconsent/{consent.pk}/change/")

        for shown in (SENTENCE, ASKED["page"], "ada@example.com"):
            self.assertContains(page, shown)
        self.assertNotContains(page, 'name="_save"')
        self.assertContains(desk.get("/admin/users/newsletterconsent/"), "Export for the newsletter")
