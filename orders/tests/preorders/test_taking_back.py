"""The money for a book that has not opened, taken back by its buyer."""

from django.urls import reverse
from django.utils import timezone

from books.models import Book
from books.tests.builders import make_book, make_reader, make_staff
from orders.models import Order, OrderStatus, Refund, RefundOrigin, Seat
from orders.payments import refunds
from orders.tests.cart.cases import FROM_HERE
from orders.tests.giving.cases import link_of, taken
from orders.tests.preorders.cases import DAY, PreorderTestCase, mail_to


class TakingBackTests(PreorderTestCase):
    def assert_refused(self, order, line=None):
        """Nothing is refunded, and the buyer keeps what they have."""
        kept = self.kept_charges()
        page = self.take_back(order, line)

        self.assertContains(page, "can’t be refunded here any more, so nothing was refunded.")
        self.assertEqual(self.kept_charges(), kept)
        self.assertEqual(Refund.objects.count(), 0)

    def buy_cart(self):
        """Buy the book and an open one in one order."""
        things = {"product": [self.book.reference, self.ferry.reference]}
        self.client.post(reverse("cart_add"), things, headers=FROM_HERE)
        item = self.client.get("/orders/?cart").context["offer"].signed()
        self.pay(self.stripe.make_token("4242424242424242"), item=item)
        return Order.objects.get(item="cart")

    def test_the_buyer_gets_all_of_it_back_and_the_book_goes(self):
        order = self.buy(self.book)
        self.assertContains(self.client.get(order.get_absolute_url()), "Refund $9.00")

        page = self.take_back(order)

        self.assertContains(page, "$9.00 is on its way back to you.")
        self.assertContains(page, "This order was refunded")
        order.refresh_from_db()
        self.assertEqual((order.status, order.refunded_amount), (OrderStatus.REFUNDED, 900))
        refund = Refund.objects.get()
        self.assertEqual((refund.origin, refund.requested_by), (RefundOrigin.BUYER, None))
        self.assertEqual((self.kept_charges(), self.has_book()), ([0], False))

    def test_staff_and_buyer_have_a_letter_about_it(self):
        grace = make_staff()
        order = self.buy(self.book)

        self.take_back(order)

        alarm = mail_to(grace.email)[-1]
        self.assertIn("The buyer has taken back $9.00", alarm.body)
        self.assertIn("before Night Bus opened", alarm.body)
        self.assertEqual(mail_to("ada@example.com")[-1].subject, f"Your refund for order {order.number}")

    def test_twice_is_one_refund(self):
        order = self.buy(self.book)
        line = order.lines.get()

        self.take_back(order, line)
        self.take_back(order, line)

        self.assertEqual((Refund.objects.count(), self.kept_charges()), (1, [0]))

    def test_it_can_be_bought_again(self):
        self.take_back(self.buy(self.book))

        again = self.buy(self.book)

        self.assertEqual((again.status, self.kept_charges()), (OrderStatus.PAID, [0, 900]))
        self.assertTrue(self.has_book())

    def test_not_once_it_is_open(self):
        order = self.buy(self.book)
        self.open_book()

        self.assertNotContains(self.client.get(order.get_absolute_url()), "Refund $9.00")
        self.assert_refused(order)
        self.assertTrue(self.has_book())

    def test_yes_while_its_day_has_come_without_a_file(self):
        order = self.buy(self.book)
        Book.objects.filter(pk=self.book.pk).update(epub="", opens_at=timezone.now() - DAY)

        self.take_back(order)

        self.assertEqual((self.kept_charges(), self.has_book()), ([0], False))

    def test_an_open_book_is_not_taken_back(self):
        order = self.buy(self.ferry)

        self.assertNotContains(self.client.get(order.get_absolute_url()), "take-back")
        self.assert_refused(order)

    def test_only_the_line_that_has_not_opened_of_a_cart(self):
        order = self.buy_cart()
        self.assert_refused(order, order.lines.get(book=self.ferry))

        self.take_back(order, order.lines.get(book=self.book))

        order.refresh_from_db()
        self.assertEqual((order.status, order.refunded_amount), (OrderStatus.PAID, 900))
        self.assertEqual(self.kept_charges(), [700])
        self.assertFalse(self.has_book())
        self.assertEqual(self.client.get(f"/books/{self.ferry.pk}/read/2/").status_code, 200)

    def test_a_bundle_with_an_open_book_is_for_people_to_decide(self):
        order = self.buy(self.bundle_of(self.book, self.ferry))

        page = self.client.get(order.get_absolute_url())

        self.assertContains(page, "Want your money back before then? Write to us.")
        self.assertContains(page, "Night Bus</a>: Pre-order: opens on")
        self.assert_refused(order)

    def test_a_bundle_of_which_nothing_is_open_is_taken_back(self):
        other = make_book("The Tram", opens_at=timezone.now() + 2 * DAY)
        order = self.buy(self.bundle_of(self.book, other))

        self.take_back(order)

        self.assertEqual((self.kept_charges(), self.has_book()), ([0], False))

    def test_not_what_made_a_bundle_cheaper(self):
        order = self.buy(self.book)
        bundle = self.buy(self.bundle_of(self.book, self.ferry))
        self.assertEqual(bundle.amount, 1500 - 900)

        self.assertNotContains(self.client.get(order.get_absolute_url()), "Refund $9.00")
        self.assert_refused(order)

    def test_not_what_a_bank_is_looking_into(self):
        order = self.buy(self.book)
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.DISPUTED)

        self.assert_refused(order)

    def test_after_a_refund_of_part_the_rest(self):
        order = self.buy(self.book)
        refunds.refund(order, by=make_staff(), reason="Asked.", amount=200)
        self.assertContains(self.client.get(order.get_absolute_url()), "Refund $7.00")

        page = self.take_back(order)

        self.assertContains(page, "$7.00 is on its way back to you.")
        order.refresh_from_db()
        self.assertEqual((order.status, self.kept_charges()), (OrderStatus.REFUNDED, [0]))
        self.assertFalse(self.has_book())

    def test_of_a_cart_never_what_was_paid_for_the_rest(self):
        order = self.buy_cart()
        refunds.refund(order, by=make_staff(), reason="Asked.", amount=800)

        self.assertNotContains(self.client.get(order.get_absolute_url()), "take-back")
        self.assertContains(self.take_back(order, order.lines.get(book=self.book)), "nothing was refunded")

        self.assertEqual((Refund.objects.count(), self.kept_charges()), (1, [800]))
        self.assertTrue(self.has_book())

    def test_of_a_cart_the_rest_once_the_others_are_refunded(self):
        order, staff = self.buy_cart(), make_staff()
        refunds.refund(order, by=staff, reason="Asked.", lines=[order.lines.get(book=self.ferry)])
        refunds.refund(order, by=staff, reason="Asked.", amount=200)

        self.take_back(order, order.lines.get(book=self.book))

        self.assertEqual((self.kept_charges(), self.has_book()), ([0], False))

    def test_somebody_else_s_order_is_none(self):
        order = self.buy(self.book)
        self.client.force_login(make_reader("bob"))

        self.assertEqual(self.take_back(order).status_code, 404)
        self.assertEqual((Refund.objects.count(), self.has_book()), (0, True))

    def test_only_a_post_with_a_line_takes_back(self):
        order = self.buy(self.book)
        address = reverse("order_take_back", args=[order.pk])

        self.assertEqual(self.client.get(address).status_code, 405)
        for line in ("", "one", "٣", "9" * 30):
            self.assertEqual(self.client.post(address, {"line": line}).status_code, 400, line)
        self.assertContains(self.client.post(address, {"line": "9" * 15}, follow=True), "has no such line")
        self.assertEqual(Refund.objects.count(), 0)


