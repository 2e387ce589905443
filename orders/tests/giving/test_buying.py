"""Buying for others: by account and as a guest, with a token and in a session, once for each form."""

import re
from datetime import timedelta

from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Book, Bundle
from books.tests.builders import make_book
from orders.giving import gifts
from orders.models import Allocation, DiscountCode, Gift, Order, OrderLine, Seat
from orders.tests.builders import make_code
from orders.tests.cases import TillTestCase
from orders.tests.giving.cases import TOM, day, fill_in, link_of, reads
from users.models import CustomUser


class BuyingCase(TillTestCase):
    def setUp(self):
        super().setUp()
        cache.clear()
        self.book = make_book("The Ferry", chapters=2, sample_chapters=1)

    def item_at(self, address, client=None):
        page = (client or self.client).get(address)
        return page.context["offer"].signed()

    def buy_gift(self, **typed):
        address = fill_in(self.client, self.book, **typed)
        return self.pay(item=self.item_at(address))

    def count_rows(self):
        return [model.objects.count() for model in (Order, OrderLine, Seat, Gift)]


class GiftTests(BuyingCase):
    def test_a_gift_is_paid_like_anything_and_opens_nothing_to_the_giver(self):
        response = self.buy_gift(**TOM, day=day(3))

        order = Order.objects.get()
        self.assertRedirects(response, order.get_absolute_url(), fetch_redirect_response=False)
        self.assertEqual((order.status, order.amount), ("paid", 900))
        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [900])
        self.assertFalse(reads(self.ada, self.book))
        gift = Gift.objects.get()
        self.assertEqual((gift.giver, gift.recipient, gift.email), ("Ada", "Tom", "tom@example.com"))
        page = self.client.get(order.get_absolute_url())
        self.assertContains(page, "We’ll send your gift to tom@example.com on")
        self.assertEqual([(row.book, row.amount) for row in Allocation.objects.all()], [(self.book, 900)])

    def test_the_purchase_page_says_for_whom_it_is(self):
        address = fill_in(self.client, self.book, **TOM, day=day(3))

        page = self.client.get(address)

        self.assertContains(page, "A gift for Tom")
        self.assertContains(page, 'data-amount="900"')
        self.assertContains(page, "What they get")
        changed = self.client.get(page.context["give_address"])
        self.assertContains(changed, 'value="tom@example.com"')

    def test_somebody_who_owns_it_can_give_it(self):
        access.give(self.ada, self.book, by=self.ada, note="")
        self.assertContains(self.client.get(self.book.get_absolute_url()), "Give it to somebody")

        self.buy_gift(**TOM)

        self.assertEqual(Order.objects.get().status, "paid")

    def test_a_gift_and_ones_own_book_are_two_orders(self):
        self.buy_gift(**TOM)
        own = self.client.get(reverse("orders", query={"book": self.book.pk})).context["offer"].signed()

        self.pay(item=own)
        self.buy_gift(**TOM)

        self.assertEqual(list(Order.objects.values_list("status", flat=True)), ["paid"] * 3)
        self.assertTrue(reads(self.ada, self.book))
        self.assertEqual(len(self.succeeded_charges()), 3)

    def test_a_gift_makes_nothing_cheaper_and_takes_no_credit(self):
        own = self.client.get(reverse("orders", query={"book": self.book.pk})).context["offer"].signed()
        self.buy_gift(**TOM)
        everything = Bundle.objects.get(everything=True)

        self.assertEqual(self.client.get(reverse("orders")).context["offer"].amount, everything.price)
        self.pay(item=own)
        self.assertEqual(self.client.get(reverse("orders")).context["offer"].amount, everything.price - 900)
        given = self.client.post(reverse("give"), {"kind": "gift", "giver": "Ada", "recipient": "Tom"})
        self.assertEqual(self.client.get(given.url).context["offer"].amount, everything.price)

    def test_one_form_posted_many_times_is_one_order(self):
        item = self.item_at(fill_in(self.client, self.book, **TOM))

        for _ in range(5):
            self.pay(item=item)

        self.assertEqual(self.count_rows(), [1, 1, 1, 1])
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_a_reload_after_paying_leads_to_the_order(self):
        address = fill_in(self.client, self.book, **TOM)
        self.pay(item=self.item_at(address))

        self.assertRedirects(
            self.client.get(address), Order.objects.get().get_absolute_url(), fetch_redirect_response=False
        )

    def test_a_declined_card_keeps_the_order_and_what_was_typed(self):
        address = fill_in(self.client, self.book, **TOM)

        declined = self.pay("tok_chargeDeclined", item=self.item_at(address))

        self.assertEqual(declined.url, address)
        self.assertContains(self.client.get(address), "You have not been charged.")
        corrected = self.client.post(
            self.client.get(address).context["give_address"],
            {"kind": "gift", **TOM, "email": "thomas@example.com"},
        )
        self.assertEqual(corrected.url, address)
        self.pay(item=self.item_at(address))
        self.assertEqual(self.count_rows(), [1, 1, 1, 1])
        self.assertEqual(Gift.objects.get().email, "thomas@example.com")

    def test_a_changed_price_charges_nothing(self):
        address = fill_in(self.client, self.book, **TOM)
        item = self.item_at(address)
        self.book.price = 1200
        self.book.save()

        response = self.pay(item=item)

        self.assertEqual(response.url, address)
        self.assertEqual(self.count_rows(), [0, 0, 0, 0])
        self.assertEqual(self.succeeded_charges(), [])

    def declined(self, **typed):
        """Type a gift whose card is declined; return the address of its purchase page."""
        address = fill_in(self.client, self.book, **TOM | typed)
        self.pay("tok_chargeDeclined", item=self.item_at(address))
        return address

    def test_after_a_declined_card_it_is_bought_at_the_price_of_then(self):
        address = self.declined()
        self.book.price = 1200
        self.book.save()

        response = self.pay(item=self.item_at(address))

        orders = list(Order.objects.order_by("created_at").values_list("status", "amount"))
        self.assertEqual(orders, [("expired", 900), ("paid", 1200)])
        self.assertEqual(response.url, Order.objects.get(status="paid").get_absolute_url())
        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [1200])
        self.assertEqual(Gift.objects.get(order__status="paid").email, TOM["email"])

    def test_after_a_declined_card_other_copies_can_be_bought_with_the_same_form(self):
        address = self.declined()
        changed = self.client.get(address).context["give_address"]
        self.client.post(changed, {"kind": "seats", "copies": 3})

        self.pay(item=self.item_at(address))

        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [2700])
        self.assertEqual(Seat.objects.filter(line__order__status="paid").count(), 3)

    def test_an_order_that_expired_can_be_bought_again(self):
        address = self.declined()
        expired = Order.objects.get()
        expired.move_to("expired")

        again = self.client.get(expired.get_absolute_url()).context["buy_address"]
        self.assertEqual(again, address)
        self.pay(item=self.item_at(again))

        self.assertEqual(len(self.succeeded_charges()), 1)
        self.assertEqual(sorted(Order.objects.values_list("status", flat=True)), ["expired", "paid"])

    def test_a_code_that_has_ended_leaves_the_way_to_the_full_price(self):
        code = make_code(percent=50)
        address = fill_in(self.client, self.book, **TOM)
        self.client.get(address + "&code=spring")
        self.pay("tok_chargeDeclined", item=self.item_at(address))
        DiscountCode.objects.filter(pk=code.pk).update(ends_at=timezone.now())

        self.pay(item=self.item_at(address))

        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [900])

    def test_what_was_typed_for_one_book_can_be_used_for_another(self):
        address = self.declined()
        tram = make_book("The Tram")

        self.pay(item=self.item_at(address.replace(str(self.book.pk), str(tram.pk))))

        paid = OrderLine.objects.filter(order__status="paid")
        self.assertEqual([line.book for line in paid], [tram])
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_twenty_posts_of_a_form_whose_order_expired_are_one_order(self):
        address = self.declined()
        Order.objects.get().move_to("expired")
        item = self.item_at(address)

        for _ in range(5):
            self.pay(item=item)

        self.assertEqual(len(self.succeeded_charges()), 1)
        self.assertEqual(Order.objects.filter(status="paid").count(), 1)

    def test_what_is_lost_from_the_session_is_asked_again(self):
        address = fill_in(self.client, self.book, **TOM)
        item = self.item_at(address)
        session = self.client.session
        del session["giving"]
        session.save()

        response = self.pay(item=item)

        self.assertEqual(self.count_rows(), [0, 0, 0, 0])
        self.assertEqual(self.succeeded_charges(), [])
        page = self.client.get(response.url, follow=True)
        self.assertEqual(page.templates[0].name, "orders/giving/give.html")

    def choose_in_another_tab(self, address, **typed):
        """Choose something else on the form that led to this purchase page."""
        return self.client.post(self.client.get(address).context["give_address"], typed)

    def assert_shown_again(self, answer, says):
        """Nobody was charged, nothing is left, and the page says what is chosen now."""
        self.assertEqual(self.count_rows(), [0, 0, 0, 0])
        self.assertEqual(self.stripe.charges, [])
        page = self.client.get(answer.url)
        self.assertContains(page, "You have chosen something else since. You have not been charged.")
        self.assertContains(page, says)

    def test_a_gift_chosen_in_another_tab_does_not_become_the_copies_that_were_shown(self):
        address = fill_in(self.client, self.book, kind="seats", copies=25)
        copies = self.item_at(address)
        self.choose_in_another_tab(address, kind="gift", **TOM)

        self.assert_shown_again(self.pay(item=copies), "A gift for Tom")

        self.pay(item=self.item_at(address))
        self.assertEqual(self.count_rows(), [1, 1, 1, 1])
        self.assertContains(self.client.get(Order.objects.get().get_absolute_url()), "tom@example.com")

    def test_copies_chosen_in_another_tab_do_not_become_the_gift_that_was_shown(self):
        address = fill_in(self.client, self.book, **TOM)
        gift = self.item_at(address)
        self.choose_in_another_tab(address, kind="seats", copies=25)

        self.assert_shown_again(self.pay(item=gift), "25 copies")
        self.choose_in_another_tab(address, kind="seats", copies=2)
        self.assert_shown_again(self.client.post(reverse("checkout_session"), {"item": gift}), "2 copies")

        self.pay(item=self.item_at(address))
        self.assertEqual(self.count_rows(), [1, 1, 2, 0])

    def test_an_order_of_copies_does_not_become_a_gift_at_the_same_price(self):
        address = fill_in(self.client, self.book, kind="seats", copies=2)
        self.pay("tok_chargeDeclined", item=self.item_at(address))
        Book.objects.update(price=1800)
        self.choose_in_another_tab(address, kind="gift", **TOM)

        self.pay(item=self.item_at(address))

        order = Order.objects.get(status="paid")
        self.assertEqual(
            (order.amount, order.lines.get().seats.count(), order.gift.recipient), (1800, 1, "Tom")
        )
        self.assertEqual(self.client.get(order.get_absolute_url()).status_code, 200)

    def test_a_gift_in_a_session(self):
        item = self.item_at(fill_in(self.client, self.book, **TOM))
        response = self.client.post(reverse("checkout_session"), {"item": item})
        again = self.client.post(reverse("checkout_session"), {"item": item})
        self.assertEqual(response.url, again.url)
        session = re.search(r"cs_\w+", response.url)[0]
        self.stripe.pay_session(session)

        self.client.get(reverse("checkout_return"), {"session_id": session})

        self.assertEqual(Order.objects.get().status, "paid")
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_a_guest_gives(self):
        guest = Client()
        address = fill_in(guest, self.book, giver="Carol", recipient="Tom")
        item = self.item_at(address, guest)

        response = guest.post(
            reverse("charge"), {"stripeToken": "tok_visa", "item": item, "email": "carol@example.com"}
        )

        order = Order.objects.get()
        self.assertEqual(response.url, order.get_absolute_url())
        self.assertTrue(order.user.is_guest)
        page = guest.get(order.get_absolute_url())
        self.assertContains(page, link_of(order))
        self.assertContains(page, "Pass this link on to Tom")
        self.assertIn(link_of(order), mail.outbox[0].body)
        self.assertNotIn("Your books are ready", mail.outbox[0].body)
        self.assertFalse(reads(order.user, self.book))

    def test_wrong_input_is_refused_beside_its_field(self):
        wrong = [
            {"giver": ""},
            {"recipient": " "},
            {"email": "tom"},
            {"email": "tom@example.com", "day": day(-1)},
            {"email": "tom@example.com", "day": day(400)},
            {"message": "x" * 1001},
            {"kind": "seats", "copies": "1"},
            {"kind": "seats", "copies": "501"},
            {"kind": "seats", "copies": "many"},
        ]
        for typed in wrong:
            with self.subTest(typed):
                data = {"kind": "gift", **TOM} | typed
                page = self.client.post(reverse("give", query={"book": self.book.pk}), data)
                self.assertContains(page, "invalid-feedback")
        self.assertNotIn("giving", self.client.session)

    def test_what_is_not_sold_by_itself_cannot_be_given(self):
        self.book.price = None
        self.book.save()

        for address in (reverse("give", query={"book": self.book.pk}), reverse("give", query={"book": "x"})):
            self.assertEqual(self.client.get(address).status_code, 404)

    def test_an_address_that_names_nothing_is_not_found(self):
        for query in ({"book": "a:b", "give": "x"}, {"bundle": "", "give": "x"}, {"book": "x", "give": ""}):
            page = self.client.get(reverse("orders", query=query), follow=True)
            self.assertIn(page.status_code, {200, 404})
            self.assertNotIn("wish", page.context or {})

    def test_a_form_of_somebody_else_s_order_buys_nothing(self):
        item = self.item_at(fill_in(self.client, self.book, **TOM))
        self.pay(item=item)
        bob = Client()
        bob.force_login(CustomUser.objects.create_user("bob@example.com"))

        bob.post(reverse("charge"), {"stripeToken": "tok_visa", "item": item})

        self.assertEqual(self.count_rows(), [1, 1, 1, 1])
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_the_same_gift_in_doubt_is_not_paid_with_another_form(self):
        self.stripe.go_wrong("POST /v1/payment_intents/*/confirm", "drop_answer", times=2)
        self.stripe.go_wrong("GET /v1/*", "drop_before", times=20)
        self.buy_gift(**TOM)
        first = Order.objects.get()

        response = self.buy_gift(**TOM)

        self.assertEqual(response.url, first.get_absolute_url())
        self.assertEqual(Order.objects.count(), 1)


