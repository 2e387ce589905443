"""What becomes of a gift and of copies afterwards: letters, wrong addresses, refunds, people who leave."""

from datetime import timedelta
from unittest import mock

from django.core import mail
from django.test import TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from post_office.models import Email

from books import access
from books.models import Bundle, Grant
from books.tests.builders import make_book, make_reader, make_staff
from orders.claiming import claim
from orders.giving import gifts, seats
from orders.models import Allocation, Gift, Order, OrderStatus, Refund, Seat
from orders.models.giving.wishes import GiftWish
from orders.payments import order_state, refunds
from orders.reconciliation.differences import find_shop_differences
from orders.reconciliation.shop_side import read_cases
from orders.stripe_gateway.errors import OutcomeUnknown
from orders.tests.giving.cases import class_link_of, day, link_of, make_copies, reads, taken
from tests.shop import shop
from users.models import CustomUser
from users.personal_data.erasure import erase
from users.personal_data.export import export
from users.tests.builders import log_in_as, make_guest

WISH = GiftWish(1, "Ada", "Tom", "tom@example.com", "For the train.", "2026-11-01")


def differences():
    return [each.kind for case in read_cases(Order.objects.all()) for each in find_shop_differences(case)]


class GivenCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = make_book("The Ferry", chapters=2, sample_chapters=1)
        cls.ada, cls.tom = make_reader("ada"), make_reader("tom")

    def setUp(self):
        self.client.force_login(self.ada)

    def redeem(self, order, reader, number=1):
        """Have a reader take a copy."""
        browser = self.client_class()
        browser.force_login(reader)
        return browser.post(link_of(order, number))

    def post(self, name, order, *more, **data):
        return self.client.post(reverse(name, args=[order.pk, *more]), data)

    def page_of(self, order):
        return self.client.get(order.get_absolute_url())

    def refund(self, order, **share):
        """Refund without Stripe, which is asked later."""
        with mock.patch("orders.stripe_gateway.find_payment", side_effect=OutcomeUnknown("down")):
            return refunds.refund(order, by=make_staff(), reason="Asked.", **share)


