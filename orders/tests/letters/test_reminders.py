"""One letter to who left the checkout, if they wanted it; none to anybody else."""

import re
from datetime import timedelta

from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Bundle
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from orders import reminders
from orders.models import Attempt, Order, OrderStatus, Reminder
from orders.models.buying.reminders import keep_choice
from orders.payments import leaving
from orders.tests.builders import make_order
from orders.tests.cases import TillTestCase

LATER = timedelta(hours=5)


class AskingTests(TillTestCase):
    def decline(self, **fields):
        """Try a card that is refused, on the page of All Books."""
        return self.pay(self.stripe.make_token("4000000000000002"), item=self.shown_item(), **fields)

    def test_the_box_is_on_the_page_and_not_ticked(self):
        page = self.client.get(reverse("orders")).content.decode()

        self.assertIn("Remind me once by e-mail if I don’t finish", page)
        self.assertNotRegex(page, r'name="may_remind"[^>]*checked')

    def assert_ticked(self, is_ticked):
        box = re.search(r"<input[^>]*name=.may_remind.[^>]*>", self.client.get(reverse("orders")).text)[0]
        self.assertIs("checked" in box, is_ticked)

    def test_the_box_stays_as_it_was_left_after_a_decline(self):
        self.decline(reminder="asked", may_remind="yes")
        self.assert_ticked(True)

        self.decline(reminder="asked")
        self.assert_ticked(False)

    def test_so_it_does_if_the_price_has_changed(self):
        item = self.shown_item()
        Bundle.objects.update(price=4900)

        self.pay(item=item, reminder="asked", may_remind="yes")

        self.assert_ticked(True)
        self.assertEqual(Order.objects.count(), 0)
        self.assert_ticked(False)

    def test_only_a_tick_is_stored_with_the_unpaid_order(self):
        self.decline(reminder="asked")
        self.assertEqual(Reminder.objects.count(), 0)

        self.decline(reminder="asked", may_remind="yes")
        self.assertEqual(Reminder.objects.get().order, Order.objects.get())

        self.decline(reminder="asked")
        self.assertEqual(Reminder.objects.count(), 0)

    def test_a_page_that_does_not_ask_changes_nothing(self):
        self.decline(reminder="asked", may_remind="yes")

        self.decline()

        self.assertEqual(Reminder.objects.count(), 1)

    def test_after_a_decline_and_a_tick_nothing_comes_while_they_pay_and_one_letter_after(self):
        self.decline()
        Order.objects.update(created_at=timezone.now() - LATER)
        Attempt.objects.update(created_at=timezone.now() - LATER)
        asked = {"item": self.shown_item(), "reminder": "asked", "may_remind": "yes"}
        self.client.post(reverse("checkout_session"), asked)
        self.assertEqual([each.outcome for each in Attempt.objects.order_by("number")], ["declined", "open"])

        self.assertEqual((reminders.send_due(), mail.outbox), (0, []))

        Attempt.objects.get(number=2).end("failed")
        Attempt.objects.update(created_at=timezone.now() - LATER)
        Reminder.objects.update(asked_at=timezone.now() - LATER)
        self.assertEqual((reminders.send_due(), len(mail.outbox)), (1, 1))
        # We have said that it is our only one, so nobody is asked again.
        self.assertNotContains(self.client.get(reverse("orders")), "Remind me once")

    def test_a_first_attempt_with_a_tick_is_stored_too(self):
        self.decline(reminder="asked", may_remind="yes")

        self.assertEqual(Reminder.objects.count(), 1)


