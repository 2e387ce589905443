"""Money in one currency makes a set in another one cheaper by the share of the list price that was paid."""

from decimal import Decimal

from django.test import TestCase

from books.models import Book, Bundle, PriceList
from books.tests.builders import make_book, make_bundle, make_reader
from orders import pricing
from orders.models import (
    Allocation,
    Dispute,
    Order,
    Refund,
    RefundOrigin,
    RefundStatus,
    SetCredit,
)
from orders.payments import order_state
from orders.pricing import discounts
from orders.reconciliation.differences import find_shop_differences
from orders.reconciliation.shop_side import read_cases
from orders.tests.builders import add_line, make_order


class CurrenciesTestCase(TestCase):
    """A book of $9 and one of $12; €9 and €10; together $15 and €14."""

    def setUp(self):
        self.ada = make_reader("ada")
        self.euros = PriceList.objects.create(currency="eur", rate=None)
        self.ferry, self.tram = make_book("The Ferry"), make_book("The Tram", price=1200)
        self.pair = make_bundle("Two Journeys", self.ferry, self.tram, price=1500)
        for product, amount in ((self.ferry, 900), (self.tram, 1000), (self.pair, 1400)):
            self.euros.prices.create(amount=amount, **{product.kind: product})

    def offer(self, product, currency=None):
        return pricing.offer_of(product, self.ada, currency)

    def buy(self, product, currency=None):
        """Buy at the price of now, as the checkout and settling do; return the order."""
        offer = self.offer(product, currency)
        order = Order.objects.create(
            user=self.ada, item=offer.reference, amount=offer.amount, currency=offer.currency
        )
        line = add_line(order, product, amount=offer.amount, credit=offer.credit)
        discounts.record([line])
        order_state.fulfil(Order.objects.get(pk=order.pk), stripe_charge_id=f"ch_{order.number}")
        return Order.objects.get(pk=order.pk)

    def refund(self, order, amount):
        Refund.objects.create(
            order=order,
            amount=amount,
            status=RefundStatus.SUCCEEDED,
            origin=RefundOrigin.STAFF,
            stripe_charge_id=order.stripe_charge_id,
        )
        order_state.recount(Order.objects.get(pk=order.pk))

    def differences(self):
        cases = read_cases(Order.objects.all())
        return [(each.kind, each.detail) for case in cases for each in find_shop_differences(case)]