class LetterTests(GivenCase):
    def make_gift(self, **changes):
        return make_copies(self.ada, self.book, wish=WISH._replace(**changes))

    def test_a_day_begins_in_the_shop_s_time_zone_all_year_round(self):
        with self.settings(SHOP=shop(time_zone="Europe/Berlin")):
            self.make_gift(day="2026-07-01"), self.make_gift(day="2026-12-01")

        mornings = Gift.objects.order_by("send_at").values_list("send_at", flat=True)
        self.assertEqual([f"{each:%d %H}" for each in mornings], ["01 06", "01 07"])

    def test_nothing_goes_for_what_was_refunded_disputed_or_taken(self):
        for status in (OrderStatus.PENDING, OrderStatus.REFUNDED, OrderStatus.DISPUTED):
            make_copies(self.ada, self.book, wish=WISH, status=status)
        self.redeem(self.make_gift(), self.tom)
        mail.outbox.clear()

        self.assertEqual(gifts.send_due_letters(), 0)
        self.assertEqual(mail.outbox, [])

    def test_one_letter_that_cannot_be_written_does_not_stop_the_others(self):
        self.make_gift(giver="First"), self.make_gift(giver="Second")
        mail.outbox.clear()
        queue, calls = gifts.queue_letters, []

        def fail_once(*arguments, **named):
            calls.append(arguments)
            if len(calls) == 1:
                raise ValueError("no template")
            return queue(*arguments, **named)

        with (
            mock.patch("orders.giving.gifts.queue_letters", fail_once),
            self.assertLogs("orders.giving.gifts"),
        ):
            self.assertEqual(gifts.send_due_letters(), 1)

        self.assertEqual(Gift.objects.filter(sent_at=None).count(), 1)
        self.assertEqual(gifts.send_due_letters(), 1)

    def test_it_can_be_sent_again_until_it_is_taken(self):
        order = self.make_gift()
        self.post("order_gift_letter", order)
        self.assertContains(self.page_of(order), "hasn’t been sent yet")
        gifts.send_due_letters()
        mail.outbox.clear()

        self.post("order_gift_letter", order)

        self.assertEqual([letter.to for letter in mail.outbox], [["tom@example.com"]])
        self.redeem(order, self.tom)
        self.post("order_gift_letter", order)
        self.assertEqual(len(mail.outbox), 1)

    @override_settings(RATE_LIMITS=True)
    def test_nobody_s_mailbox_is_flooded(self):
        order = self.make_gift()
        gifts.send_due_letters()
        mail.outbox.clear()

        for _ in range(5):
            self.post("order_gift_letter", order)

        self.assertEqual(len(mail.outbox), 2)

    def test_a_mistyped_address_is_corrected_and_its_link_closed(self):
        order = self.make_gift(email="tim@example.com")
        gifts.send_due_letters()
        wrong = link_of(order)
        mail.outbox.clear()

        self.post("order_gift_address", order, recipient="Tom", email="tom@example.com", day=day())

        self.assertEqual(self.client_class().get(wrong).status_code, 404)
        Gift.objects.update(send_at=timezone.now() - timedelta(minutes=1))
        gifts.send_due_letters()
        self.assertEqual([letter.to for letter in mail.outbox], [["tom@example.com"]])
        self.assertIn(link_of(order), mail.outbox[0].body)

    def test_a_wrong_address_is_refused(self):
        order = self.make_gift()

        page = self.post("order_gift_address", order, recipient="Tom", email="tom", day=day())

        self.assertContains(page, "invalid-feedback")
        self.assertEqual(Gift.objects.get().email, "tom@example.com")

    def test_a_gift_taken_back_has_another_link(self):
        order = self.make_gift()
        gifts.send_due_letters()
        wrong = link_of(order)

        self.post("order_gift_back", order)

        self.assertContains(self.page_of(order), link_of(order))
        self.assertEqual(self.client_class().get(wrong).status_code, 404)
        self.assertEqual(gifts.send_due_letters(), 0)
        self.redeem(order, self.tom)
        self.post("order_gift_back", order)
        self.assertTrue(reads(self.tom, self.book))
        self.assertEqual(taken(order), [1])

    def test_nobody_ends_a_gift_that_is_taken_by_the_pages_of_copies(self):
        order = self.make_gift()
        self.redeem(order, self.tom)
        link = link_of(order)

        pages = [
            self.client.get(reverse(name, args=[order.pk])) for name in ("order_seats", "order_seats_csv")
        ]
        posts = [self.post("order_seat_release", order, 1), self.post("order_class_link", order)]

        self.assertEqual([page.status_code for page in pages + posts], [404] * 4)
        self.assertFalse(seats.release(order, 1))
        self.assertTrue(reads(self.tom, self.book))
        self.assertEqual((taken(order), link_of(order)), ([1], link))
        self.assertEqual(differences(), [])

    def test_a_gift_has_no_link_for_everybody(self):
        order = self.make_gift()

        for answer in (
            self.client_class().get(class_link_of(order)),
            self.client_class().post(class_link_of(order)),
        ):
            self.assertEqual(answer.status_code, 404)

        self.assertEqual(taken(order), [])

    def test_the_giver_sees_what_has_become_of_it(self):
        order = self.make_gift(day="2027-05-03")
        self.assertContains(self.page_of(order), "We’ll send your gift to tom@example.com on May 3, 2027")
        Gift.objects.update(sent_at=timezone.now())
        self.assertContains(self.page_of(order), "We sent your gift to tom@example.com on")
        Gift.objects.update(opened_at=timezone.now())
        self.assertContains(self.page_of(order), "Tom has looked at your gift")
        self.redeem(order, self.tom)
        page = self.page_of(order)
        self.assertContains(page, "Tom has your gift since")
        self.assertNotContains(page, "Take it back")

    def test_the_card_to_print_has_the_link_and_the_message(self):
        order = self.make_gift(email="", message="<i>Hi</i>")

        page = self.client.get(reverse("order_cards", args=[order.pk]))

        self.assertContains(page, link_of(order))
        self.assertContains(page, "&lt;i&gt;Hi&lt;/i&gt;")
        self.redeem(order, self.tom)
        self.assertNotContains(self.client.get(reverse("order_cards", args=[order.pk])), "/gifts/")


