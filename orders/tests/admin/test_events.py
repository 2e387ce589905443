"""Stripe's events in the admin: how each ended, and handling them again."""

from unittest.mock import patch

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import OrderStatus, StripeEvent
from orders.payments import webhooks
from orders.tests.staff_cases import DeskTestCase
from users.models import CustomUser

EVENTS = reverse("admin:orders_stripeevent_changelist")


class EventTestCase(DeskTestCase):
    def make_event(self, number, **fields):
        """Save an event about the order's charge."""
        charge = self.order.stripe_charge_id
        values = {
            "id": f"evt_{number}",
            "type": "charge.refunded",
            "object_id": charge,
            "payment_id": charge,
            "order": self.order,
            "livemode": False,
            "created_at": timezone.now(),
        }
        return StripeEvent.objects.create(**values | fields)


class EventListTests(EventTestCase):
    def setUp(self):
        super().setUp()
        now = timezone.now()
        self.handled = self.make_event("handled", handled_at=now)
        self.ignored = self.make_event("ignored", handled_at=now, ignored="no order of this shop", order=None)
        self.failed = self.make_event("failed", error="OutcomeUnknown: timeout", attempts=3)
        self.waiting = self.make_event("waiting", type="refund.failed", livemode=True, object_id="re_1")

    def shown(self, **query):
        return set(self.desk.get(EVENTS, query).context["cl"].result_list)

    def test_it_says_what_came_of_each(self):
        response = self.desk.get(EVENTS)

        for words in ("Ignored: no order of this shop", "Failed: OutcomeUnknown: timeout", "Not handled"):
            with self.subTest(words):
                self.assertContains(response, words)
        self.assertContains(response, reverse("admin:orders_order_change", args=[self.order.pk]))

    def test_it_is_filtered_by_state_type_and_mode(self):
        everything = set(StripeEvent.objects.all())

        self.assertEqual(self.shown(), everything)
        self.assertEqual(self.shown(state="handled"), {self.handled})
        self.assertEqual(self.shown(state="ignored"), {self.ignored})
        self.assertEqual(self.shown(state="failed"), {self.failed})
        self.assertEqual(self.shown(state="waiting"), {self.waiting})
        self.assertEqual(self.shown(type="refund.failed"), {self.waiting})
        self.assertEqual(self.shown(livemode__exact="1"), {self.waiting})
        self.assertEqual(self.shown(state="nonsense"), everything)

    def test_it_is_searched_by_its_id_its_object_and_its_order(self):
        self.assertEqual(self.shown(q="evt_failed"), {self.failed})
        self.assertEqual(self.shown(q="re_1"), {self.waiting})
        self.assertEqual(self.shown(q=self.order.number), {self.handled, self.failed, self.waiting})

    def test_its_page_leads_to_stripe(self):
        page = reverse("admin:orders_stripeevent_change", args=[self.waiting.pk])

        self.assertContains(self.desk.get(page), "https://dashboard.stripe.com/events/evt_waiting")

    def test_an_object_without_a_page_at_stripe_is_only_named(self):
        event = self.make_event("other", object_id="x_1")

        response = self.desk.get(reverse("admin:orders_stripeevent_change", args=[event.pk]))

        self.assertContains(response, "x_1")
        self.assertNotContains(response, "/x_1")

    def test_nobody_types_events_in_changes_or_deletes_them(self):
        before = list(StripeEvent.objects.values())

        answers = [
            self.desk.post(reverse("admin:orders_stripeevent_change", args=[self.waiting.pk]), {"type": "x"}),
            self.desk.post(
                reverse("admin:orders_stripeevent_delete", args=[self.waiting.pk]), {"post": "yes"}
            ),
            self.desk.get(reverse("admin:orders_stripeevent_add")),
        ]

        self.assertEqual([answer.status_code for answer in answers], [403, 403, 403])
        self.assertEqual(list(StripeEvent.objects.values()), before)

    def test_it_costs_the_same_for_four_events_and_25(self):
        self.desk.get(EVENTS)
        with self.assertNumQueries(4):
            self.desk.get(EVENTS)
        for number in range(21):
            self.make_event(number)

        with self.assertNumQueries(4):
            self.desk.get(EVENTS)


