"""What a scenario needs: both ledgers, both proxies, the shop, its buyers, and the checks at the end."""

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import cached_property

from psycopg2 import sql

from tests.faults import invariants, shop
from tests.faults.database import wait_until
from tests.faults.free_lines import FreeLine
from tests.faults.people import STAFF

AT_ONCE = 32
ERASE = """
from users import models
from users.personal_data import erasure
try:
    erasure.erase(models.CustomUser.objects.get(email={email!r}))
    print("erased")
except erasure.ErasureWaits as reason:
    print(reason)
"""
FINISHED = {"delivered", "failed", "dropped"}


class Scene:
    """In a scenario buyers act, something breaks, somebody repairs it, and end() checks the result."""

    def __init__(self, server, stripe, to_stripe, to_shop, commands, served, people):
        self.server = server
        self.stripe = stripe
        self.to_stripe = to_stripe
        self.to_shop = to_shop
        self.commands = commands
        self.shop = served
        self.page = people["page"]
        self.books = people["books"]
        self.buyers = [shop.Person(self, *each) for each in people["sessions"]]
        self.visitor = shop.Person(self, "", "")
        self.strangers = [shop.Stranger.at(self, f"stranger{number}@example.com") for number in range(5)]
        self.expected_differences = set()
        self._written_before = 0

    def begin(self):
        """Empty both ledgers; no events are delivered until send_events()."""
        self.to_stripe.clear()
        self.to_shop.clear()
        self.to_shop.upstream = f"127.0.0.1:{self.shop.port}"
        self.stripe.reset()
        self.server.renew_shop()
        self._written_before = len(self.shop.log.read_text())

    def end(self):
        """Reconcile once no call can still be under way, and assert every invariant."""
        if not self.server.is_running:
            self.server.start()
        self.stripe.send_events_to("", "")
        requests = self.to_stripe.requests
        self.to_stripe.clear()
        self.to_shop.clear()
        self._pool.shutdown()
        self.commands.end_all()
        self._wait_until_no_delivery_is_under_way()
        self.let_time_pass(minutes=3)
        self.reconcile()
        invariants.requests_are_valid([*requests, *self.to_stripe.requests], self._known_ids())
        invariants.check(self.ledgers(), expected_differences=self.expected_differences)
        invariants.log_holds_no_secret(self.shop.log.read_text()[self._written_before :])

    def play_in(self, served):
        """Make the buyers visit another shop on the same database."""
        self.shop = served
        self.to_shop.upstream = f"127.0.0.1:{served.port}"

    # Reading

    def report(self):
        """Return what money_doctor --json says."""
        ended = self.commands.run("money_doctor", "--json")
        assert ended.stdout, ended
        return json.loads(ended.stdout)

    def ledgers(self):
        """Return both ledgers as they are now."""
        report, duplicates = self.report(), self._refunded_as_duplicates()
        lines, readers, free = self._refunded_lines(), self._readers(), self._free_lines()
        return invariants.Books(
            self.stripe.ledger(), report, self.letters(), duplicates, lines, readers, free
        )

    def orders(self, buyer):
        """Return the ids of the buyer's orders, oldest first."""
        return [key for key, _ in self._orders_of(buyer)]

    def statuses(self, buyer):
        """Return the statuses of the buyer's orders, oldest first."""
        return [status for _, status in self._orders_of(buyer)]

    def in_doubt(self):
        """Return the ids of the orders whose outcome at Stripe is unknown."""
        return {order["id"] for order in self.report()["orders"] if order["in_doubt"]}

    def owns(self, buyer):
        """Tell whether the buyer can read a page that only owners of All Books can."""
        status = buyer.get(self.page).status
        assert status in {200, 403}, status
        return status == 200

    def reads(self, buyer):
        """Return which of the books the buyer can read, in their sequence."""
        pages = [f"/books/{book}/read/2/" for book in self.books]
        return [buyer.get(page).status == 200 for page in pages]

    def charges_of_paid_orders(self, buyer):
        """Return the ids of the charges that the shop counts as having paid the buyer's orders."""
        rows = self.server.ask(
            "SELECT stripe_charge_id FROM orders_order WHERE email = %s AND status = 'paid'",
            buyer.email,
        )
        return [charge for (charge,) in rows]

    def charge_of(self, buyer):
        """Return the id of the newest charge that the buyer has paid."""
        mine = self.orders(buyer)
        paid = [
            each["id"]
            for each in self.stripe.charges
            if each["metadata"].get("order_id") in mine and each["paid"]
        ]
        return paid[-1]

    def charged(self, buyer=None):
        """Return how much of each charge for this buyer's orders is kept; of all without a buyer."""
        mine = self.orders(buyer) if buyer else None
        return [
            charge["amount"] - charge["amount_refunded"]
            for charge in self.stripe.charges
            if charge["status"] == "succeeded"
            and charge["amount_refunded"] < charge["amount"]
            and (mine is None or charge["metadata"].get("order_id") in mine)
        ]

    def letters(self):
        """Count the thank-you letters by the number of the order they are about."""
        rows = self.server.ask("SELECT subject FROM post_office_email")
        found = [re.fullmatch(r"Thank you for your order (\w{8})", subject) for (subject,) in rows]
        return Counter(match[1] for match in found if match)

    def claim_link(self, buyer):
        """Return the link in the newest letter with one to this buyer; empty if there is none."""
        rows = self.server.ask(
            'SELECT message FROM post_office_email WHERE "to" = %s AND message LIKE %s ORDER BY id DESC',
            buyer.email,
            "%/orders/claim/%",
        )
        return re.search(r"/orders/claim/\S+", rows[0][0])[0] if rows else ""

    # Acting

    def in_background(self, act, *arguments, **named):
        """Do something in another thread; return its future."""
        return self._pool.submit(act, *arguments, **named)

    def all_at_once(self, *acts):
        """Do these things at the same moment; return their results."""
        return [each.result() for each in [self.in_background(act) for act in acts]]

    def reconcile(self):
        """Run reconcile_orders for everything in doubt; return its answer."""
        ended = self.commands.run("reconcile_orders", "--minutes", "0", "--json")
        assert ended.returncode == 0, ended
        return json.loads(ended.stdout)

    def let_time_pass(self, *, minutes):
        """Make everything in the shop's ledger older.

        The shop may be settling an order meanwhile: it locks the reader first, and so does this, all of them.
        """
        columns = self.server.ask(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND table_name LIKE 'orders\\_%' AND data_type = 'timestamp with time zone'"
        )
        older = sql.SQL("UPDATE {0} SET {1} = {1} - %s * interval '1 minute'")
        with closing(self.server.connect()) as connection, connection, connection.cursor() as cursor:
            cursor.execute("LOCK TABLE users_customuser IN EXCLUSIVE MODE")
            for names in columns:
                cursor.execute(older.format(*map(sql.Identifier, names)), [minutes])

    def erase(self, buyer):
        """Erase the buyer's account; return False if that has to wait for something."""
        ended = self.commands.run("shell", "-c", ERASE.format(email=buyer.email))
        assert ended.returncode == 0, ended
        return ended.stdout.endswith("erased\n")

    def send_events(self):
        """Have Stripe deliver its events from now on, through the proxy."""
        url = f"{self.to_shop.url}/orders/webhook/"
        self.stripe.send_events_to(url, shop.WEBHOOK_SECRET)

    def events(self, *types):
        """Return what has happened at Stripe, of all types or these, oldest first."""
        return [each for each in self.stripe.ledger()["events"] if not types or each["type"] in types]

    def hear(self):
        """Deliver all that has happened so far, and wait until that is done."""
        self.send_events()
        for event in self.events():
            self.stripe.resend(event["id"])
        self.wait_for_deliveries()

    def tell(self, event, *, secret=shop.WEBHOOK_SECRET):
        """Post one event, as Stripe would; return the shop's answer."""
        body = json.dumps(event).encode()
        return self.shop.tell(body, shop.signed(body, secret))

    def wait_for_deliveries(self):
        """Return once every event was delivered or abandoned."""

        def all_finished():
            return all(each["state"] in FINISHED for each in self.stripe.ledger("deliveries")["deliveries"])

        # After a storm the ledger is long.
        wait_until(all_finished, pause=0.1)

    def _wait_until_no_delivery_is_under_way(self):
        """Return once each event that was being sent has arrived; without an address no other is sent."""

        def is_anything_sent():
            return any(each["state"] == "sending" for each in self.stripe.ledger("deliveries")["deliveries"])

        wait_until(lambda: not is_anything_sent(), pause=0.1)

    def refund_by_staff(self, buyer, *more):
        """Refund the buyer's newest order from the shell; return the running command."""
        order = self.orders(buyer)[-1]
        return self.commands.start("refund_order", order, "--reason", "Asked.", "--by", STAFF, *more)

    @contextmanager
    def settling(self, order):
        """Hold the locks of a shop that settles this order; yield its cursor, and commit at the end."""
        with closing(self.server.connect()) as connection, connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM orders_order o JOIN users_customuser u ON u.id = o.user_id WHERE o.id = %s"
                " FOR NO KEY UPDATE OF u, o",
                [order],
            )
            yield cursor

    @contextmanager
    def locked_orders(self, *buyers):
        """Lock these buyers' orders, so that nobody can settle them."""
        with closing(self.server.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM orders_order WHERE email = ANY(%s) FOR UPDATE",
                [[buyer.email for buyer in buyers]],
            )
            assert cursor.rowcount
            yield
            if self.server.is_running:
                connection.rollback()

    def wait_for_somebody_at_the_lock(self):
        """Return once one of the shop's programs waits for a lock."""
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = 'shop' AND wait_event_type = 'Lock'"
        wait_until(lambda: self.server.ask(waiting, database="postgres"))

    def wait_until_paid(self, buyer):
        """Return as soon as an order of this buyer is committed as paid."""
        wait_until(lambda: "paid" in self.statuses(buyer))

    @cached_property
    def _pool(self):
        return ThreadPoolExecutor(AT_ONCE)

    def _known_ids(self):
        """Return the ids of every order and refund."""
        rows = self.server.ask("SELECT id::text FROM orders_order UNION SELECT id::text FROM orders_refund")
        return {key for (key,) in rows}

    def _refunded_as_duplicates(self):
        """Return the ids of the orders that were refunded automatically as duplicates."""
        rows = self.server.ask(
            "SELECT o.id::text FROM orders_order o JOIN orders_refund r ON r.order_id = o.id"
            " AND r.stripe_charge_id = o.stripe_charge_id WHERE r.origin = 'duplicate'"
        )
        return {key for (key,) in rows}

    def _refunded_lines(self):
        """Return the order and product of each line that was refunded by itself."""
        return set(
            self.server.ask(
                "SELECT r.order_id::text, l.item FROM orders_refund r JOIN orders_refund_lines rl"
                " ON rl.refund_id = r.id JOIN orders_orderline l ON l.id = rl.orderline_id"
                " WHERE r.status NOT IN ('failed', 'canceled')"
            )
        )

    def _free_lines(self):
        """Return the lines of paid orders of amount 0; in another currency, with the least it rounds to."""
        rows = self.server.ask(
            "SELECT o.id::text, CASE WHEN r.rate IS NULL THEN COALESCE(b.price, s.price)"
            " ELSE GREATEST(FLOOR(COALESCE(b.price, s.price) * r.rate)::int - 99, 1) END,"
            " b.minimum_price, EXISTS (SELECT 1"
            " FROM users_newsletterconsent n WHERE n.reader_id = o.user_id AND n.confirmed_at IS NOT NULL),"
            " l.quantity, l.credit,"
            " l.discount, l.reduced_by, c.percent, c.amount,"
            " COALESCE((SELECT sum(p.amount) FROM orders_setcredit p WHERE p.line_id = l.id), 0)::int"
            " FROM orders_orderline l JOIN orders_order o ON o.id = l.order_id"
            " LEFT JOIN books_book b ON b.id = l.book_id LEFT JOIN books_bundle s ON s.id = l.bundle_id"
            " LEFT JOIN orders_discountcode c ON c.id = o.discount_code_id"
            " LEFT JOIN books_pricelist r ON r.currency = o.currency"
            " WHERE o.amount = 0 AND o.paid_at IS NOT NULL"
        )
        return [FreeLine(*row) for row in rows]

    def _readers(self):
        """Return the key of each order's reader."""
        return dict(self.server.ask("SELECT id::text, user_id FROM orders_order"))

    def _orders_of(self, buyer):
        return self.server.ask(
            "SELECT id::text, status FROM orders_order WHERE email = %s ORDER BY created_at",
            buyer.email,
        )