class SeatsTests(GivenCase):
    def test_a_copy_goes_to_somebody_else_when_its_reader_leaves(self):
        order = make_copies(self.ada, self.book, 2)
        self.redeem(order, self.tom)
        before = link_of(order)

        self.post("order_seat_release", order, 1)

        self.assertFalse(reads(self.tom, self.book))
        self.assertEqual(self.redeem(order, self.tom).status_code, 302)
        self.assertTrue(reads(self.tom, self.book))
        self.assertEqual(self.client_class().get(before).status_code, 404)
        self.assertEqual(differences(), [])

    def test_who_has_left_takes_no_copy_by_the_link_for_everybody(self):
        order = make_copies(self.ada, self.book, 3)
        tom, bob = self.client_class(), self.client_class()
        tom.force_login(self.tom)
        bob.force_login(make_reader("bob"))
        tom.post(class_link_of(order))

        page = self.client.post(reverse("order_seat_release", args=[order.pk, 1]), follow=True)

        self.assertContains(page, "If they know the link for everybody, replace it too")
        for answer in (tom.get(class_link_of(order)), tom.post(class_link_of(order))):
            self.assertContains(answer, "Your copy was taken back")
        self.assertFalse(reads(self.tom, self.book))
        self.assertEqual(taken(order), [])
        # Others may have it, and so may Tom by a link of his own.
        bob.post(class_link_of(order))
        tom.post(link_of(order, 2))
        self.assertEqual(tom.get(class_link_of(order)).status_code, 302)
        self.assertEqual(taken(order), [1, 2])
        self.assertEqual(differences(), [])

    def test_a_copy_that_staff_suspended_before_it_was_taken_back_is_not_taken_again_either(self):
        order = make_copies(self.ada, self.book, 2)
        self.redeem(order, self.tom)
        access.suspend(Grant.objects.all(), by=make_staff())
        self.post("order_seat_release", order, 1)
        tom = self.client_class()
        tom.force_login(self.tom)

        self.assertContains(tom.post(class_link_of(order)), "Your copy was taken back")

        self.assertEqual(taken(order), [])

    def test_a_copy_that_nobody_has_taken_cannot_be_released(self):
        order = make_copies(self.ada, self.book, 2)
        before = link_of(order)

        self.post("order_seat_release", order, 1)
        self.post("order_seat_release", order, 7)

        self.assertEqual(link_of(order), before)

    def test_what_its_reader_owns_otherwise_stays(self):
        order = make_copies(self.ada, self.book, 2)
        self.redeem(order, self.tom)
        access.give(self.tom, self.book, by=self.ada, note="")

        self.post("order_seat_release", order, 1)

        self.assertTrue(reads(self.tom, self.book))

    def test_all_books_by_a_copy_ends_with_it(self):
        order = make_copies(self.ada, Bundle.objects.get(everything=True), 2)
        self.redeem(order, self.tom)
        self.assertTrue(reads(self.tom, self.book))

        self.post("order_seat_release", order, 1)

        self.assertFalse(reads(self.tom, self.book))
        self.assertEqual(differences(), [])

    def test_the_link_for_everybody_can_be_replaced(self):
        order = make_copies(self.ada, self.book, 2)
        before = class_link_of(order)

        self.post("order_class_link", order)

        self.assertEqual(self.client_class().get(before).status_code, 404)
        self.assertEqual(self.client_class().get(class_link_of(order)).status_code, 200)

    def test_the_list_and_the_spreadsheet_name_nobody_s_address(self):
        self.book.title = "=1+1"
        order = make_copies(self.ada, self.book, 2)
        self.redeem(order, self.tom)
        Seat.objects.filter(number=1).update(name="Tom T.")

        page = self.client.get(reverse("order_seats", args=[order.pk]))
        sheet = self.client.get(reverse("order_seats_csv", args=[order.pk]))

        self.assertContains(page, "1 of 2 taken")
        self.assertContains(page, "Tom T.")
        self.assertNotContains(page, "tom@example.com")
        self.assertEqual(
            sheet.content.decode().splitlines(),
            ["copy,title,link", f"2,'=1+1,http://testserver{link_of(order, 2)}"],
        )


