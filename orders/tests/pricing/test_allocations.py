"""Every cent is booked once, on the books that it newly opened, and taken back where it was booked."""

import re
from collections import Counter

from django.db import connection
from django.db.models import Q
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from books import access
from books.models import Book, Bundle, Grant
from books.tests.builders import make_book, make_books, make_bundle, make_reader
from orders import pricing
from orders.models import (
    OPEN_STATUSES,
    Allocation,
    Dispute,
    Order,
    OrderStatus,
    Refund,
    RefundOrigin,
    RefundStatus,
)
from orders.payments import order_state
from orders.pricing import allocations
from orders.pricing.apportionment import apportion, apportion_among_books
from orders.tests.builders import add_line, make_order


def booked(order):
    """Return what is allocated of an order now, by the titles of its books."""
    sums = Counter()
    for title, amount in Allocation.objects.filter(line__order=order).values_list("book__title", "amount"):
        sums[title] += amount
    return +sums


class LedgerTestCase(TestCase):
    def setUp(self):
        self.ada = make_reader("ada")
        self.all_books = Bundle.objects.get(everything=True)

    def buy(self, product, **fields):
        """Buy a product at its price for Ada; return the order."""
        fields = {"amount": pricing.offer_of(product, self.ada).amount} | fields
        return make_order(self.ada, product=product, status=OrderStatus.PAID, **fields)

    def move(self, order, status=OrderStatus.PAID, **fields):
        """Have an order come to this state, as settling does."""
        Order.objects.filter(pk=order.pk).update(status=status, **fields)
        moved = Order.objects.get(pk=order.pk)
        lines = {line.pk for line in moved.lines.all()} if status in OPEN_STATUSES else set()
        order_state.set_open_lines(moved, lines - moved.refunded_line_ids())
        order_state.update_access(moved)

    def refund(self, order, amount, *lines):
        """Have a part of an order refunded; return the refund."""
        made = Refund.objects.create(
            order=order,
            amount=amount,
            status=RefundStatus.SUCCEEDED,
            origin=RefundOrigin.STAFF,
            stripe_charge_id=order.stripe_charge_id,
        )
        made.lines.set(lines)
        order_state.recount(Order.objects.get(pk=order.pk))
        return made

    def assert_conserved(self):
        """The sum of Ada's allocations is what she has paid and not got back."""
        kept = sum(allocations.kept_of(order) for order in self.ada.orders.all())
        rows = Allocation.objects.filter(line__order__user=self.ada).values_list("amount", flat=True)
        self.assertEqual(sum(rows), kept)


class OverlappingSetsTests(LedgerTestCase):
    """Book A at $20 and six $30 sets, each of A and another book of $20."""

    def setUp(self):
        super().setUp()
        self.a = make_book("A", price=2000)
        others = [make_book(f"B{number}", price=2000) for number in range(6)]
        self.sets = [make_bundle(f"Set {each.title}", self.a, each, price=3000) for each in others]

    def amounts(self, *products):
        return [self.buy(product).amount for product in products]

    def test_a_book_and_then_the_sets_that_hold_it_cost_what_each_adds(self):
        self.assertEqual(self.amounts(self.a, *self.sets), [2000, 1000, 1000, 1000, 1000, 1000, 1000])
        self.assert_conserved()

    def test_the_sets_first_cost_what_each_adds(self):
        self.assertEqual(self.amounts(*self.sets), [3000, 1500, 1500, 1500, 1500, 1500])
        self.assertIs(access.owns(self.ada, self.a), True)
        self.assert_conserved()

    def test_the_money_of_a_set_is_booked_on_the_book_that_it_adds_alone(self):
        self.buy(self.a)

        order = self.buy(self.sets[0])

        self.assertEqual(booked(order), {"B0": 1000})

    def test_money_for_a_book_counts_once_towards_all_books_however_many_sets_hold_it(self):
        self.buy(self.a)

        [all_books] = pricing.offers_of([self.all_books], self.ada)

        self.assertEqual(all_books.credit, 2000)

    def test_a_reader_who_has_paid_nothing_costs_one_query_and_the_sales_another(self):
        with self.assertNumQueries(2):
            offers = pricing.offers_of([*self.sets, self.all_books], self.ada)

        self.assertEqual({offer.credit for offer in offers}, {0})

    def test_as_many_queries_for_many_sets_as_for_two(self):
        self.buy(self.a)
        for sets in (self.sets[:2], self.sets):
            with self.subTest(len(sets)), self.assertNumQueries(3):
                pricing.offers_of([*sets, self.all_books], self.ada)


