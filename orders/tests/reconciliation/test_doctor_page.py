"""The money doctor's page in the admin: who may see and repair what, and what it shows."""

from datetime import timedelta
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.tests.builders import make_reader, make_staff
from orders.models import Attempt, Dispute, Examination, Order, Refund, RefundOrigin, StripeEvent
from orders.reconciliation import views
from orders.stripe_gateway.errors import OutcomeUnknown
from orders.tests.builders import make_order
from orders.tests.reconciliation.test_money_doctor import DoctorTestCase

PAGE, EXAMINE, REPAIR = map(reverse, ("money_doctor", "money_doctor_examine", "money_doctor_repair"))


def make_event(number, **fields):
    fields = {"type": "charge.refunded", "livemode": False, "created_at": timezone.now()} | fields
    return StripeEvent.objects.create(id=f"evt_{number}", **fields)


class DoctorPageTestCase(DoctorTestCase):
    def setUp(self):
        super().setUp()
        self.staff = Client()
        self.staff.force_login(make_staff())

    def log_in(self, *permissions, staff=True):
        """Return the browser of somebody with these permissions and no others."""
        person = make_reader(f"{staff}-" + "-".join(permissions))
        person.is_staff = staff
        person.save()
        person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        browser = Client()
        browser.force_login(person)
        return browser

    def examine_page(self, browser=None):
        """Press the button and return the page that follows."""
        return (browser or self.staff).post(EXAMINE, follow=True)

    def repair_first(self, page):
        """Press the first repair button of a page and return the page that follows."""
        line = next(each for each in page.context["examination"]["lines"] if each["can_repair"])
        difference = line["difference"]
        fields = {"kind": difference.kind, "order": difference.order_id, "charge_id": difference.charge_id}
        for name, value in fields.items():
            self.assertContains(page, f'<input type="hidden" name="{name}" value="{value}">', html=True)
        return self.staff.post(REPAIR, fields, follow=True)

    def kinds(self, page):
        return [line["difference"].kind for line in page.context["examination"]["lines"]]