class RefundTests(GivenCase):
    def test_copies_that_nobody_has_taken_are_refunded_by_their_number(self):
        order = make_copies(self.ada, self.book, 5)
        self.redeem(order, self.tom)

        made = self.refund(order, copies=3)

        order.refresh_from_db()
        self.assertEqual((made.amount, order.refunded_amount, order.status), (2700, 2700, "paid"))
        self.assertEqual(list(Seat.objects.free().values_list("number", flat=True)), [2])
        self.assertTrue(reads(self.tom, self.book))
        self.assertContains(self.client_class().get(link_of(order, 5)), "no longer available")
        self.assertEqual(sum(Allocation.objects.values_list("amount", flat=True)), 1800)
        self.assertEqual(differences(), [])

    def test_not_more_than_are_free(self):
        order = make_copies(self.ada, self.book, 3)
        self.redeem(order, self.tom)

        with self.assertRaisesMessage(refunds.NotRefunded, "only 2 copies are left that nobody has taken"):
            self.refund(order, copies=3)

        self.assertEqual(Refund.objects.count(), 0)

    def test_copies_refunded_one_by_one_add_up_to_what_was_paid(self):
        order = make_copies(self.ada, self.book, 3, amount=1000)
        staff = make_staff()
        with mock.patch("orders.stripe_gateway.find_payment", side_effect=OutcomeUnknown("down")):
            made = [refunds.refund(order, by=staff, reason="Asked.", copies=1).amount for _ in range(3)]

        self.assertEqual(sum(made), 1000)
        order.refresh_from_db()
        self.assertEqual(order.status, "refunded")

    def test_nor_does_a_copy_get_stuck_when_the_refund_of_another_has_failed(self):
        staff = make_staff()
        for number in range(3):
            order = make_copies(self.ada, self.book, 3, amount=1000)
            with (
                self.subTest(failed=number),
                mock.patch("orders.stripe_gateway.find_payment", side_effect=OutcomeUnknown("down")),
            ):
                made = [refunds.refund(order, by=staff, reason="Asked.", copies=1) for _ in range(3)]
                Refund.objects.filter(pk=made[number].pk).update(status="failed")
                Order.objects.filter(pk=order.pk).update(status="paid")
                order.lines.update(is_open=True)

                refunds.refund(order, by=staff, reason="Asked.", copies=1)

                kept = order.refunds.exclude(status="failed")
                self.assertEqual(sum(kept.values_list("amount", flat=True)), 1000)

    def test_a_refund_that_fails_opens_the_copies_again(self):
        order = make_copies(self.ada, self.book, 2)
        made = self.refund(order, copies=2)
        self.assertEqual(Seat.objects.free().count(), 0)

        Refund.objects.filter(pk=made.pk).update(status="failed")
        refunded = Order.objects.get(pk=order.pk)
        order_state.recount(refunded)
        refunded.open_lines({refunded.lines.get().pk})
        order_state.update_access(refunded)

        self.assertEqual(Seat.objects.free().count(), 2)
        self.redeem(order, self.tom)
        self.assertTrue(reads(self.tom, self.book))
        self.assertEqual(differences(), [])

    def test_a_whole_refund_closes_everything(self):
        order = make_copies(self.ada, self.book, 2)
        self.redeem(order, self.tom)

        self.refund(order)

        self.assertFalse(reads(self.tom, self.book))
        self.assertContains(self.client_class().get(class_link_of(order)), "no longer available")
        self.assertEqual(differences(), [])
        self.assertContains(self.page_of(order), "nobody can read by this order any more")

    def test_staff_see_how_many_can_be_refunded(self):
        order = make_copies(self.ada, self.book, 3)
        self.redeem(order, self.tom)
        staff = self.client_class()
        staff.force_login(make_staff())
        page = reverse("admin:orders_order_refund") + f"?order={order.pk}"

        self.assertContains(staff.get(page), "2 of them are left")
        sent = {f"{order.pk}-refund_id": "0b6ad09c-4e0e-4a9e-8b52-7f2a4d0a8f11", f"{order.pk}-copies": 2}
        with mock.patch("orders.stripe_gateway.find_payment", side_effect=OutcomeUnknown("down")):
            staff.post(page, sent | {"reason": "Asked."})
        self.assertEqual(Refund.objects.get().amount, 1800)
        self.assertContains(staff.get(reverse("admin:orders_order_change", args=[order.pk])), "1 of 3 taken")