class CreditTests(CurrenciesTestCase):
    def test_in_the_same_currency_the_money_counts(self):
        self.buy(self.ferry, "eur")

        self.assertEqual(
            (self.offer(self.pair, "eur").amount, self.offer(self.pair, "eur").credit), (500, 900)
        )
        self.assertEqual(self.differences(), [])

    def test_nine_of_nine_euros_are_the_whole_list_price_in_dollars(self):
        self.buy(self.tram, "eur")

        self.assertEqual(self.offer(self.pair).credit, 1200)
        Book.objects.filter(pk=self.tram.pk).update(price=1100)
        self.assertEqual(self.offer(self.pair).credit, 1100)

    def test_the_list_price_of_the_time_counts_not_the_one_of_today(self):
        self.buy(self.tram, "eur")
        self.euros.prices.filter(book=self.tram).update(amount=5000)

        self.assertEqual(self.offer(self.pair).credit, 1200)

    def test_a_part_of_the_list_price_is_that_part_rounded_down(self):
        order = self.buy(self.tram, "eur")

        self.refund(order, 1)
        self.assertEqual(self.offer(self.pair).credit, 1200 * 999 // 1000)
        self.refund(order, 666)
        self.assertEqual(self.offer(self.pair).credit, 1200 * 333 // 1000)
        self.refund(order, 333)
        self.assertEqual(self.offer(self.pair).credit, 0)

    def test_a_set_s_money_counts_by_what_its_books_got(self):
        order = self.buy(self.pair, "eur")
        rows = Allocation.objects.filter(line__order=order).order_by("book__title")
        # By the list prices in the base currency, as ever; 9 to 12.
        self.assertEqual([*rows.values_list("amount", "list_price")], [(600, 900), (800, 1000)])

        others = make_bundle("Ferry and Night", self.ferry, make_book("Night Bus"), price=1600)

        self.assertEqual(self.offer(others).credit, 900 * 600 // 900)

    def test_from_dollars_to_euros_too(self):
        self.buy(self.ferry)
        Book.objects.filter(pk=self.ferry.pk).update(price=2500)

        self.assertEqual(self.offer(self.pair, "eur").credit, 900)

    def test_money_of_several_currencies_counts_together_and_never_more_than_the_price(self):
        self.buy(self.ferry, "eur")
        self.buy(self.tram)

        self.assertEqual((self.offer(self.pair).amount, self.offer(self.pair).credit), (0, 1500))
        self.assertEqual(
            (self.offer(self.pair, "eur").amount, self.offer(self.pair, "eur").credit), (0, 1400)
        )

    def test_what_is_left_is_what_stripe_can_charge(self):
        dinars = PriceList.objects.create(currency="kwd", rate=None)
        dinars.prices.create(bundle=self.pair, amount=5000)
        dinars.prices.create(book=self.ferry, amount=2990)
        self.refund(self.buy(self.ferry, "eur"), 1)

        offer = self.offer(self.pair, "kwd")

        # Of 5.000, less 899/900 of 2.990: 2.014 dinars, of which Stripe takes no fils.
        self.assertEqual((offer.amount, offer.credit), (2010, 2990))

    def test_a_book_that_is_not_sold_in_a_currency_costs_there_as_much_as_its_set_does(self):
        self.euros.prices.filter(book=self.ferry).delete()
        order = self.buy(self.pair, "eur")
        # €14 for what costs $15.
        self.assertEqual(
            Allocation.objects.get(line__order=order, book=self.ferry).list_price, 900 * 1400 // 1500
        )

        self.refund(order, 1400)
        self.buy(self.ferry)
        self.assertEqual(self.offer(self.pair, "eur").credit, 840)

    def test_a_book_that_is_sold_only_in_sets_counts_as_the_least_that_can_be_charged(self):
        alone = make_book("Only Together", price=None)
        both = make_bundle("With the Ferry", alone, self.ferry, price=1000)
        yen = PriceList.objects.create(currency="jpy", rate=150, ending="")
        self.buy(both)
        [of_alone] = Allocation.objects.filter(book=alone).values_list("amount", "list_price")

        others = make_bundle("Alone and more", alone, make_book("Night Bus"), price=1000)

        self.assertEqual(of_alone[1], 50)
        self.assertEqual(self.offer(others, yen.currency).credit, of_alone[0] * 50 // 50)

    def test_a_price_list_that_is_deleted_before_the_payment_is_settled_makes_nothing_worth_more(self):
        forints = PriceList.objects.create(currency="huf", rate=350, ending="")
        order = make_order(self.ada, product=self.pair, amount=525_000, currency="huf")
        forints.delete()

        order_state.fulfil(Order.objects.get(pk=order.pk), stripe_charge_id="ch_forints")

        again = make_bundle("Again", self.ferry, self.tram, make_book("The Pier"), price=3000)
        # As much as the set cost in dollars, of which the share of each book is rounded down.
        self.assertEqual(self.offer(again).credit, 1499)

    def test_a_deleted_book_makes_nothing_cheaper_in_another_currency(self):
        self.buy(self.ferry, "eur")
        Allocation.objects.update(book=None)
        everything = Bundle.objects.get(everything=True)

        self.assertEqual(self.offer(everything).credit, 0)

    def test_money_from_before_list_prices_were_kept_counts_by_the_price_of_today(self):
        self.buy(self.ferry)
        Allocation.objects.update(list_price=None)

        self.assertEqual(self.offer(self.pair, "eur").credit, 900)

    def test_withheld_money_counts_in_no_currency(self):
        order = self.buy(self.ferry, "eur")
        Dispute.objects.create(
            order=order,
            stripe_dispute_id="dp_1",
            stripe_charge_id=order.stripe_charge_id,
            status="needs_response",
            amount=order.amount,
            opened_at=order.paid_at,
        )
        order_state.recount(Order.objects.get(pk=order.pk))

        self.assertEqual(self.offer(self.pair).credit, 0)

    def test_a_reader_takes_as_many_queries_for_25_sets_as_for_one(self):
        self.buy(self.ferry, "eur")
        for number in range(24):
            make_bundle(f"Set {number}", self.ferry, make_book(f"Book {number}"))
        bundles = list(Bundle.objects.all())

        with self.assertNumQueries(5):
            pricing.offers_of(bundles[:1], self.ada, "eur")
        with self.assertNumQueries(5):
            pricing.offers_of(bundles, self.ada, "eur")
        with self.assertNumQueries(3):
            pricing.offers_of(bundles, self.ada)


class ShortfallTests(CurrenciesTestCase):
    def test_a_discount_knows_what_it_rests_on_in_both_currencies(self):
        source = self.buy(self.tram, "eur")

        cheaper = self.buy(self.pair)

        credit = SetCredit.objects.get()
        self.assertEqual((cheaper.amount, credit.amount, credit.paid), (300, 1200, 1000))
        self.assertEqual(discounts.saving_on(cheaper, source=source), "$12.00")
        self.assertEqual(self.differences(), [])

    def test_money_that_goes_back_takes_its_share_of_the_discount_away(self):
        source = self.buy(self.tram, "eur")
        self.buy(self.pair)

        self.refund(source, 250)

        [(kind, detail)] = self.differences()
        self.assertEqual(kind, "discount_without_cause")
        self.assertIn("had $3.00 off Two Journeys", detail)

    def test_a_discount_that_needed_less_bears_as_much(self):
        self.buy(self.ferry)
        source = self.buy(self.tram, "eur")
        self.buy(self.pair)  # $21 for what costs $15

        self.refund(source, 500)  # half of $12

        self.assertEqual(self.differences(), [])
        self.refund(source, 1)
        self.assertEqual([kind for kind, _ in self.differences()], ["discount_without_cause"])

    def test_what_a_bank_withholds_withholds_what_it_made_cheaper_in_another_currency(self):
        source = self.buy(self.tram, "eur")
        cheaper = self.buy(self.pair)
        dispute = Dispute.objects.create(
            order=source,
            stripe_dispute_id="dp_1",
            stripe_charge_id=source.stripe_charge_id,
            status="needs_response",
            amount=source.amount,
            opened_at=source.paid_at,
        )
        order_state.recount(Order.objects.get(pk=source.pk))

        self.assertEqual(order_state.withheld_lines(cheaper), {cheaper.lines.get().pk})
        Dispute.objects.filter(pk=dispute.pk).update(status="won")
        order_state.recount(Order.objects.get(pk=source.pk))
        self.assertEqual(order_state.withheld_lines(cheaper), set())
        self.assertEqual(self.differences(), [])


class OfferTests(CurrenciesTestCase):
    def test_an_offer_has_the_price_of_its_list(self):
        self.assertEqual(
            self.offer(self.ferry, "eur").terms, pricing.SignedOffer(self.ferry.reference, 900, "eur")
        )
        self.assertEqual(self.offer(self.ferry).terms, pricing.SignedOffer(self.ferry.reference, 900, "usd"))
        self.assertEqual(self.offer(self.ferry, "usd").instead_of, "")

    def test_what_a_list_does_not_price_is_offered_in_the_base_currency(self):
        self.euros.prices.filter(book=self.tram).delete()
        yen = PriceList.objects.create(currency="jpy", rate=Decimal("1"), ending="")
        cheap = make_book("Leaflet", price=4900)  # 49 yen

        self.assertEqual(self.offer(self.tram, "eur").terms[1:3], (1200, "usd"))
        self.assertEqual(self.offer(self.tram, "eur").instead_of, "eur")
        self.assertEqual(self.offer(cheap, yen.currency).terms[1:3], (4900, "usd"))
        self.assertEqual(self.offer(self.ferry, "gbp").terms[1:3], (900, "usd"))

    def test_a_small_rest_is_free_by_the_minimum_of_the_currency(self):
        self.euros.prices.filter(bundle=self.pair).update(amount=949)
        self.buy(self.ferry, "eur")
        self.assertEqual(self.offer(self.pair, "eur").amount, 0)

        self.euros.prices.filter(bundle=self.pair).update(amount=950)
        self.assertEqual(self.offer(self.pair, "eur").amount, 50)

    def test_what_is_below_the_minimum_is_not_sold_in_the_base_currency(self):
        Book.objects.filter(pk=self.ferry.pk).update(price=49)
        self.ferry.refresh_from_db()

        with self.assertRaises(pricing.NotForSale):
            self.offer(self.ferry)