class GiftTests(PreorderTestCase):
    """Ada gives the pre-order to Tom."""

    def give(self, **typed):
        browser = {"kind": "gift", "giver": "Ada", "recipient": "Tom"} | typed
        page = self.client.post(reverse("give", query={"book": self.book.pk}), browser, follow=True)
        self.pay(self.stripe.make_token("4242424242424242"), item=page.context["offer"].signed())
        return Order.objects.get()

    def take(self, order):
        """Have somebody without an account take a copy."""
        return self.client_class().post(link_of(order), follow=True)

    def assert_kept(self, order):
        self.assertNotContains(self.client.get(order.get_absolute_url()), "take-back")
        self.assertContains(self.take_back(order), "so nothing was refunded.")
        self.assertEqual((Refund.objects.count(), self.kept_charges()), (0, [order.amount]))

    def test_the_giver_takes_the_money_back_while_nobody_has_taken_it(self):
        order = self.give()
        self.assertContains(self.client.get(order.get_absolute_url()), "What you passed on stops working.")

        page = self.take_back(order)

        self.assertContains(page, "$9.00 is on its way back to you.")
        self.assertEqual((Refund.objects.get().origin, self.kept_charges()), (RefundOrigin.BUYER, [0]))
        self.assertContains(self.take(order), "no longer available")
        self.assertEqual(taken(order), [])

    def test_giver_card_and_letter_say_when_it_opens(self):
        order = self.give()

        [letter] = mail_to("ada@example.com")
        self.assertIn("“Night Bus”: Pre-order: opens on", letter.body)
        self.assertIn("and nobody has taken your gift yet, see your order", letter.body)
        card = self.client.get(reverse("order_cards", args=[order.pk]))
        self.assertContains(card, ". Open this address to take it:")
        self.open_book()
        card = self.client.get(reverse("order_cards", args=[order.pk]))
        self.assertContains(card, "Open this address to start reading:")

    def test_not_once_somebody_has_it(self):
        order = self.give()
        page = self.take(order)

        self.assertContains(page, "Night Bus is yours. Pre-order: opens on")
        self.assertContains(self.client.get(order.get_absolute_url()), "so you can’t take it back")
        self.client.post(reverse("order_seat_release", args=[order.pk, 1]))
        self.assert_kept(order)
        self.assertEqual(taken(order), [1])

    def test_not_once_it_is_open(self):
        order = self.give()
        self.open_book()

        self.assert_kept(order)

    def test_of_several_copies_all_or_none(self):
        order = self.give(kind="seats", copies=3)
        self.take(order)
        self.assert_kept(order)

        Seat.objects.update(redeemer=None, redeemed_at=None)
        self.take_back(order)

        self.assertEqual(self.kept_charges(), [0])

    def test_the_copies_that_are_left_after_staff_refunded_one(self):
        order = self.give(kind="seats", copies=3)
        refunds.refund(order, by=make_staff(), reason="Asked.", copies=1)
        self.assertContains(self.client.get(order.get_absolute_url()), "Refund $18.00")

        page = self.take_back(order)

        self.assertContains(page, "$18.00 is on its way back to you.")
        order.refresh_from_db()
        self.assertEqual((order.status, self.kept_charges()), (OrderStatus.REFUNDED, [0]))
        self.assertContains(self.take(order), "no longer available")


