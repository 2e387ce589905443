"""Refunds of orders in other currencies: typed in their units, and taken in their steps."""

from io import StringIO

from django.core.management import CommandError, call_command

from books.models import Bundle, PriceList
from orders.models import Order, OrderStatus, Refund
from orders.tests.staff_cases import DeskTestCase


class RefundTests(DeskTestCase):
    def buy(self, card="4242424242424242"):
        """Have Ada buy All Books for 5.990 dinars."""
        dinars = PriceList.objects.create(currency="kwd")
        dinars.prices.create(bundle=Bundle.objects.get(everything=True), amount=5990)
        self.client.cookies["currency"] = "kwd"
        self.pay(self.stripe.make_token(card), item=self.shown_item())
        return Order.objects.get(user=self.ada, status=OrderStatus.PAID)

    def test_an_amount_is_typed_with_the_decimals_of_the_order_s_currency(self):
        page = self.desk.get(self.page_of(self.order))
        self.assertContains(page, "Or an amount in KWD")
        self.assertContains(page, "KWD\N{NO-BREAK SPACE}5.990")

        self.desk.post(self.page_of(self.order), self.fill_in(self.order, amount="1.250", lines=[]))

        self.assert_order(OrderStatus.PAID, 1250)
        self.assertEqual([each["amount"] for each in self.refunds_at_stripe()], [1250])
        self.assertContains(
            self.client.get(self.order.get_absolute_url()), "KWD\N{NO-BREAK SPACE}1.250 refunded"
        )

    def test_a_fraction_that_stripe_does_not_take_is_refused(self):
        for amount in ("1.255", "0.005", "5.9900"):
            response = self.desk.post(
                self.page_of(self.order), self.fill_in(self.order, amount=amount, lines=[])
            )

            self.assertEqual(response.status_code, 200)
        self.assert_nothing_refunded()

    def test_the_shell_takes_the_smallest_unit(self):
        call_command(
            "refund_order",
            str(self.order.pk),
            amount=5990,
            reason="Asked for.",
            by=self.grace.email,
            stdout=StringIO(),
        )

        self.assert_order(OrderStatus.REFUNDED, 5990)
        self.assertEqual(Refund.objects.get().price, "KWD\N{NO-BREAK SPACE}5.990")
        with self.assertRaises(CommandError):
            call_command(
                "refund_order",
                str(self.order.pk),
                amount=10,
                reason="Asked for.",
                by=self.grace.email,
                stdout=StringIO(),
            )
