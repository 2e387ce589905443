"""In whichever order events come, early, late or twice: the shop ends up the same."""

import random
from functools import cache
from unittest import mock

import pytest
from django.db import transaction
from django.test import override_settings
from post_office.models import Email

from books import access
from books.models import Grant
from books.tests.builders import make_reader, make_staff
from orders import checkout, stripe_gateway
from orders.models import Attempt, Dispute, Order, Refund, StripeEvent
from orders.stripe_gateway.events import EVENT_TYPES
from orders.tests.cases import TillTestCase
from orders.tests.stripe_events import tell
from users.models import CustomUser

pytestmark = pytest.mark.postgresql  # takes a minute, and would show the same on SQLite

SHUFFLES = 15
# Cards whose refunds Stripe confirms later, or takes back.
REFUND_PENDING, REFUND_FAILS = "4000000000007726", "4000000000005126"


class Stories:
    """What can happen at Stripe to what one buyer pays. Each `yield` is a moment in which the shop may hear.

    The shop takes part where a person would use it; what it is told, and when, is up to the test.
    """

    def __init__(self, stripe, buyer):
        self.stripe = stripe
        self.buyer = buyer

    def open_session(self):
        return checkout.open_session(self.buyer, checkout.Purchase(), embedded=True)[1].id

    def pay(self, number="4242424242424242"):
        self.stripe.pay_session(self.open_session(), number=number)
        return self.charge()

    def charge(self):
        """Return the id of the newest charge that succeeded."""
        return [charge["id"] for charge in self.stripe.charges if charge["status"] == "succeeded"][-1]

    def banks_take_days(self, end):
        """A bank transfer fails, the next arrives; a partial refund fails; a dispute."""
        session = self.open_session()
        self.stripe.end_session(session, "complete_unpaid")
        yield
        self.stripe.end_session(session, "async_fail")
        yield
        session = self.open_session()
        self.stripe.end_session(session, "complete_unpaid")
        yield
        self.stripe.end_session(session, "async_succeed")
        yield
        refund = self.stripe.refund(self.charge(), amount=1000)
        yield
        self.stripe.settle_refund(refund["id"], "fail")
        yield
        dispute = self.stripe.dispute(self.charge())
        yield
        self.stripe.close_dispute(dispute["id"], end)
        yield

    def dispute_won(self):
        return self.banks_take_days("won")

    def dispute_lost(self):
        return self.banks_take_days("lost")

    def refunded_in_full(self):
        """Two parts, one of them slow."""
        charge = self.pay(REFUND_PENDING)
        yield
        first = self.stripe.refund(charge, amount=1000)
        yield
        self.stripe.refund(charge)
        yield
        self.stripe.settle_refund(first["id"], "succeed")
        yield

    def refunded_in_vain(self):
        """A full refund fails, and so does the second try."""
        charge = self.pay(REFUND_FAILS)
        yield
        for _ in range(2):
            refund = self.stripe.refund(charge)
            yield
            self.stripe.settle_refund(refund["id"], "fail")
            yield

    def inquiry_that_becomes_a_dispute(self):
        """A partial refund while the bank only asks; then the bank takes the money, and returns it."""
        charge = self.pay()
        yield
        dispute = self.stripe.inquire(charge)
        yield
        self.stripe.refund(charge, amount=500)
        yield
        self.stripe._ask("POST", f"disputes/{dispute['id']}/escalate")
        yield
        self.stripe.close_dispute(dispute["id"], "prevented")
        yield

    def inquiry_closed(self):
        charge = self.pay()
        yield
        dispute = self.stripe.inquire(charge)
        yield
        self.stripe.close_dispute(dispute["id"], "warning_closed")
        yield

    def declined_then_paid_then_left(self):
        """A card is declined in a session, another pays; a second session was never used."""
        session = self.open_session()
        self.stripe.pay_session(session, number="4000000000000002")
        yield
        self.stripe.end_session(session, "expire")
        yield
        self.stripe.pay_session(self.open_session())
        yield

    def dispute_of_what_was_refunded(self):
        """Both: the buyer has the money twice."""
        charge = self.pay()
        yield
        self.stripe.refund(charge)
        yield
        dispute = self.stripe.dispute(charge)
        yield
        self.stripe.close_dispute(dispute["id"], "won")
        yield


# How each story ends: the order's status, how much was refunded, and whether the buyer can read.
ENDS = {
    "dispute_won": ("paid", 0, True),
    "dispute_lost": ("disputed", 0, False),
    "refunded_in_full": ("refunded", 3900, False),
    "refunded_in_vain": ("paid", 0, True),
    "inquiry_that_becomes_a_dispute": ("paid", 500, True),
    "inquiry_closed": ("paid", 0, True),
    "declined_then_paid_then_left": ("paid", 0, True),
    "dispute_of_what_was_refunded": ("refunded", 3900, False),
}