class OrderPageTests(PreorderTestCase):
    def test_a_pre_order_says_when_it_opens_on_every_page_about_it(self):
        page = self.client.get(reverse("orders"), {"book": self.book.pk})
        self.assertContains(page, "Pre-order: opens on")
        self.assertContains(page, "Pre-order for $9.00")
        self.assertContains(page, "Until it opens, you can take your money back by yourself")

        order = self.buy(self.book)

        page = self.client.get(order.get_absolute_url())
        self.assertContains(page, "It’s yours as soon as it opens.")
        self.assertContains(page, "(Pre-order: opens on")
        self.assertNotContains(page, "Start reading")
        [letter] = mail_to("ada@example.com")
        self.assertIn("“Night Bus”: Pre-order: opens on", letter.body)
        self.assertNotIn("Your books are ready", letter.body)

    def test_a_book_that_is_open_says_none_of_it(self):
        page = self.client.get(reverse("orders"), {"book": self.ferry.pk})
        self.assertContains(page, "Buy for $7.00")

        order = self.buy(self.ferry)

        page = self.client.get(order.get_absolute_url())
        self.assertContains(page, "Your books are ready.")
        self.assertContains(page, "Start reading")
        self.assertNotContains(page, "Pre-order")
        self.assertNotIn("Pre-order", mail_to("ada@example.com")[0].body)
