"""How many statements each step of a sale costs the database, exactly.

Everything that connection.queries has is counted: the session, the reader, the queued mail, and the beginning
and end of each transaction, which are savepoints in these tests. A number that rises says that a row is read
or written twice.
"""

from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import Bundle
from books.tests.builders import make_book, make_bundle
from orders import pricing
from orders.models import AttemptOutcome, Order, OrderStatus
from orders.tests.cases import TillTestCase
from orders.tests.checkout.test_reductions import make_sale
from orders.tests.stripe_events import SECRET, tell

GOOD_CARD = "4242424242424242"


@override_settings(MAILERS={"default": {"BACKEND": "bookstore_project.mail.QueueBackend"}})
class StatementTests(TillTestCase):
    def setUp(self):
        super().setUp()
        self.ferry, self.tram, self.pier = (make_book(title) for title in ("Ferry", "Tram", "Pier"))
        self.set = make_bundle("Set", self.ferry, self.tram, self.pier, price=2000)

    def count(self, statements, ask):
        """Compare with the statements of a request; return its answer."""
        with CaptureQueriesContext(connection) as captured:
            response = ask()
        said = "\n".join(query["sql"][:100] for query in captured.captured_queries)
        self.assertEqual(len(captured), statements, said)
        return response

    def buy(self, product, statements, token="tok_visa"):  # noqa: S107 (one of Stripe's test tokens)
        """Pay for a product with a token, and compare the statements that it takes."""
        item = self.signed(product)
        self.count(statements, lambda: self.pay(token, item=item))
        return Order.objects.get(item=product.reference)

    def signed(self, product):
        return pricing.find_offer(product.reference, self.ada).signed()

    def open_session(self):
        return self.client.post(reverse("checkout_session"), {"item": self.signed(self.ferry)})

    def pay_in_session(self):
        """Open a session for the ferry, pay in it on Stripe's page, and return its id."""
        self.open_session()
        [session] = self.stripe.ledger("checkout_sessions")["checkout_sessions"]
        self.stripe.pay_session(session["id"], number=GOOD_CARD)
        return session["id"]

    def events(self, *types):
        """Return Stripe's events of these types, in this sequence."""
        by_type = {event["type"]: event for event in self.stripe.ledger("events")["events"]}
        return [by_type[each] for each in types]

    def test_the_first_purchase_of_a_book(self):
        order = self.buy(self.ferry, 20)

        self.assertEqual(order.status, OrderStatus.PAID)

    def test_a_book_in_a_sale_which_then_has_to_be_read_too(self):
        make_sale(self.ferry, percent=20)

        order = self.buy(self.ferry, 22)

        self.assertEqual((order.status, order.amount), (OrderStatus.PAID, 720))

    @override_settings(STRIPE_TOKEN_API="charges")
    def test_the_first_purchase_of_a_book_by_the_old_charges_api(self):
        order = self.buy(self.ferry, 19)

        self.assertEqual(order.status, OrderStatus.PAID)

    def test_a_bundle_that_costs_less_because_one_of_its_books_is_paid(self):
        self.buy(self.ferry, 20)

        order = self.buy(self.set, 31)

        self.assertEqual((order.status, order.amount), (OrderStatus.PAID, 1100))

    def test_all_books(self):
        order = self.buy(Bundle.objects.get(everything=True), 28)

        self.assertEqual(order.status, OrderStatus.PAID)
        self.assert_owns(self.ada, True)

    def test_a_decline_and_the_card_that_works_after_it(self):
        declined = self.buy(self.ferry, 12, "tok_chargeDeclined")
        self.assertEqual(declined.attempts.get().outcome, AttemptOutcome.DECLINED)

        order = self.buy(self.ferry, 18)

        self.assertEqual((order.pk, order.status), (declined.pk, OrderStatus.PAID))

    def test_opening_a_session_and_opening_it_again(self):
        item = self.signed(self.ferry)
        address = reverse("checkout_session")

        first = self.count(20, lambda: self.client.post(address, {"item": item}))
        again = self.count(8, lambda: self.client.post(address, {"item": item}))

        self.assertEqual(first.url, again.url)

    def test_a_session_of_a_reader_whom_stripe_knows(self):
        self.client.get(reverse("checkout_return"), {"session_id": self.pay_in_session()})
        item = self.signed(self.tram)

        self.count(14, lambda: self.client.post(reverse("checkout_session"), {"item": item}))

    def test_coming_back_from_a_session(self):
        session_id = self.pay_in_session()

        self.count(12, lambda: self.client.get(reverse("checkout_return"), {"session_id": session_id}))

        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)

    @override_settings(STRIPE_WEBHOOK_SECRETS=[SECRET])
    def test_an_event_that_arrives_before_its_buyer_and_one_that_arrives_after(self):
        self.pay_in_session()
        completed, charged = self.events("checkout.session.completed", "charge.succeeded")

        self.count(14, lambda: tell(Client(), completed))
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.count(17, lambda: tell(Client(), charged))
        self.count(1, lambda: tell(Client(), charged))

    def test_a_bundle_of_which_nothing_more_has_to_be_paid(self):
        self.buy(self.ferry, 20)
        self.buy(self.tram, 20)
        self.buy(self.pier, 20)
        harbour = make_book("Harbour")
        self.set.books.add(harbour)

        order = self.buy(self.set, 21)

        self.assertEqual((order.status, order.amount), (OrderStatus.PAID, 0))
