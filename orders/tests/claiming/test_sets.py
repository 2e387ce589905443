"""A guest and an account have bought the same books, one of them in a set: each book is paid for once."""

from datetime import timedelta

from django.core import mail
from django.utils import timezone

from books import access
from books.models import Bundle, Grant
from books.tests.builders import make_book, make_bundle
from orders.models import OrderStatus, Refund
from orders.models.buying.claim_links import claim_address
from orders.payments.sync import settle
from orders.tests.giving.cases import make_copies

from .test_carts import ADDRESS, TwoBuyersTestCase


class SetsTestCase(TwoBuyersTestCase):
    def setUp(self):
        super().setUp()
        self.everything = Bundle.objects.get(everything=True)

    def each_way(self, *purchases):
        """Yield after these purchases by one of the two and by the other, and once the other way round.

        A purchase is who buys, 0 or 1, and then what.
        """
        for people in ((self.account, self.guest), (self.guest, self.account)):
            yield [self.buy(people[who], *products) for who, *products in purchases]
            self.forget_everything()


class WithinTests(SetsTestCase):
    def test_a_book_that_the_other_has_in_all_books_is_refunded_whichever_came_first(self):
        for bought in ([(0, self.everything), (1, self.ferry)], [(0, self.ferry), (1, self.everything)]):
            for orders in self.each_way(*bought):
                self.claim()

                self.assertEqual([each for each in self.kept() if each], [3900])
                of_book, of_all = sorted(orders, key=lambda order: order.amount)
                self.assert_state(of_book, OrderStatus.REFUNDED, refunded=900)
                self.assert_state(of_all, OrderStatus.PAID, open_lines=[self.everything])
                self.assertEqual(self.opens(self.ferry, self.tram), [True, True])
                self.assert_all_moved()

    def test_a_book_that_the_other_has_in_a_bundle_is_refunded_whichever_came_first(self):
        for bought in ([(0, self.ferry), (1, self.pair)], [(0, self.pair), (1, self.ferry)]):
            for _ in self.each_way(*bought):
                self.claim()

                self.assertEqual([each for each in self.kept() if each], [1800])
                self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True, True, False])
                self.assert_all_moved()

    def test_a_bundle_that_the_other_has_in_all_books_is_refunded_and_so_is_what_made_it_cheaper(self):
        for orders in self.each_way((0, self.ferry), (0, self.pair), (1, self.everything)):
            self.assertEqual([order.amount for order in orders], [900, 900, 3900])

            self.claim()

            self.assertEqual(self.kept(), [0, 0, 3900])
            self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True] * 3)
            self.assert_all_moved()

    def test_a_bundle_within_a_larger_one_is_refunded_and_the_larger_is_not(self):
        trio = make_bundle("Three Journeys", self.ferry, self.tram, self.pier, price=2500)
        for _ in self.each_way((0, self.pair), (1, trio)):
            self.claim()

            self.assertEqual(self.kept(), [0, 2500])
            self.assert_all_moved()

    def test_of_two_bundles_of_the_same_books_the_later_is_refunded(self):
        again = make_bundle("Both Journeys", self.ferry, self.tram, price=1700)
        for _ in self.each_way((0, self.pair), (1, again)):
            self.claim()

            self.assertEqual(self.kept(), [1800, 0])
            self.assertEqual(self.opens(self.ferry, self.tram), [True, True])
            self.assert_all_moved()

    def test_of_a_cart_only_what_is_in_the_set_is_refunded_in_one_refund(self):
        for cart, _ in self.each_way((0, self.ferry, self.tram, self.pier), (1, self.pair)):
            self.claim()

            self.assertEqual(self.kept(), [700, 1800])
            self.assert_state(cart, OrderStatus.PAID, refunded=2100, open_lines=[self.pier])
            self.assertEqual(Refund.objects.count(), 1)
            self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True] * 3)
            self.assert_all_moved()

    def test_a_cart_of_what_both_bought_alone_and_what_is_in_a_set_gives_both_back(self):
        for _ in self.each_way((0, self.pier), (0, self.pair), (1, self.ferry, self.pier)):
            self.claim()

            self.assertEqual(self.kept(), [700, 1800, 0])
            self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True] * 3)
            self.assert_all_moved()

    def test_of_a_cart_whose_bundle_is_refunded_the_rest_is_kept(self):
        trio = make_bundle("Three Journeys", self.ferry, self.tram, make_book("The Hull"), price=2500)
        for _ in self.each_way((0, self.ferry), (0, self.pair, self.pier), (1, trio)):
            self.claim()

            self.assertEqual(self.kept(), [0, 700, 2500])
            self.assertEqual(self.opens(self.ferry, self.tram, self.pier), [True] * 3)
            self.assert_all_moved()

    def test_a_preorder_that_the_other_has_in_all_books_is_refunded(self):
        self.ferry.opens_at = timezone.now() + timedelta(days=9)
        self.ferry.save()
        for _ in self.each_way((0, self.ferry), (1, self.everything)):
            self.claim()

            self.assertEqual(self.kept(), [0, 3900])
            self.assert_all_moved()

    def test_while_stripe_is_away_the_refund_waits(self):
        self.buy(self.account, self.ferry)
        self.buy(self.guest, self.pair)
        self.stripe.go_wrong("POST /v1/refunds", "drop_before", times=9)

        self.claim()

        self.assertEqual(self.kept(), [900, 1800])
        self.stripe.clear_faults()
        order = Refund.objects.get().order
        settle(order, order.stripe_charge_id)
        self.assertEqual(self.kept(), [0, 1800])
        self.assert_all_moved()

    def test_a_second_click_refunds_nothing_more(self):
        self.buy(self.account, self.ferry)
        self.buy(self.guest, self.pair)

        self.claim()
        self.claim()

        self.assertEqual((self.kept(), Refund.objects.count()), ([0, 1800], 1))