class PeopleTests(GivenCase):
    def test_a_gift_stays_when_its_giver_is_erased(self):
        order = make_copies(self.ada, self.book, wish=WISH)
        self.redeem(order, self.tom)
        waiting = make_copies(self.ada, self.book, wish=WISH._replace(day="2027-01-01"))

        erase(self.ada)

        self.assertTrue(reads(self.tom, self.book))
        self.assertEqual(
            set(Gift.objects.values_list("giver", "recipient", "email", "message", "send_at")),
            {("", "", "", "", None)},
        )
        self.assertEqual(gifts.send_due_letters(), 0)
        self.assertEqual(self.redeem(waiting, make_reader("bob")).status_code, 302)
        order_state.restore_access(order)
        self.assertTrue(reads(self.tom, self.book))
        self.assertEqual(differences(), [])

    def test_who_took_a_copy_leaves_no_name_in_the_list(self):
        order = make_copies(self.ada, self.book, 2)
        self.redeem(order, self.tom)
        Seat.objects.filter(number=1).update(name="Tom T.")

        erase(self.tom)

        self.assertEqual(set(Seat.objects.values_list("name", flat=True)), {""})
        self.assertEqual(taken(order), [1])
        self.assertEqual(differences(), [])

    @override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
    def test_letters_with_the_giver_s_words_go_with_the_account(self):
        make_copies(self.ada, self.book, wish=WISH)
        gifts.send_due_letters()
        self.assertEqual(Email.objects.filter(to="tom@example.com").count(), 1)

        erase(self.ada)

        self.assertEqual(Email.objects.count(), 0)

    def test_both_are_told_what_is_kept_about_them(self):
        order = make_copies(self.ada, self.book, wish=WISH)
        self.redeem(order, self.tom)

        self.assertEqual(export(self.ada)["orders"][0]["gift__message"], "For the train.")
        self.assertEqual(export(self.tom)["seats"][0]["line__title"], "The Ferry")

    def test_given_gifts_and_taken_copies_move_with_a_claim(self):
        guest, account = make_guest(), make_reader("carol")
        given = make_copies(guest, self.book, 2)
        order = make_copies(self.ada, self.book)
        log_in_as(guest).post(link_of(order))
        self.redeem(given, self.tom, 2)

        claim(guest, account)

        self.assertTrue(reads(account, self.book))
        self.assertTrue(reads(self.tom, self.book))
        self.assertEqual(Order.objects.get(pk=given.pk).user, account)
        self.assertEqual(differences(), [])

    def test_two_copies_of_one_order_become_one_and_the_other_is_free(self):
        guest, account = make_guest(), make_reader("carol")
        order = make_copies(self.ada, self.book, 3)
        log_in_as(guest).post(link_of(order, 1))
        self.redeem(order, account, 2)

        claim(guest, account)

        self.assertEqual(taken(order), [2])
        self.assertTrue(reads(account, self.book))
        self.assertEqual(Grant.objects.filter(ended_at=None).count(), 1)
        self.assertEqual(differences(), [])

    def test_a_copy_released_by_the_account_and_taken_by_its_guest(self):
        guest, account = make_guest(), make_reader("carol")
        order = make_copies(self.ada, self.book, 2)
        self.redeem(order, account, 1)
        self.post("order_seat_release", order, 1)
        log_in_as(guest).post(link_of(order, 2))

        claim(guest, account)

        self.assertEqual(taken(order), [2])
        self.assertTrue(reads(account, self.book))
        self.assertEqual(differences(), [])

    def test_a_giver_who_took_the_gift_as_a_guest_does_not_keep_it(self):
        guest = make_guest()
        order = make_copies(self.ada, self.book)
        log_in_as(guest).post(link_of(order))

        claim(guest, self.ada)

        self.assertFalse(reads(self.ada, self.book))
        self.assertEqual(taken(order), [])
        self.assertEqual(differences(), [])


class DoctorTests(GivenCase):
    def test_a_copy_that_opens_nothing_is_found_and_repaired(self):
        order = make_copies(self.ada, self.book, 2)
        self.redeem(order, self.tom)
        Grant.objects.all().delete()

        self.assertEqual(differences(), ["paid_without_access"])
        order_state.restore_access(order)
        self.assertEqual(differences(), [])
        self.assertTrue(reads(self.tom, self.book))

    def test_access_without_a_copy_is_found(self):
        order = make_copies(self.ada, self.book, 2)
        access.grant(self.ada, self.book, order_id=order.pk)

        self.assertEqual(differences(), ["access_without_payment"])

    def test_access_of_a_refunded_copy_is_found(self):
        order = make_copies(self.ada, self.book, 2)
        self.redeem(order, self.tom)
        Order.objects.update(status=OrderStatus.REFUNDED)

        self.assertIn("access_without_payment", differences())

    def test_two_gifts_are_no_duplicate_and_rows_say_how_many(self):
        for _ in range(2):
            make_copies(self.ada, self.book)
        order = make_copies(self.ada, self.book, 3)
        self.redeem(order, self.tom, 3)

        rows = [case.as_row() for case in read_cases(Order.objects.all())]

        self.assertEqual(differences(), [])
        self.assertEqual(
            [(row["copies"], row["redeemed"], row["access"]) for row in rows],
            [(1, 0, None), (1, 0, None), (3, 1, True)],
        )
        self.assertEqual(CustomUser.objects.filter(is_guest=True).count(), 0)