class CodeTests(BuyingCase):
    """A code with a limit is for one copy: a use is a copy. Without, it is for as many as somebody buys."""

    def shown(self, code, client=None, **typed):
        address = fill_in(client or self.client, self.book, **typed)
        return (client or self.client).get(f"{address}&code={code}")

    def test_one_use_gives_no_class_its_copies(self):
        limits = {"most_uses": 1}, {"most_uses_each": 1}, {"first_purchase_only": True}
        for number, limit in enumerate(limits):
            make_code(f"REVIEW{number}", percent=100, **limit)
            for client in (self.client, Client()):
                with self.subTest(limit, guest=client is not self.client):
                    page = self.shown(f"REVIEW{number}", client, kind="seats", copies=500)
                    self.assertContains(page, "This code is for one copy.")
                    self.assertEqual(page.context["offer"].amount, 900 * 500)

    def test_a_code_that_is_limited_after_its_page_was_shown_charges_nobody(self):
        code = make_code(percent=50)
        item = self.shown("spring", kind="seats", copies=2).context["offer"].signed()
        DiscountCode.objects.filter(pk=code.pk).update(most_uses=9)

        answer = self.pay(item=item)

        self.assertEqual((self.count_rows(), self.stripe.charges), ([0, 0, 0, 0], []))
        page = self.client.get(answer.url)
        self.assertContains(page, "This code is for one copy. You have not been charged.")

    def test_one_use_is_one_gift(self):
        make_code(percent=100, most_uses=1)
        item = self.shown("spring", **TOM).context["offer"].signed()

        self.client.post(reverse("checkout_session"), {"item": item})

        self.assertEqual(self.count_rows(), [1, 1, 1, 1])
        self.assertEqual(Order.objects.get().amount, 0)
        self.assertContains(self.shown("spring", **TOM), "This code has been used up.")

    def test_a_code_without_a_limit_is_for_all_copies(self):
        make_code(percent=50)
        item = self.shown("spring", kind="seats", copies=4).context["offer"].signed()

        self.pay(item=item)

        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [1800])