class SendingTests(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")
        self.book = make_book("Night Bus")
        self.order = self.left(self.ada)

    def left(self, reader, **fields):
        """Save an order that its buyer left five hours ago, after having ticked the box."""
        order = make_order(reader, product=self.book, **fields)
        Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - LATER)
        self.ask(order)
        return order

    def ask(self, order):
        """Have the buyer tick the box five hours ago."""
        keep_choice(order, True)
        Reminder.objects.filter(order=order).update(asked_at=timezone.now() - LATER)

    def attempt(self, *, outcome, ago):
        """Save that the buyer tried to pay so long ago."""
        attempt = self.order.attempts.create(
            number=self.order.attempts.count() + 1, api="payment_intents", outcome=outcome
        )
        Attempt.objects.filter(pk=attempt.pk).update(created_at=timezone.now() - ago)
        return attempt

    def assert_none(self):
        self.assertEqual((reminders.send_due(), mail.outbox), (0, []))

    def test_one_letter(self):
        self.assertEqual([reminders.send_due(), reminders.send_due()], [1, 0])

        [letter] = mail.outbox
        self.assertEqual(
            (letter.to, letter.subject), (["ada@example.com"], "You left Night Bus at the checkout")
        )
        self.assertIn(f"/orders/?book={self.book.pk}", letter.body)
        self.assertIn("You have not been charged.", letter.body)
        self.assertEqual(letter.extra_headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")

    def test_none_again_for_the_same_order_whatever_is_ticked_later(self):
        reminders.send_due()
        self.attempt(outcome="declined", ago=LATER)
        keep_choice(self.order, False)
        self.ask(self.order)

        self.assertEqual((reminders.send_due(), len(mail.outbox)), (0, 1))

    def test_nor_after_one_click_has_ended_them(self):
        reminders.send_due()
        reminders.end("ada@example.com")
        self.ask(self.order)

        self.assertEqual((reminders.send_due(), len(mail.outbox)), (0, 1))

    def test_that_it_was_sent_is_forgotten_with_the_unpaid_order(self):
        reminders.send_due()
        self.order.move_to(OrderStatus.EXPIRED)

        self.assertEqual((reminders.send_due(), Reminder.objects.count()), (0, 0))

    def test_none_without_a_tick(self):
        Reminder.objects.all().delete()

        self.assert_none()

    def test_none_before_some_hours_have_passed(self):
        Reminder.objects.update(asked_at=timezone.now() - timedelta(hours=3))

        self.assert_none()
        self.assertEqual(Reminder.objects.count(), 1)

    def test_the_hours_count_from_the_last_try_to_pay(self):
        self.attempt(outcome="declined", ago=timedelta(hours=3))

        self.assert_none()
        Attempt.objects.update(created_at=timezone.now() - LATER)
        self.assertEqual(reminders.send_due(), 1)

    def test_none_once_it_has_expired_and_nothing_is_kept(self):
        self.order.move_to(OrderStatus.EXPIRED)

        self.assert_none()
        self.assertEqual(Reminder.objects.count(), 0)

    def test_none_once_it_is_paid_and_nothing_is_kept(self):
        self.order.move_to(OrderStatus.PAID, paid_at=timezone.now(), stripe_charge_id="ch_1")

        self.assert_none()
        self.assertEqual(Reminder.objects.count(), 0)

    def test_none_if_they_have_the_book_by_another_way(self):
        access.give(self.ada, make_bundle("Two", self.book), by=make_staff(), note="")

        self.assert_none()
        self.assertEqual(Reminder.objects.count(), 0)

    def test_none_if_the_same_address_has_bought_it_since(self):
        make_order(make_reader("bob"), product=self.book, status=OrderStatus.PAID, email="ada@example.com")

        self.assert_none()

    def test_it_waits_while_nobody_knows_whether_it_is_paid(self):
        for outcome in ("unknown", "processing"):
            with self.subTest(outcome):
                attempt = self.attempt(outcome=outcome, ago=LATER)

                self.assert_none()
                attempt.end("declined")
        self.assertEqual(reminders.send_due(), 1)

    def test_it_waits_while_they_may_still_pay_on_the_page_of_stripe(self):
        attempt = self.attempt(outcome="open", ago=LATER)

        self.assert_none()
        attempt.end("failed")
        self.assertEqual(reminders.send_due(), 1)

    def test_one_click_ends_what_waits_and_looking_ends_nothing(self):
        reminders.send_due()
        link = reverse("reminders_end", args=[reminders._SIGNER.sign_object(["ada@example.com"])])
        self.assertIn(link, mail.outbox[0].body)
        self.book = make_book("The Tram")
        waiting = Reminder.objects.filter(order=self.left(self.ada))

        self.assertContains(self.client.get(link), "End reminders")
        self.assertEqual(waiting.count(), 1)
        answer = Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})

        self.assertContains(answer, "We won’t remind ada@example.com of anything")
        self.assertEqual(waiting.count(), 0)

    def test_a_made_up_link_ends_nothing(self):
        self.assertEqual(self.client.post(reverse("reminders_end", args=["made-up"])).status_code, 404)
        self.assertEqual(Reminder.objects.count(), 1)

    def test_erasing_the_account_forgets_it(self):
        leaving.forget(self.ada)

        self.assertEqual(Reminder.objects.count(), 0)