def rows(queryset, *left_out):
    """Return the rows as plain values, sorted, without what differs from one run to the next."""
    return sorted(
        tuple((name, str(value)) for name, value in row.items() if name not in left_out)
        for row in queryset.values()
    )


def everything():
    """Return all that the shop knows and has said, but for moments and for numbers of rows."""
    return {
        "orders": rows(Order.objects, "paid_at"),
        "attempts": rows(Attempt.objects),
        "refunds": rows(Refund.objects, "id", "created_at"),
        "disputes": rows(Dispute.objects, "id"),
        "grants": rows(Grant.objects, "id", "granted_at", "ended_at"),
        "live": Grant.objects.filter(ended_at=None).count(),
        "permissions": rows(CustomUser.user_permissions.through.objects, "id"),
        "mails": sorted(Email.objects.values_list("to", "subject", "message")),
        "events": sorted(StripeEvent.objects.exclude(handled_at=None).values_list("id", "ignored")),
    }


def what_holds(buyer):
    """Return what a person would find, in words that are the same for two buyers with the same story.

    Letters are left out: they report what arrived, and one late event may report what several would have.
    """
    order = Order.objects.get(user=buyer)
    return {
        "order": (order.status, order.refunded_amount, order.paid_at is not None),
        "names": [bool(order.stripe_charge_id), bool(order.stripe_checkout_session_id)],
        "attempts": list(order.attempts.values_list("number", "outcome", "code")),
        "refunds": sorted(order.refunds.values_list("amount", "status", "origin", "code")),
        "disputes": sorted(order.disputes.values_list("amount", "status", "reason")),
        "grants": list(Grant.objects.filter(user=buyer, ended_at=None).values_list("brought_permission")),
        "reads": access.has_all_books(CustomUser.objects.get(pk=buyer.pk)),
    }


@override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}}, RATE_LIMITS=False)
class EventOrderTestCase(TillTestCase):
    def setUp(self):
        super().setUp()
        make_staff()

    def story(self, name, buyer=None):
        return getattr(Stories(self.stripe, buyer or self.ada), name)()

    def events(self):
        """Return the events that the endpoint subscribes to, oldest first."""
        return [each for each in self.stripe.ledger("events")["events"] if each["type"] in EVENT_TYPES]

    def tell(self, event):
        answer = tell(self.client, event)
        self.assertEqual(answer.status_code, 200)

    def assert_ends(self, name, buyer):
        order = Order.objects.get(user=buyer)
        reads = access.has_all_books(CustomUser.objects.get(pk=buyer.pk))
        self.assertEqual((order.status, order.refunded_amount, reads), ENDS[name])