class SeatsTests(BuyingCase):
    def buy(self, copies):
        address = fill_in(self.client, self.book, kind="seats", copies=copies)
        self.pay(item=self.item_at(address))
        return Order.objects.latest("created_at")

    def test_copies_cost_their_number_times_the_price(self):
        order = self.buy(25)

        line = order.lines.get()
        self.assertEqual((order.amount, line.amount, line.quantity), (22500, 22500, 25))
        self.assertEqual(line.seats.count(), 25)
        self.assertEqual(sum(Allocation.objects.values_list("amount", flat=True)), 22500)
        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [22500])
        self.assertContains(self.client.get(order.get_absolute_url()), "The Ferry, 25 copies")
        self.assertContains(self.client.get(reverse("order_seats", args=[order.pk])), "0 of 25 taken")

    def test_more_copies_are_a_new_order(self):
        first, second = self.buy(2), self.buy(2)

        self.assertNotEqual(first, second)
        self.assertEqual(Seat.objects.count(), 4)

    def test_the_list_takes_as_many_queries_for_25_copies_as_for_2(self):
        pages = [reverse("order_seats", args=[self.buy(copies).pk]) for copies in (2, 25)]
        self.client.get(pages[0])

        counted = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                self.client.get(page)
            counted.append(len(queries))
        self.assertEqual(counted[0], counted[1])

    def test_others_do_not_see_the_list(self):
        order = self.buy(2)
        bob = Client()
        bob.force_login(CustomUser.objects.create_user("bob@example.com"))

        for name in ("order_seats", "order_seats_csv", "order_cards"):
            self.assertEqual(bob.get(reverse(name, args=[order.pk])).status_code, 404)
        for name in ("order_class_link", "order_gift_back", "order_gift_letter", "order_gift_address"):
            self.assertEqual(bob.post(reverse(name, args=[order.pk])).status_code, 404)
        self.assertEqual(bob.post(reverse("order_seat_release", args=[order.pk, 1])).status_code, 404)


@override_settings(STRIPE_CHECKOUT="session")
class WithSessionsTests(BuyingCase):
    def test_the_page_offers_the_session_with_its_sum(self):
        address = fill_in(self.client, self.book, kind="seats", copies=3)

        self.assertContains(self.client.get(address), "Buy for $27.00")


class LetterTests(BuyingCase):
    def test_the_letter_goes_on_its_day_once(self):
        self.buy_gift(**TOM, day=day(2))
        mail.outbox.clear()
        self.assertEqual(gifts.send_due_letters(), 0)
        Gift.objects.update(send_at=timezone.now() - timedelta(minutes=1))

        self.assertEqual([gifts.send_due_letters(), gifts.send_due_letters()], [1, 0])

        [letter] = mail.outbox
        self.assertEqual((letter.to, letter.reply_to), (["tom@example.com"], []))
        self.assertEqual(letter.subject, "Ada has a book for you")
        self.assertIn("For the <b>train</b>.", letter.body)
        self.assertIn(link_of(Order.objects.get()), letter.body)
        self.assertNotIn("ada@example.com", letter.body)