class BookedTests(LedgerTestCase):
    def setUp(self):
        super().setUp()
        self.ferry = make_book("Ferry", price=900)
        self.tram = make_book("Tram", price=1200)
        self.free = make_book("Free", price=None)
        self.pair = make_bundle("Pair", self.ferry, self.tram, price=1800)

    def test_a_set_is_booked_by_list_price_to_the_last_cent(self):
        self.assertEqual(booked(self.buy(self.pair)), {"Ferry": 771, "Tram": 1029})

    def test_a_book_without_a_price_weighs_the_least_that_one_can_have(self):
        trio = make_bundle("Trio", self.ferry, self.free, price=950)

        self.assertEqual(booked(self.buy(trio)), {"Ferry": 900, "Free": 50})

    def test_books_without_any_price_share_alike(self):
        both = make_bundle("Both", self.free, make_book("Free too", price=None), price=501)

        self.assertEqual(sorted(booked(self.buy(both)).values()), [250, 251])

    def test_what_staff_have_opened_before_gets_nothing(self):
        access.give(self.ada, self.ferry, by=self.ada, note="A gift.")

        self.assertEqual(booked(self.buy(self.pair)), {"Tram": 1800})

    def test_a_line_that_opens_nothing_newly_is_booked_on_all_of_its_books(self):
        access.give(self.ada, self.pair, by=self.ada, note="A gift.")

        self.assertEqual(booked(self.buy(self.pair, amount=1800)), {"Ferry": 771, "Tram": 1029})
        self.assert_conserved()

    def test_all_books_that_adds_nothing_is_booked_on_every_book(self):
        access.give_permission(self.ada, by=None)

        self.assertEqual(
            booked(self.buy(self.all_books, amount=2150)), {"Ferry": 900, "Tram": 1200, "Free": 50}
        )

    def test_a_bundle_whose_books_were_all_taken_out_of_the_shop_is_booked_on_them(self):
        Book.objects.update(is_published=False)

        self.assertEqual(booked(self.buy(self.pair)), {"Ferry": 771, "Tram": 1029})

    def test_money_for_a_bundle_without_books_is_booked_on_none_and_still_counts(self):
        order = self.buy(make_bundle("Nothing yet"), amount=1500)

        self.assertEqual(booked(order), {None: 1500})
        self.assertEqual(pricing.offer_of(self.all_books, self.ada).credit, 1500)
        self.assert_conserved()

    def test_a_free_line_has_no_rows(self):
        self.assertEqual(self.buy(self.pair, amount=0).lines.get().allocations.count(), 0)

    def test_a_deleted_book_leaves_its_money_with_the_reader(self):
        self.buy(self.all_books)
        Book.objects.get(pk=self.tram.pk).delete()

        self.assert_conserved()

    def test_a_withdrawn_book_still_counts_towards_a_set(self):
        self.buy(self.ferry)
        self.ferry.unpublish()

        self.assertEqual(pricing.offer_of(self.pair, self.ada).amount, 900)

    def test_stripes_other_mode_does_not_count(self):
        self.buy(self.ferry)
        self.assertEqual(pricing.offer_of(self.pair, self.ada).credit, 900)
        with override_settings(STRIPE_LIVE_MODE=True):
            self.assertEqual(pricing.offer_of(self.pair, self.ada).credit, 0)

    def test_what_somebody_else_paid_does_not_count(self):
        make_order(make_reader("bob"), product=self.ferry, status=OrderStatus.PAID)

        self.assertEqual(pricing.offer_of(self.pair, self.ada).credit, 0)

    def test_an_order_that_was_given_up_is_booked_when_its_money_comes_late(self):
        late = make_order(self.ada, product=self.pair, status=OrderStatus.EXPIRED)
        self.buy(self.ferry)

        self.move(late, paid_at=timezone.now(), stripe_charge_id="ch_late")

        self.assertEqual(booked(late), {"Tram": 1800})
        self.assert_conserved()

    def test_no_more_rows_than_cents_are_written_however_many_books_there_are(self):
        Book.objects.bulk_create(Book(title=f"Filler {number}", price=500) for number in range(300))
        order = self.buy(self.all_books, amount=60)

        self.assertEqual(set(booked(order).values()), {1})
        self.assertEqual(len(booked(order)), 60)
        self.assert_conserved()

    def test_settling_again_books_nothing_twice(self):
        order = self.buy(self.pair)
        before = Allocation.objects.count()

        self.move(order)

        self.assertEqual(Allocation.objects.count(), before)

    def test_suspended_access_does_not_make_a_set_cheaper_and_restored_access_does(self):
        self.buy(self.ferry)
        access.suspend(Grant.objects.all(), by=None)
        self.assertEqual(pricing.offer_of(self.pair, self.ada).credit, 0)
        self.assert_conserved()

        access.restore(Grant.objects.all(), by=None)

        self.assertEqual(pricing.offer_of(self.pair, self.ada).credit, 900)