class WhoMayTests(DoctorPageTestCase):
    def test_only_staff_who_see_orders_see_the_page(self):
        for browser, status in (
            (Client(), 302),
            (self.log_in("view_order", staff=False), 302),
            (self.log_in("view_book"), 403),
            (self.log_in("view_order"), 200),
        ):
            with self.subTest(status):
                self.assertEqual(browser.get(PAGE).status_code, status)
                self.assertEqual(browser.post(EXAMINE).status_code, 302 if status == 200 else status)

    def test_only_who_may_repair_does(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        fields = {"kind": "refund_unheard", "order": order.pk, "charge_id": order.stripe_charge_id}
        looker = self.log_in("view_order")

        page = self.examine_page(looker)

        self.assertContains(page, "Ask a colleague who can repair orders.")
        self.assertNotContains(page, ">Repair</button>")
        self.assertEqual(looker.post(REPAIR, fields).status_code, 403)
        self.assert_owns(self.ada, True)
        self.assertEqual(self.log_in("view_order", "repair_order").post(REPAIR, fields).status_code, 302)
        self.assert_owns(self.ada, False)

    def test_a_post_from_elsewhere_does_nothing(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        careful = Client(enforce_csrf_checks=True)
        careful.cookies = self.staff.cookies

        for path in (EXAMINE, REPAIR):
            self.assertEqual(
                careful.post(path, {"kind": "refund_unheard", "order": order.pk}).status_code, 403
            )

        self.assert_owns(self.ada, True)

    def test_looking_does_neither(self):
        for path in (EXAMINE, REPAIR):
            self.assertEqual(self.staff.get(path).status_code, 405)

    def test_the_way_to_it_is_shown_to_who_may_go(self):
        for browser, shown in ((self.staff, True), (self.log_in("view_book"), False)):
            page = browser.get(reverse("admin:index"))

            self.assertIs(f'href="{PAGE}"' in page.text, shown)


class WaitingTests(DoctorPageTestCase):
    def test_an_idle_shop_has_nothing_waiting_and_asks_nobody(self):
        page = self.staff.get(PAGE)

        for words in ("None so far.", "None that is still unhandled.", "for every order we know", "Set."):
            self.assertContains(page, words)
        self.assertEqual(self.stripe.ledger("requests")["requests"], [])

    @override_settings(STRIPE_WEBHOOK_SECRETS=[])
    def test_a_missing_secret_is_said(self):
        self.assertContains(self.staff.get(PAGE), "<strong>Not set</strong>")

    def test_events_that_wait_failed_and_were_ignored_are_told(self):
        make_event(1, error="OutcomeUnknown: APIConnectionError", attempts=2)
        make_event(2)
        make_event(3, handled_at=timezone.now(), ignored="no order of this shop")
        make_event(4, handled_at=timezone.now(), ignored="long ago")
        StripeEvent.objects.filter(pk="evt_1").update(received_at=timezone.now() - timedelta(hours=5))
        StripeEvent.objects.filter(pk="evt_4").update(received_at=timezone.now() - timedelta(days=9))

        page = self.staff.get(PAGE)

        self.assertContains(page, "2\n")
        self.assertContains(page, "the oldest received 5\xa0hours ago")
        self.assertContains(page, "tried\n                2 times: OutcomeUnknown: APIConnectionError")
        self.assertContains(page, "1: no order of this shop")
        self.assertNotContains(page, "long ago")
        listed = self.staff.get(page.text.split('<strong><a href="')[1].split('"')[0])
        self.assertContains(listed, "2 stripe events")

    def test_orders_in_doubt_disputes_and_refunds_are_listed(self):
        order = make_order(self.ada)
        Attempt.objects.create(order=order, number=1, api="charges")
        values = {"order": order, "stripe_charge_id": "ch_1", "amount": 3900}
        due = timezone.now() + timedelta(days=3, hours=1)
        for number, status in enumerate(("needs_response", "under_review"), start=1):
            Dispute.objects.create(
                stripe_dispute_id=f"du_{number}",
                status=status,
                reason="fraudulent",
                due_by=due,
                opened_at=timezone.now(),
                **values,
            )
        Refund.objects.create(origin=RefundOrigin.STAFF, **values)

        page = self.staff.get(PAGE)

        self.assertContains(page, f">{order.number}</a>", count=3)
        self.assertContains(page, due.strftime("%B"))
        self.assertContains(page, "https://dashboard.stripe.com/test/disputes/du_1")
        self.assertNotContains(page, "du_2")
        self.assertContains(page, "Not confirmed by Stripe yet")

    def test_a_long_list_is_cut_and_the_rest_is_counted(self):
        for number in range(views.LINES + 3):
            order = make_order(make_reader(f"reader-{number}"))
            Attempt.objects.create(order=order, number=1, api="charges")

        self.assertContains(self.staff.get(PAGE), "And 3 more.")

    def test_the_number_of_queries_does_not_grow(self):
        counts = []
        for number in range(15):
            order = make_order(make_reader(f"reader-{number}"))
            Attempt.objects.create(order=order, number=1, api="charges")
            Refund.objects.create(order=order, amount=1, origin="staff", stripe_charge_id="ch_1")
            make_event(number, error="broken")
            self.stripe.charge_again(order_id=str(order.pk))
            if number in {0, 14}:
                self.examine_page()
                with CaptureQueriesContext(connection) as queries:
                    self.assertEqual(len(self.kinds(self.staff.get(PAGE))), number + 1)
                counts.append(len(queries))

        self.assertEqual(counts[0], counts[1])


class DifferencesTests(DoctorPageTestCase):
    def test_before_anybody_has_examined_it_says_so(self):
        self.assertContains(self.staff.get(PAGE), "Not checked in the last day.")

    def test_a_sound_shop_is_said_to_be_one(self):
        self.bought()

        self.assertContains(self.examine_page(), "<strong>No differences.</strong>")

    def test_one_click_repairs_and_looks_again(self):
        order = self.bought()
        self.stripe.charge_again(order_id=str(order.pk))
        self.stripe.refund(order.stripe_charge_id, amount=1000)
        page = self.examine_page()
        self.assertEqual(self.kinds(page), ["refund_unheard", "duplicate_charge"])

        page = self.repair_first(page)

        self.assertContains(page, "Repaired")
        self.assertEqual(self.kinds(page), ["duplicate_charge"])
        page = self.repair_first(page)
        self.assertContains(page, "<strong>No differences.</strong>")
        self.assertEqual([each["amount_refunded"] for each in self.succeeded_charges()], [1000, 3900])

    def test_what_has_to_be_decided_is_left_with_a_way_to_stripe(self):
        self.stripe.charge_again(order_id="nobody")
        charge = self.succeeded_charges()[0]["id"]

        page = self.examine_page()

        self.assertContains(page, f"https://dashboard.stripe.com/test/payments/{charge}")
        self.assertContains(page, "Look at it in Stripe and decide there.")
        self.assertNotContains(page, ">Repair</button>")

    def test_what_cannot_be_repaired_so_is_said(self):
        self.stripe.go_wrong("POST /v1/payment_intents/*/confirm", "drop_before", times=2)
        self.pay()

        page = self.repair_first(self.examine_page())

        self.assertContains(page, "the difference is still there")
        self.assertEqual(self.kinds(page), ["unsettled"])

    def test_a_repair_that_nobody_offered_is_refused(self):
        order = self.bought()
        for fields, status in (
            ({"kind": "orphan_charge", "order": order.pk}, 302),
            ({"kind": "made_up", "order": order.pk}, 302),
            ({"kind": "unsettled", "order": "nonsense"}, 400),
            ({"kind": "unsettled", "order": "11111111-1111-4111-8111-111111111111"}, 302),
            ({}, 400),
            ({"kind": "unsettled", "order": order.pk, "charge_id": "ch_of_nobody"}, 302),
        ):
            with self.subTest(fields):
                self.assertEqual(self.staff.post(REPAIR, fields).status_code, status)

        page = self.staff.get(PAGE)
        self.assertContains(page, "Not repaired.")
        self.assertNotContains(page, "Repaired:")
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_without_stripe_it_says_so_and_changes_nothing(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        page = self.examine_page()
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=99)

        self.assertContains(self.examine_page(), "Stripe could not be asked just now.")
        self.assertContains(self.repair_first(page), "Stripe could not be asked")
        self.assert_owns(self.ada, True)

    def test_an_examination_outlives_the_cache_and_ends_after_a_day(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        self.examine_page()
        cache.clear()

        self.assertEqual(self.kinds(self.staff.get(PAGE)), ["refund_unheard"])
        Examination.objects.update(at=timezone.now() - timedelta(hours=25))
        self.assertContains(self.staff.get(PAGE), "Not checked in the last day.")

    def test_only_the_latest_examination_is_kept(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        self.examine_page()
        self.examine_page()

        self.assertEqual(Examination.objects.count(), 1)
        self.assertEqual(Examination.objects.get().differences.count(), 1)

    def test_a_repair_leaves_the_differences_of_other_orders_listed(self):
        self.stripe.refund(self.bought().stripe_charge_id)
        make_order(make_reader("bob"), status="paid")
        page = self.examine_page()
        self.assertEqual(self.kinds(page), ["refund_unheard", "amount_mismatch"])

        page = self.repair_first(page)

        self.assertEqual(self.kinds(page), ["amount_mismatch"])

    def test_the_history_of_an_order_says_who_repaired_it(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        self.repair_first(self.examine_page())

        entry = LogEntry.objects.get()
        self.assertEqual(
            (entry.object_id, entry.change_message), (str(order.pk), "Ran the repair of refund_unheard.")
        )
        self.assertTrue(entry.user.is_staff)

    def test_a_repair_that_failed_is_in_no_history(self):
        order = self.bought()
        self.staff.post(REPAIR, {"kind": "unsettled", "order": order.pk, "charge_id": "ch_of_nobody"})

        self.assertFalse(LogEntry.objects.exists())

    def test_an_examination_that_is_gone_does_not_stop_a_repair(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        page = self.examine_page()
        Examination.objects.all().delete()

        page = self.repair_first(page)

        self.assertContains(page, "Repaired")
        self.assertContains(page, "Not checked in the last day.")
        self.assert_owns(self.ada, False)

    def test_stripe_lost_between_a_repair_and_the_second_look_is_said(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        page = self.examine_page()

        with mock.patch("orders.reconciliation.examine_order", side_effect=OutcomeUnknown("away")):
            page = self.repair_first(page)

        self.assertContains(page, "Stripe could not be asked just now.")
        self.assertEqual(self.kinds(page), ["refund_unheard"])
        self.assert_owns(self.ada, False)

    def test_an_order_that_is_not_there_is_shown_by_its_id(self):
        order = self.bought()
        self.stripe.refund(order.stripe_charge_id)
        Order.objects.all().delete()

        page = self.examine_page()

        self.assertContains(page, order.pk)
        self.assertEqual(self.kinds(page), ["access_without_payment"])
        self.assertNotContains(page, ">Repair</button>")

    def test_orders_of_the_other_mode_are_counted(self):
        make_order(self.ada, status="paid", livemode=True)

        said = " ".join(self.examine_page().text.split())

        self.assertIn("1 of them belongs to Stripe’s other mode (test or live)", said)

    def test_it_looks_at_the_last_days_and_at_so_many_differences(self):
        old = make_order(make_reader("bob"), status="paid")
        Order.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
        for number in range(3):
            make_order(make_reader(f"reader-{number}"), status="paid")

        with mock.patch("orders.reconciliation.views.MOST_DIFFERENCES", 2):
            page = self.examine_page()

        self.assertEqual(self.kinds(page), ["amount_mismatch"] * 2)
        self.assertContains(page, "<strong>1 more</strong>")

    def test_a_charge_of_these_days_for_an_older_order_is_no_orphan(self):
        order = self.bought()
        Order.objects.update(created_at=timezone.now() - timedelta(days=31))

        self.assertContains(self.examine_page(), "<strong>No differences.</strong>")
        self.stripe.charge_again(order_id=str(order.pk))
        self.assertEqual(self.kinds(self.examine_page()), ["duplicate_charge"])
