"""The doctor of a shop with many charges: no charge costs a request or a query of its own."""

import json
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from books.tests.builders import make_reader
from orders import reconciliation, stripe_gateway
from orders.models import Order
from orders.stripe_gateway.client import client

from .test_money_doctor import DoctorTestCase

# Orders that never existed.
NO_ORDERS = ["5ee7f4ae-0000-4000-8000-000000000000", "5ee7f4ae-0000-4000-8000-000000000001", "made up", ""]


class ManyChargesTests(DoctorTestCase):
    def setUp(self):
        super().setUp()
        for module in ("examination", "stripe_side"):
            self.enterContext(mock.patch(f"orders.reconciliation.{module}.MOST_READ_ALONE", 3))

    def charge(self, number):
        """Charge somebody so many times, for no order of the shop; return the ids of the charges."""
        return [
            client()
            .v1.charges.create(
                {
                    "amount": 3900,
                    "currency": "usd",
                    "source": "tok_visa",
                    "metadata": {"order_id": NO_ORDERS[each % len(NO_ORDERS)]},
                }
            )
            .id
            for each in range(number)
        ]

    def costs(self):
        """Examine the shop; return the kinds found, how many payments were read alone, and the queries."""
        with (
            mock.patch.object(stripe_gateway, "find_payment", wraps=stripe_gateway.find_payment) as alone,
            CaptureQueriesContext(connection) as queries,
        ):
            report = reconciliation.examine()
        return [difference.kind for difference in report.differences], alone.call_count, len(queries)

    def test_forty_charges_that_no_order_knows_cost_as_much_as_four(self):
        self.charge(4)
        for_four = self.costs()
        self.charge(36)

        for_forty = self.costs()

        self.assertEqual((for_four[0], for_forty[0]), (["orphan_charge"] * 4, ["orphan_charge"] * 40))
        self.assertEqual(for_forty[1:], for_four[1:])
        self.assertEqual(for_forty[1], 0)

    def test_a_few_are_still_read_alone(self):
        self.charge(2)

        kinds, alone, _ = self.costs()

        self.assertEqual((kinds, alone), (["orphan_charge"] * 2, 2))

    def test_many_orders_are_compared_again_with_one_list(self):
        for name in ("bob", "carol", "dan", "eve"):
            self.client.force_login(make_reader(name))
            self.pay()
        Order.objects.update(amount=100)

        kinds, alone, _ = self.costs()

        self.assertEqual((kinds, alone), (["amount_mismatch"] * 4, 0))

    def test_among_many_charges_an_order_is_still_read_alone(self):
        self.pay()
        self.charge(4)
        Order.objects.update(amount=100)

        kinds, alone, _ = self.costs()

        self.assertEqual(kinds, ["amount_mismatch", *["orphan_charge"] * 4])
        self.assertGreater(alone, 0)

    def test_what_agrees_at_the_second_look_is_not_reported(self):
        ids = self.charge(5)
        self.pay()
        Order.objects.update(amount=100)

        def settle_everything(seconds):
            client().v1.refunds.create({"charge": ids[0]})
            Order.objects.update(amount=3900)

        with mock.patch("orders.reconciliation.examination.time.sleep", settle_everything):
            kinds, *_ = self.costs()

        self.assertEqual(kinds, ["orphan_charge"] * 4)

    def test_it_says_beside_the_answer_how_far_it_is(self):
        for name in ("bob", "carol", "dan", "eve"):
            self.client.force_login(make_reader(name))
            self.pay()
        Order.objects.update(amount=100)
        with mock.patch("orders.reconciliation.progress.EVERY", 2):
            out, err, _ = self.run_doctor("--json")

        self.assertEqual(len(json.loads(out)["differences"]), 4)
        charges = ["2 charges listed.", "4 charges listed."]
        orders = ["2 orders compared.", "4 orders compared."]
        second = "4 orders seem to differ. They are compared a second time."
        self.assertEqual(err.splitlines(), [*charges, *orders, second, *charges])

    def test_a_small_shop_is_examined_in_silence(self):
        self.charge(1)

        self.assertEqual(self.run_doctor()[1], "")
