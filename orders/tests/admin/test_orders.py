"""Orders, refunds and disputes in the admin: read-only, with one page that refunds."""

from datetime import timedelta
from unittest.mock import patch

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.core import mail
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from books.models import Bundle
from books.tests.builders import make_book, make_reader, make_staff
from orders.models import (
    Attempt,
    AttemptApi,
    Dispute,
    Order,
    OrderStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
    StripeEvent,
)
from orders.tests.builders import add_line, make_order
from orders.tests.staff_cases import DeskTestCase
from users.models import CustomUser

ORDERS = reverse("admin:orders_order_changelist")
REFUNDS = reverse("admin:orders_refund_changelist")
DISPUTES = reverse("admin:orders_dispute_changelist")


def make_clerk(*codenames):
    """Save somebody of the staff who may do only what is named."""
    clerk = CustomUser.objects.create_user("clerk@example.com", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return clerk


def make_dispute(order, **fields):
    now = timezone.now()
    fields = {"status": "needs_response", "due_by": now + timedelta(days=7), "opened_at": now} | fields
    fields = {"stripe_dispute_id": f"dp_{order.pk.hex}", "reason": "fraudulent", "amount": 3900} | fields
    return Dispute.objects.create(order=order, stripe_charge_id=order.stripe_charge_id, **fields)


def make_refund(order, **fields):
    fields = {"amount": 1000, "origin": RefundOrigin.STAFF, "status": RefundStatus.SUCCEEDED} | fields
    return Refund.objects.create(order=order, stripe_charge_id=order.stripe_charge_id, **fields)


class WindowTestCase(TestCase):
    def setUp(self):
        self.order = make_order(make_reader("ada"), status=OrderStatus.PAID)
        self.grace = make_staff()
        self.client.force_login(self.grace)
        self.page = reverse("admin:orders_order_change", args=[self.order.pk])

    def shown(self, address, **query):
        """Return the orders whose numbers stand in a list."""
        content = self.client.get(address, query).content.decode()
        return {order for order in Order.objects.all() if order.number in content}


class OrderListTests(WindowTestCase):
    def test_an_order_is_found_by_its_buyer_its_number_and_its_charge(self):
        make_order(make_reader("bob"), status=OrderStatus.PAID, stripe_charge_id="ch_of_bob")

        for words in ("ada@example.com", "ch_made_up", str(self.order.pk), self.order.number):
            with self.subTest(words):
                self.assertEqual(self.shown(ORDERS, q=words), {self.order})

    def test_beginnings_and_parts_that_nothing_begins_with_find_an_order_too(self):
        make_order(make_reader("bob"), status=OrderStatus.PAID, stripe_charge_id="ch_of_bob")
        number = self.order.number.lower()

        for words in ("ADA@exam", "da@exam", str(self.order.pk)[:13], f"{number} ada@", '"ch_made_up"'):
            with self.subTest(words):
                self.assertEqual(self.shown(ORDERS, q=words), {self.order})
        for words in ("ch_made", f"{number} bob@", "nobody@example.com", "%"):
            with self.subTest(words):
                self.assertEqual(self.shown(ORDERS, q=words), set())

    def test_an_action_on_more_than_are_counted_does_nothing(self):
        for name in ("bob", "carol"):
            make_order(make_reader(name), status=OrderStatus.PAID, stripe_charge_id=f"ch_{name}")
        chosen = {"action": "send_receipts", "_selected_action": [self.order.pk], "select_across": "1"}
        with patch("users.model_admin.MOST_ROWS", 2):
            refused = self.client.post(ORDERS, chosen, follow=True)
        self.assertContains(refused, "Choose at most 2 rows at once")
        self.assertEqual(mail.outbox, [])

        self.assertContains(self.client.post(ORDERS, chosen, follow=True), "Receipts queued: 3.")

    def test_what_needs_a_look_is_one_click_away(self):
        doubtful = make_order(make_reader("bob"))
        Attempt.objects.create(order=doubtful, number=1, api=AttemptApi.CHARGES)
        disputed = make_order(make_reader("carol"), status=OrderStatus.DISPUTED)
        partly = make_order(make_reader("dan"), status=OrderStatus.PAID, refunded_amount=1000)
        make_order(make_reader("eve"), status=OrderStatus.REFUNDED, refunded_amount=3900)

        self.assertEqual(self.shown(ORDERS, look="doubt"), {doubtful})
        self.assertEqual(self.shown(ORDERS, look="disputed"), {disputed})
        self.assertEqual(self.shown(ORDERS, look="partly"), {partly})
        self.assertEqual(self.shown(ORDERS), set(Order.objects.all()))

    def test_doubt_and_what_was_refunded_stand_in_the_list(self):
        self.assertNotContains(self.client.get(ORDERS), "Not paid, in doubt")
        self.assertNotContains(self.client.get(ORDERS), "$10.00")
        Attempt.objects.create(order=make_order(make_reader("bob")), number=1, api=AttemptApi.CHARGES)
        Order.objects.filter(pk=self.order.pk).update(refunded_amount=1000)

        response = self.client.get(ORDERS)

        self.assertContains(response, "Not paid, in doubt", count=1)
        self.assertContains(response, "$10.00", count=1)

    def test_the_list_and_the_page_say_what_was_bought_and_not_its_reference(self):
        for address in (ORDERS, reverse("admin:orders_order_change", args=[self.order.pk])):
            page = self.client.get(address)

            self.assertContains(page, "All Books")
            self.assertNotContains(page, "all-books")

    def test_it_costs_the_same_for_one_order_and_25(self):
        self.client.get(ORDERS)
        with self.assertNumQueries(8):
            self.client.get(ORDERS)
        for number in range(24):
            make_order(make_reader(f"reader-{number}"), status=OrderStatus.PAID)

        with self.assertNumQueries(8):
            self.client.get(ORDERS)


class OrderPageTests(WindowTestCase):
    def test_it_shows_what_belongs_to_the_order_and_leads_to_stripe(self):
        attempt = {"api": AttemptApi.HOSTED_PAGE, "stripe_checkout_session_id": "cs_test_a1"}
        Attempt.objects.create(order=self.order, number=1, stripe_payment_intent_id="pi_1", **attempt)
        make_refund(self.order, stripe_refund_id="re_1", reason="Asked for.", requested_by=self.grace)
        make_dispute(self.order, stripe_dispute_id="dp_1", status="warning_needs_response")
        values = {"livemode": False, "created_at": timezone.now(), "error": "OutcomeUnknown: timeout"}
        StripeEvent.objects.create(id="evt_1", type="charge.refunded", order=self.order, **values)

        response = self.client.get(self.page)

        for words in (
            "All Books",
            "$39.00",
            "$10.00",
            "Asked for.",
            "Inquiry: needs an answer",
            "Failed: OutcomeUnknown: timeout",
            "https://dashboard.stripe.com/test/payments/ch_made_up",
            "https://dashboard.stripe.com/test/payments/pi_1",
            "https://dashboard.stripe.com/test/checkout/sessions/cs_test_a1",
            "https://dashboard.stripe.com/test/refunds/re_1",
            "https://dashboard.stripe.com/test/disputes/dp_1",
        ):
            with self.subTest(words):
                self.assertContains(response, words)
        self.assertNotContains(response, "3900")
        self.assertNotContains(response, "None")

    def test_a_live_order_leads_to_the_live_dashboard(self):
        Order.objects.update(livemode=True)

        self.assertContains(self.client.get(self.page), "https://dashboard.stripe.com/payments/ch_made_up")

    def test_nobody_types_orders_in_changes_or_deletes_them(self):
        before = Order.objects.values().get()

        answers = [
            self.client.post(self.page, {"status": "refunded", "amount": "1"}),
            self.client.post(reverse("admin:orders_order_delete", args=[self.order.pk]), {"post": "yes"}),
            self.client.get(reverse("admin:orders_order_add")),
        ]

        self.assertEqual([answer.status_code for answer in answers], [403, 403, 403])
        self.assertEqual(Order.objects.values().get(), before)

    def test_the_button_stands_only_where_something_can_be_refunded(self):
        self.assertContains(self.client.get(self.page), reverse("admin:orders_order_refund"))

        Order.objects.update(status=OrderStatus.DISPUTED)

        self.assertNotContains(self.client.get(self.page), reverse("admin:orders_order_refund"))

    def test_it_costs_the_same_for_one_row_of_a_kind_and_five(self):
        def add(number):
            add_line(self.order, make_book(f"Book {number}"))
            make_refund(self.order, stripe_refund_id=f"re_{number}", requested_by=self.grace)
            make_dispute(self.order, stripe_dispute_id=f"dp_{number}")
            event = {"type": "charge.refunded", "livemode": False, "created_at": timezone.now()}
            StripeEvent.objects.create(id=f"evt_{number}", order=self.order, **event)

        add(1)
        self.client.get(self.page)
        with self.assertNumQueries(11):
            self.client.get(self.page)
        for number in range(2, 6):
            add(number)

        with self.assertNumQueries(11):
            self.client.get(self.page)


class ReceiptTests(WindowTestCase):
    def send(self, *orders):
        chosen = {"action": "send_receipts", "_selected_action": [order.pk for order in orders]}
        return self.client.post(ORDERS, chosen, follow=True)

    def test_a_receipt_can_be_sent_again_though_no_letter_is_kept(self):
        page = self.send(self.order)

        [letter] = mail.outbox
        self.assertEqual(letter.to, [self.order.user.email])
        self.assertIn(f"Order {self.order.number}", letter.body)
        self.assertContains(page, "Receipts queued: 1.")

    def test_there_is_none_for_what_was_not_paid(self):
        unpaid = make_order(make_reader("bob"))

        page = self.send(unpaid)

        self.assertEqual(mail.outbox, [])
        self.assertContains(page, "Receipts queued: 0.")

    def test_it_takes_the_right_to_send_mail(self):
        self.client.force_login(make_clerk("view_order"))

        self.send(self.order)

        self.assertEqual(mail.outbox, [])


class RefundListTests(WindowTestCase):
    def test_it_says_how_much_for_whom_by_whom_and_why(self):
        make_refund(self.order, requested_by=self.grace, reason="Asked for.")

        response = self.client.get(REFUNDS)

        for words in (self.order.number, "$10.00", "Refunded", self.grace.email, "Asked for."):
            with self.subTest(words):
                self.assertContains(response, words)

    def test_one_that_nobody_here_made_says_where_it_comes_from(self):
        made = make_refund(self.order, origin=RefundOrigin.DASHBOARD)
        cell = '<td class="field-who">In Stripe&#x27;s dashboard</td>'

        self.assertInHTML(cell, self.client.get(REFUNDS).content.decode())
        page = self.client.get(reverse("admin:orders_refund_change", args=[made.pk]))
        self.assertNotContains(page, "None")

    def test_it_is_filtered_by_status_and_origin(self):
        other = make_order(make_reader("bob"), status=OrderStatus.PAID)
        make_refund(self.order, status=RefundStatus.FAILED)
        make_refund(other, origin=RefundOrigin.DASHBOARD)

        self.assertEqual(self.shown(REFUNDS, status__exact="failed"), {self.order})
        self.assertEqual(self.shown(REFUNDS, origin__exact="dashboard"), {other})

    def test_nobody_types_refunds_in_changes_or_deletes_them(self):
        made = make_refund(self.order)
        before = Refund.objects.values().get()

        answers = [
            self.client.post(reverse("admin:orders_refund_change", args=[made.pk]), {"amount": "1"}),
            self.client.post(reverse("admin:orders_refund_delete", args=[made.pk]), {"post": "yes"}),
            self.client.get(reverse("admin:orders_refund_add")),
        ]

        self.assertEqual([answer.status_code for answer in answers], [403, 403, 403])
        self.assertEqual(Refund.objects.values().get(), before)

    def test_its_page_names_the_lines(self):
        made = make_refund(self.order)
        made.lines.set(self.order.lines.all())

        self.assertContains(
            self.client.get(reverse("admin:orders_refund_change", args=[made.pk])), "All Books"
        )

    def test_it_costs_the_same_for_one_refund_and_25(self):
        make_refund(self.order, requested_by=self.grace)
        self.client.get(REFUNDS)
        with self.assertNumQueries(6):
            self.client.get(REFUNDS)
        for number in range(24):
            make_refund(make_order(make_reader(f"reader-{number}"), status=OrderStatus.PAID))

        with self.assertNumQueries(6):
            self.client.get(REFUNDS)


class DisputeListTests(WindowTestCase):
    def test_what_is_due_first_stands_first_and_what_is_closed_last(self):
        now = timezone.now()
        closed = make_dispute(self.order, status="lost", due_by=now - timedelta(days=9))
        decided = make_dispute(self.another("bob"), status="under_review", due_by=now)
        later = make_dispute(self.another("carol"), due_by=now + timedelta(days=9))
        sooner = make_dispute(self.another("dan"), status="warning_needs_response", due_by=now)

        rows = self.client.get(DISPUTES).context["cl"].result_list

        self.assertEqual(list(rows), [sooner, later, decided, closed])

    def test_what_is_overdue_is_marked_until_it_is_answered(self):
        dispute = make_dispute(self.order)
        self.assertNotContains(self.client.get(DISPUTES), "Overdue")

        dispute.due_by = timezone.now() - timedelta(hours=1)
        dispute.save()
        self.assertContains(self.client.get(DISPUTES), "Overdue", count=1)

        dispute.status = "under_review"
        dispute.save()
        self.assertNotContains(self.client.get(DISPUTES), "Overdue")

    def test_the_state_is_in_words_even_one_that_is_new(self):
        make_dispute(self.order, status="needs_response")
        make_dispute(self.another("bob"), status="something_new")

        response = self.client.get(DISPUTES)

        self.assertContains(response, "Needs an answer")
        self.assertContains(response, "Something new")
        self.assertContains(response, f"https://dashboard.stripe.com/test/disputes/dp_{self.order.pk.hex}")
        self.assertContains(response, self.page)

    def test_open_and_closed_ones_are_told_apart(self):
        won, new = self.another("bob"), self.another("carol")
        make_dispute(self.order)
        make_dispute(won, status="won")
        make_dispute(new, status="something_new")

        self.assertEqual(self.shown(DISPUTES, open="yes"), {self.order, new})
        self.assertEqual(self.shown(DISPUTES, open="no"), {won})
        self.assertEqual(self.shown(DISPUTES), {self.order, won, new})

    def test_its_page_names_the_buyer_and_what_is_due(self):
        dispute = make_dispute(self.order, due_by=timezone.now() - timedelta(hours=1))

        response = self.client.get(reverse("admin:orders_dispute_change", args=[dispute.pk]))

        for words in ("ada@example.com", "Overdue", "Needs an answer", "$39.00", self.page):
            self.assertContains(response, words)

    def test_nobody_types_disputes_in_changes_or_deletes_them(self):
        dispute = make_dispute(self.order)
        before = Dispute.objects.values().get()

        answers = [
            self.client.post(reverse("admin:orders_dispute_change", args=[dispute.pk]), {"status": "won"}),
            self.client.post(reverse("admin:orders_dispute_delete", args=[dispute.pk]), {"post": "yes"}),
            self.client.get(reverse("admin:orders_dispute_add")),
        ]

        self.assertEqual([answer.status_code for answer in answers], [403, 403, 403])
        self.assertEqual(Dispute.objects.values().get(), before)

    def test_it_costs_the_same_for_one_dispute_and_25(self):
        make_dispute(self.order)
        self.client.get(DISPUTES)
        with self.assertNumQueries(5):
            self.client.get(DISPUTES)
        for number in range(24):
            make_dispute(self.another(f"reader-{number}"))

        with self.assertNumQueries(5):
            self.client.get(DISPUTES)

    def another(self, name):
        return make_order(make_reader(name), status=OrderStatus.PAID)


class RefundPageTests(DeskTestCase):
    """The page between choosing orders and giving their money back."""

    def choose(self, *orders, browser=None):
        chosen = {"action": "refund_selected", "_selected_action": [order.pk for order in orders]}
        return (browser or self.desk).post(ORDERS, chosen)

    def post(self, *orders, **changes):
        """Fill in the page of these orders and send it; return the answer."""
        return self.desk.post(self.page_of(*orders), self.fill_in(*orders, **changes))

    def said(self, response):
        """Return the messages as (level, words)."""
        return [(message.level_tag, message.message) for message in get_messages(response.wsgi_request)]

    def test_the_action_leads_there_and_nothing_has_happened_yet(self):
        response = self.choose(self.order)

        self.assertRedirects(response, self.page_of(self.order))
        page = self.desk.get(response.url)
        for words in (
            self.order.number,
            "ada@example.com",
            "$39.00",
            "All Books",
            "Nothing has been refunded yet.",
        ):
            self.assertContains(page, words)
        self.assert_nothing_refunded()

    def test_sent_as_it_comes_it_gives_everything_back(self):
        response = self.post(self.order, reason="She had meant another shop.")

        self.assertRedirects(response, reverse("admin:orders_order_change", args=[self.order.pk]))
        self.assertEqual(self.said(response), [("success", f"{self.order}: $39.00 has been refunded.")])
        self.assert_order(OrderStatus.REFUNDED, 3900)
        self.assert_owns(self.ada, False)
        made = Refund.objects.get()
        self.assertEqual((made.requested_by, made.reason), (self.grace, "She had meant another shop."))

    def test_it_is_in_the_admins_log(self):
        self.post(self.order)

        entry = LogEntry.objects.get(content_type__model="order")
        self.assertEqual((entry.user, entry.object_id), (self.grace, str(self.order.pk)))
        self.assertIn("Refund of $39.00 requested. Reason: Asked for.", entry.change_message)

    def test_an_amount_is_typed_in_the_currency_and_kept_to_the_cent(self):
        self.post(self.order, amount="10.01")

        self.assert_order(OrderStatus.PAID, 1001)
        self.assert_owns(self.ada, True)

    def test_a_line_is_taken_back_alone(self):
        self.order.lines.update(amount=3000)
        other = Bundle.objects.create(title="Two by the sea", slug="two-by-the-sea", price=900)
        line = add_line(self.order, other)

        self.post(self.order, lines=[line.pk])

        self.assert_order(OrderStatus.PAID, 900)
        self.assertEqual(list(Refund.objects.get().lines.all()), [line])
        page = self.desk.get(self.page_of(self.order))
        self.assertContains(page, "Two by the sea, $9.00 (already refunded)")

    def test_sent_twice_it_refunds_once(self):
        sent = self.fill_in(self.order, amount="10.00")

        for _ in range(2):
            response = self.desk.post(self.page_of(self.order), sent)

            self.assertEqual(self.said(response)[-1], ("success", f"{self.order}: $10.00 has been refunded."))
        self.assert_order(OrderStatus.PAID, 1000)
        self.assertEqual(len(self.refunds_at_stripe()), 1)

    def test_all_of_it_sent_twice_says_twice_that_it_was_refunded(self):
        sent = self.fill_in(self.order)

        for _ in range(2):
            response = self.desk.post(self.page_of(self.order), sent)

            self.assertEqual(self.said(response)[-1], ("success", f"{self.order}: $39.00 has been refunded."))
        self.assertEqual(len(self.refunds_at_stripe()), 1)

    def test_opened_again_it_refunds_again(self):
        self.post(self.order, amount="10.00")
        self.post(self.order, amount="10.00")

        self.assert_order(OrderStatus.PAID, 2000)
        self.assertEqual(len(self.refunds_at_stripe()), 2)

    def test_what_cannot_be_asked_for_is_said_beside_its_field(self):
        other = make_order(make_reader("bob")).lines.get()
        add_line(self.order, make_book())
        for sentence, changes in {
            "This field is required.": {"reason": " "},
            "Enter a number.": {"amount": "ten"},
            "no more than 2 decimal places": {"amount": "10.001"},
            "greater than or equal to 0.01": {"amount": "0"},
            "Choose what to refund.": {"lines": []},
            "is not one of the available choices": {"lines": [other.pk]},
            "Choose lines or type an amount, not both.": {
                "lines": [self.order.lines.first().pk],
                "amount": "1",
            },
            "Enter a valid UUID.": {"refund_id": "x"},
        }.items():
            with self.subTest(sentence):
                self.assertContains(self.post(self.order, **changes), sentence)
                self.assert_nothing_refunded()

    def test_more_than_is_left_is_refused_with_what_is_left(self):
        response = self.post(self.order, amount="39.01")

        sentence = f"{self.order}: you can refund from $0.01 to $39.00."
        self.assertEqual(self.said(response), [("error", sentence)])
        self.assert_nothing_refunded()

    def test_what_cannot_be_refunded_is_named_before_confirming(self):
        disputed = make_order(make_reader("bob"), status=OrderStatus.DISPUTED)

        page = self.desk.get(self.page_of(self.order, disputed))

        self.assertContains(page, f"{disputed} is disputed: the bank decides about the money.")
        self.assertNotContains(page, f"{disputed.pk}-refund_id")
        self.assertContains(page, f"{self.order.pk}-refund_id")

    def test_with_nothing_to_refund_there_is_nothing_to_confirm(self):
        pending = make_order(make_reader("bob"))

        page = self.desk.get(self.page_of(pending))

        self.assertContains(page, f"{pending} has nothing left to refund.")
        self.assertNotContains(page, "Refund the buyer")
        self.assertNotContains(self.desk.post(self.page_of(pending), {"reason": "X"}), "Refund the buyer")
        self.assert_nothing_refunded()

    def test_several_orders_get_one_message_each(self):
        bob = make_reader("bob")
        other = make_order(bob, status=OrderStatus.PAID, stripe_charge_id="ch_unknown_to_stripe")
        sent = self.fill_in(self.order, other)
        self.stripe.dispute(self.order.stripe_charge_id)
        self.hear()

        response = self.desk.post(self.page_of(self.order, other), sent)

        self.assertRedirects(response, ORDERS)
        self.assertCountEqual(
            self.said(response),
            [
                ("error", f"{self.order} is disputed: the bank decides about the money."),
                (
                    "warning",
                    f"{other}: $39.00 is waiting for Stripe, which has not confirmed the refund yet."
                    " We keep asking.",
                ),
            ],
        )

    def test_too_many_at_once_are_not_even_asked_about(self):
        others = [make_order(make_reader(f"r{n}"), status=OrderStatus.PAID) for n in range(20)]

        response = self.choose(self.order, *others)

        self.assertEqual(self.said(response), [("error", "Refund at most 20 orders at once.")])
        self.assertEqual(self.desk.get(self.page_of(self.order, *others)).status_code, 400)

    def test_an_address_that_names_no_orders_is_refused(self):
        page = reverse("admin:orders_order_refund")

        for query in ("", "?order=", "?order=x", f"?order={self.grace.pk}", "?order=%00"):
            with self.subTest(query):
                self.assertEqual(self.desk.get(page + query).status_code, 400)

    def test_while_stripe_is_away_it_says_that_it_waits(self):
        self.stripe.go_wrong("POST /v1/refunds", "drop_before", times=2)

        response = self.post(self.order)

        [(level, words)] = self.said(response)
        self.assertEqual(level, "warning")
        self.assertIn("is waiting for Stripe", words)
        self.assert_owns(self.ada, False)


class PermissionTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.order_page = reverse("admin:orders_order_change", args=[self.order.pk])

    def browser_of(self, *codenames):
        browser = Client()
        browser.force_login(make_clerk(*codenames))
        return browser

    def test_without_it_there_is_no_action_no_button_and_no_page(self):
        clerk = self.browser_of("view_order")
        sent = self.fill_in(self.order)

        self.assertNotContains(clerk.get(ORDERS), "Refund selected orders")
        self.assertContains(clerk.get(self.order_page), self.order.number)
        self.assertNotContains(clerk.get(self.order_page), reverse("admin:orders_order_refund"))
        clerk.post(ORDERS, {"action": "refund_selected", "_selected_action": [self.order.pk]})
        self.assertEqual(clerk.get(self.page_of(self.order)).status_code, 403)
        self.assertEqual(clerk.post(self.page_of(self.order), sent).status_code, 403)
        self.assert_nothing_refunded()

    def test_with_it_there_are_all_three(self):
        clerk = self.browser_of("view_order", "refund_order")

        self.assertContains(clerk.get(ORDERS), "Refund selected orders")
        self.assertContains(clerk.get(self.order_page), reverse("admin:orders_order_refund"))
        clerk.post(self.page_of(self.order), self.fill_in(self.order))

        self.assert_order(OrderStatus.REFUNDED, 3900)

    def test_readers_do_not_get_there(self):
        for browser, door in ((self.client, "admin:login"), (Client(), "account_login")):
            with self.subTest(door):
                answer = browser.post(self.page_of(self.order), self.fill_in(self.order))

                self.assertEqual(answer.status_code, 302)
                self.assertEqual(answer.url.partition("?")[0], reverse(door))
        self.assert_nothing_refunded()