class TakenBackTests(LedgerTestCase):
    def setUp(self):
        super().setUp()
        self.ferry = make_book("Ferry", price=1000)
        self.tram = make_book("Tram", price=2000)
        self.pair = make_bundle("Pair", self.ferry, self.tram, price=2400)
        self.order = self.buy(self.pair)

    def test_a_refund_in_part_takes_back_in_the_same_proportion(self):
        self.refund(self.order, 100)

        self.assertEqual(booked(self.order), {"Ferry": 767, "Tram": 1533})
        self.assert_conserved()

    def test_a_refund_in_full_leaves_nothing(self):
        self.refund(self.order, 2400)

        self.assertEqual(booked(self.order), {})
        self.assert_conserved()

    def test_a_refund_that_fails_puts_it_back(self):
        for amount in (100, 2400):
            made = self.refund(self.order, amount)
            made.status = RefundStatus.FAILED
            made.save()
            self.move(self.order, refunded_amount=0)

            self.assertEqual(booked(self.order), {"Ferry": 800, "Tram": 1600})
            self.assert_conserved()

    def test_a_dispute_takes_all_and_a_won_one_gives_all_back(self):
        dispute = Dispute.objects.create(
            stripe_dispute_id="dp_1",
            order=self.order,
            stripe_charge_id=self.order.stripe_charge_id,
            status="needs_response",
            reason="fraudulent",
            amount=2400,
            opened_at=timezone.now(),
        )
        for status, left in (
            ("needs_response", {}),
            ("won", {"Ferry": 800, "Tram": 1600}),
            ("lost", {}),
        ):
            dispute.status = status
            dispute.save()
            order_state.recount(Order.objects.get(pk=self.order.pk))

            self.assertEqual(booked(self.order), left, status)
            self.assert_conserved()

    def test_a_dispute_after_a_refund_takes_what_the_refund_left(self):
        self.refund(self.order, 100)
        self.move(self.order, OrderStatus.DISPUTED)

        self.assertEqual(booked(self.order), {})
        self.assert_conserved()

    def test_rows_are_never_changed_and_name_their_cause(self):
        before = list(Allocation.objects.order_by("pk").values_list("pk", "amount"))
        made = self.refund(self.order, 100)
        made.delete()
        order_state.recount(Order.objects.get(pk=self.order.pk))

        rows = list(Allocation.objects.order_by("pk").values_list("pk", "amount", "cause"))
        self.assertEqual([row[:2] for row in rows[: len(before)]], before)
        self.assertEqual([cause for *_, cause in rows], ["payment"] * 2 + ["refund"] * 4)
        self.assertEqual(booked(self.order), {"Ferry": 800, "Tram": 1600})

    def test_a_refunded_line_is_taken_back_from_its_own_books(self):
        other = make_book("Other", price=600)
        line = add_line(self.order, other)
        self.move(self.order, amount=3000)
        self.assertEqual(booked(self.order), {"Ferry": 800, "Tram": 1600, "Other": 600})

        self.refund(self.order, 600, line)
        self.assertEqual(booked(self.order), {"Ferry": 800, "Tram": 1600})

        self.refund(self.order, 300)
        self.assertEqual(booked(self.order), {"Ferry": 700, "Tram": 1400})
        self.assert_conserved()

    def test_an_amount_is_taken_back_from_all_lines(self):
        other = make_book("Other", price=600)
        add_line(self.order, other)
        self.move(self.order, amount=3000)

        self.refund(self.order, 1500)

        self.assertEqual(booked(self.order), {"Ferry": 400, "Tram": 800, "Other": 300})

    def test_two_lines_with_a_book_in_common_book_it_once(self):
        order = make_order(make_reader("bob"), product=self.tram, amount=2000)
        add_line(order, self.pair, amount=400)

        self.move(order, amount=2400, paid_at=timezone.now(), stripe_charge_id="ch_cart")

        self.assertEqual(booked(order), {"Tram": 2000, "Ferry": 400})


class ApportionedTests(TestCase):
    def test_every_cent_is_dealt_out_and_nobody_gets_more_than_their_weight(self):
        for amount in range(102):
            shares = apportion(amount, {"a": 33, "b": 33, "c": 34, "d": 1})

            self.assertEqual(sum(shares.values()), amount)
            self.assertTrue(
                all(shares[key] <= weight for key, weight in (("a", 33), ("b", 33), ("c", 34), ("d", 1)))
            )

    def test_nothing_is_dealt_out_among_nobody(self):
        self.assertEqual(apportion(100, {}), {})
        self.assertEqual(apportion_among_books(100, Book.objects.none()), {})

    def test_the_database_deals_out_as_python_does(self):
        prices = [50, 99, 900, 1201, 4_000_000, 900]
        books = [make_book(f"Book {price} {place}", price=price) for place, price in enumerate(prices)]
        weights = {book.pk: book.price for book in books}
        for amount in (1, 5, 3900, 1_000_001, 2_000_000_000):
            shares = apportion_among_books(amount, Book.objects.all())

            self.assertEqual(shares, {key: each for key, each in apportion(amount, weights).items() if each})

    def test_all_books_are_weighed_without_reading_their_rows(self):
        """A row has a description and more: in a large shop, reading all of them takes seconds."""
        make_books(50)
        [index] = [index for index in Book._meta.indexes if index.name == "shelf_prices"]

        with CaptureQueriesContext(connection) as asked:
            apportion_among_books(30, Book.objects.published())

        read = set(re.findall(r'"books_book"\."(\w+)"', " ".join(query["sql"] for query in asked)))
        self.assertEqual(read, {*index.fields, "is_published"})
        self.assertEqual(index.condition, Q(is_published=True))