class PermutationTests(EventOrderTestCase):
    """Everything has happened at Stripe before the first event is delivered.

    Of n events there are n! orders. They are all covered without being walked one by one: from every set of
    events already delivered, each of the others is delivered, and whichever way leads to a set, the shop must
    have the same rows there. So n * 2 ** (n - 1) deliveries prove what n! * n would: seven events are
    5,040 orders and 448 deliveries.
    """

    def walk(self, events, told=frozenset()):
        """Deliver each event that is still missing here; compare where two ways meet."""
        for event in events:
            if event["id"] in told:
                continue
            now = told | {event["id"]}
            before = transaction.savepoint_create()
            self.tell(event)
            if now in self.known:
                self.assertEqual(self.known[now], everything())
            else:
                self.known[now] = everything()
                self.walk(events, now)
            transaction.savepoint_rollback(before)

    def happen(self, name, types):
        """Let the story happen, unheard; return its events of these types, oldest first."""
        for _ in self.story(name):
            pass
        return [each for each in self.events() if each["type"] in types.split()]

    def assert_every_order_ends_the_same(self, name, events):
        self.known = {}

        # Stripe does not change any more, so that it need not be asked the same again.
        with mock.patch.object(stripe_gateway, "find_payment", cache(stripe_gateway.find_payment)):
            self.walk(events)
            for event in events:
                self.tell(event)

        self.assertEqual(len(self.known), 2 ** len(events) - 1)
        self.assertEqual(self.known[frozenset(event["id"] for event in events)], everything())
        self.assert_ends(name, self.ada)

    def test_bank_transfers_a_refund_that_fails_and_a_dispute(self):
        types = """
            checkout.session.completed checkout.session.async_payment_failed
            checkout.session.async_payment_succeeded charge.refunded refund.failed charge.dispute.created
            charge.dispute.closed
        """
        events = self.happen("dispute_won", types)
        # Without the first: the shop already knew about that session, or it would not have opened the second.
        self.assert_every_order_ends_the_same("dispute_won", events[1:])

    def test_a_dispute_that_is_lost(self):
        types = """
            checkout.session.async_payment_failed checkout.session.async_payment_succeeded refund.failed
            charge.dispute.created charge.dispute.closed
        """
        events = self.happen("dispute_lost", types)
        self.assert_every_order_ends_the_same("dispute_lost", events)

    def test_two_refunds_that_give_back_all(self):
        types = "checkout.session.completed refund.created refund.updated charge.refunded"
        events = self.happen("refunded_in_full", types)
        self.assert_every_order_ends_the_same("refunded_in_full", events)

    def test_refunds_that_fail_twice(self):
        types = "payment_intent.succeeded charge.refunded refund.failed"
        events = self.happen("refunded_in_vain", types)
        self.assert_every_order_ends_the_same("refunded_in_vain", events)

    def test_an_inquiry_that_becomes_a_dispute(self):
        types = """
            checkout.session.completed charge.refunded charge.dispute.created charge.dispute.updated
            charge.dispute.closed
        """
        events = self.happen("inquiry_that_becomes_a_dispute", types)
        self.assert_every_order_ends_the_same("inquiry_that_becomes_a_dispute", events)

    def test_an_inquiry_that_is_closed(self):
        types = "charge.succeeded charge.dispute.created charge.dispute.closed"
        events = self.happen("inquiry_closed", types)
        self.assert_every_order_ends_the_same("inquiry_closed", events)

    def test_a_declined_card_and_a_session_that_was_left(self):
        types = """
            payment_intent.payment_failed payment_intent.canceled checkout.session.expired
            checkout.session.completed payment_intent.succeeded
        """
        events = self.happen("declined_then_paid_then_left", types)
        self.assert_every_order_ends_the_same("declined_then_paid_then_left", events)

    def test_a_refund_and_a_dispute_of_the_same_money(self):
        types = "payment_intent.succeeded charge.refunded charge.dispute.created charge.dispute.closed"
        events = self.happen("dispute_of_what_was_refunded", types)
        self.assert_every_order_ends_the_same("dispute_of_what_was_refunded", events)

    def test_all_events_of_a_story_shuffled(self):
        """What is too much for every order: all sixteen events, in some."""
        for _ in self.story("dispute_won"):
            pass
        events, shuffled, ends = self.events(), random.Random(39), []
        with mock.patch.object(stripe_gateway, "find_payment", cache(stripe_gateway.find_payment)):
            for _ in range(SHUFFLES):
                before = transaction.savepoint_create()
                for event in shuffled.sample(events, len(events)):
                    self.tell(event)
                ends.append(everything())
                transaction.savepoint_rollback(before)

        self.assertEqual(ends, ends[:1] * SHUFFLES)
        self.assertEqual(len(events), 16)


class InterleavingTests(EventOrderTestCase):
    """Events are delivered while the story goes on: at once, late, twice, in no order."""

    def play(self, name, delay):
        """Tell every event after each of the numbers of steps that `delay` returns; return the buyer."""
        self.stripe.reset()
        buyer = make_reader(f"reader-{CustomUser.objects.count()}")
        waiting, seen = [], set()
        for step, _ in enumerate(self.story(name, buyer)):
            for event in self.events():
                if event["id"] not in seen:
                    seen.add(event["id"])
                    waiting += [(step + steps, event) for steps in delay()]
            for due, event in list(waiting):
                if due <= step:
                    waiting.remove((due, event))
                    self.tell(event)
        for _, event in sorted(waiting, key=lambda each: each[0]):
            self.tell(event)
        return buyer

    def assert_same_as_at_once(self, name, delays):
        at_once = what_holds(self.play(name, lambda: [0]))
        for number, delay in enumerate(delays):
            with self.subTest(f"{name}, {number}"):
                buyer = self.play(name, delay)

                self.assertEqual(what_holds(buyer), at_once)
                self.assert_ends(name, buyer)
                subjects = Email.objects.filter(to=buyer.email).values_list("subject", flat=True)
                self.assertLessEqual(sum(subject.startswith("Thank you") for subject in subjects), 1)

    def test_every_event_late_by_the_same_number_of_steps(self):
        for name in ENDS:
            self.assert_same_as_at_once(name, [lambda steps=steps: [steps] for steps in (1, 9)])

    def test_each_event_late_by_itself_and_some_twice(self):
        shuffled = random.Random(3900)

        def delay():
            return [shuffled.randrange(9) for _ in range(shuffled.choice((1, 1, 2)))]

        for name in ENDS:
            self.assert_same_as_at_once(name, [delay] * 3)