class KeptTests(SetsTestCase):
    """What looks as if it had been paid for twice, and was not."""

    def assert_kept(self, *amounts):
        self.claim()

        self.assertEqual(self.kept(), list(amounts))
        self.assertEqual(Refund.objects.count(), 0)
        self.assert_all_moved()

    def test_bundles_that_only_share_a_book_both_stay(self):
        other = make_bundle("Sea and Pier", self.ferry, self.pier, price=1500)
        for _ in self.each_way((0, self.pair), (1, other)):
            self.assert_kept(1800, 1500)

    def test_a_book_outside_the_set_stays(self):
        for _ in self.each_way((0, self.pier), (1, self.pair)):
            self.assert_kept(700, 1800)

    def test_what_one_person_had_paid_for_before_their_set_stays(self):
        for _ in self.each_way((0, self.ferry), (0, self.everything), (1, self.pier)):
            self.claim()

            self.assertEqual(self.kept(), [900, 3000, 0])
            self.assert_all_moved()

    def test_a_payment_that_has_made_the_set_cheaper_already_stays(self):
        for _ in self.each_way((0, self.ferry), (1, self.ferry), (1, self.pair)):
            self.claim()

            self.assertEqual(self.kept(), [0, 900, 900])
            self.assert_all_moved()

    def test_a_payment_that_has_made_a_third_set_cheaper_stays_with_it(self):
        other = make_bundle("Sea and Pier", self.ferry, self.pier, price=1500)
        for _ in self.each_way((0, self.ferry), (0, other), (1, self.pair)):
            self.assert_kept(900, 600, 1800)

    def test_a_book_stays_while_a_bank_withholds_the_money_of_the_set(self):
        for _, of_set in self.each_way((0, self.ferry), (1, self.pair)):
            self.stripe.dispute(of_set.stripe_charge_id)
            settle(of_set, of_set.stripe_charge_id)

            self.assert_kept(900, 1800)
            self.assertEqual(self.opens(self.ferry, self.tram), [True, False])

    def test_a_book_of_a_set_that_staff_have_suspended_stays(self):
        for _, of_set in self.each_way((0, self.ferry), (1, self.pair)):
            access.suspend(Grant.objects.filter(order_id=of_set.pk), by=None)

            self.claim()

            self.assertEqual(self.kept(), [900, 1800])
            self.assertEqual(self.opens(self.ferry), [True])

    def test_a_set_that_was_tried_and_not_paid_refunds_nothing(self):
        for payer, other in ((self.account, self.guest), (self.guest, self.account)):
            self.buy(payer, self.ferry)
            self.try_to_buy(other, self.pair)

            self.assert_kept(900)
            self.forget_everything()

    def test_copies_for_others_are_no_payment_for_oneself(self):
        for buyer, other in ((self.account, self.guest), (self.guest, self.account)):
            gift = make_copies(buyer, self.ferry)
            self.buy(other, self.pair)

            self.claim()

            self.assertEqual(Refund.objects.count(), 0)
            self.assert_state(gift, OrderStatus.PAID, open_lines=[self.ferry])
            self.forget_everything()


class ToldTests(SetsTestCase):
    def test_the_letter_says_with_what_the_book_was_paid_for_again(self):
        for _ in self.each_way((0, self.ferry), (1, self.everything)):
            mail.outbox.clear()

            self.claim()

            [letter] = [each for each in mail.outbox if each.subject.startswith("Your refund")]
            self.assertEqual(letter.to, [ADDRESS])
            self.assertIn("You paid twice for The Ferry, once as part of All Books, so we have", letter.body)
            self.assertIn("refunded the other payment:\n$9.00 for your order", letter.body)
            self.assertIn("You keep what you bought.", letter.body)

    def test_so_does_the_page_after_the_claim(self):
        self.buy(self.guest, self.ferry, self.tram)
        bought = self.buy(self.account, self.pair)
        link = claim_address(self.guest.orders.get())
        browser = self.browsers[self.account]

        with self.captureOnCommitCallbacks(execute=True):
            page = browser.post(link, {"into": str(bought.user.pk)}, follow=True)

        said = (
            "You had paid twice for The Ferry and The Tram, once as part of Two Journeys, "
            "so we’re refunding the other payment: $21.00."
        )
        self.assertContains(page, said)