class HandleAgainTests(EventTestCase):
    def handle(self, *events, browser=None):
        """Have the events handled again; return the messages as (level, words)."""
        chosen = {"action": "handle_again", "_selected_action": [event.pk for event in events]}
        response = (browser or self.desk).post(EVENTS, chosen)
        return [(message.level_tag, message.message) for message in get_messages(response.wsgi_request)]

    def test_an_event_that_failed_is_made_up_for(self):
        self.stripe.refund(self.order.stripe_charge_id)
        event = self.make_event("1", error="OutcomeUnknown: timeout", attempts=1)

        said = self.handle(event)

        self.assertEqual(said, [("success", "charge.refunded evt_1: Handled.")])
        event.refresh_from_db()
        self.assertEqual((event.error, event.attempts), ("", 2))
        self.assert_order(OrderStatus.REFUNDED, 3900)
        self.assert_owns(self.ada, False)
        self.assertEqual(LogEntry.objects.get().object_id, "evt_1")

    def test_one_that_was_handled_changes_nothing(self):
        event = self.make_event("1", handled_at=timezone.now())

        self.assertEqual(self.handle(event), [("success", "charge.refunded evt_1: Handled.")])

        self.assert_nothing_refunded()

    def test_each_gets_its_message_and_a_failure_holds_up_no_other(self):
        lost = self.make_event("1", payment_id="ch_unknown", object_id="ch_unknown")
        other_mode = self.make_event("2", livemode=True)
        good = self.make_event("3")

        said = self.handle(lost, other_mode, good)

        self.assertCountEqual(
            said,
            [
                ("success", "charge.refunded evt_1: Ignored: Stripe does not have the payment."),
                ("success", "charge.refunded evt_2: Ignored: the other mode (test or live)."),
                ("success", "charge.refunded evt_3: Handled."),
            ],
        )

    def test_while_stripe_is_away_it_stays_to_be_handled(self):
        event = self.make_event("1")
        self.stripe.go_wrong("GET /v1/charges/*", "drop_before", times=2)

        [(level, words)] = self.handle(event)

        self.assertEqual(level, "error")
        self.assertIn("Failed: OutcomeUnknown", words)
        event.refresh_from_db()
        self.assertIsNone(event.handled_at)

    def test_what_nobody_foresaw_is_told_and_holds_up_no_other(self):
        broken, good = self.make_event("1"), self.make_event("2")

        def fail_once(order, payment_id):
            settle.side_effect = None
            raise RuntimeError

        with patch.object(webhooks, "settle", autospec=True, side_effect=fail_once) as settle:
            said = self.handle(broken, good)

        self.assertCountEqual([level for level, _ in said], ["error", "success"])
        self.assertIn("Failed: RuntimeError.", " ".join(words for _, words in said))

    def test_too_many_at_once_are_left_alone(self):
        events = [self.make_event(number) for number in range(51)]

        said = self.handle(*events)

        self.assertEqual(said, [("error", "Choose at most 50 events at once.")])
        self.assertIs(StripeEvent.objects.exclude(handled_at=None).exists(), False)

    def test_without_the_permission_there_is_no_action(self):
        event = self.make_event("1")
        clerk, browser = CustomUser.objects.create_user("clerk@example.com", is_staff=True), Client()
        clerk.user_permissions.set(Permission.objects.filter(codename="view_stripeevent"))
        browser.force_login(clerk)

        self.assertNotContains(browser.get(EVENTS), "Handle selected events again")
        self.handle(event, browser=browser)

        event.refresh_from_db()
        self.assertEqual((event.handled_at, event.attempts), (None, 0))

        clerk.user_permissions.add(Permission.objects.get(codename="repair_order"))
        self.assertContains(browser.get(EVENTS), "Handle selected events again")
        self.handle(event, browser=browser)

        event.refresh_from_db()
        self.assertEqual(event.attempts, 1)
