"""Discount codes at the till: what is shown is charged, and a code is used as often as it may be."""

from datetime import timedelta

from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Bundle
from books.tests.builders import make_book, make_bundle, make_reader
from orders.models import Attempt, AttemptOutcome, BuyLink, DiscountCode, Order, OrderLine, OrderStatus
from orders.payments import catch_up, outdated
from orders.pricing import codes
from orders.tests.builders import make_code, make_order
from orders.tests.cases import TillTestCase


class CodeTestCase(TillTestCase):
    def setUp(self):
        super().setUp()
        self.ferry = make_book("The Ferry", price=900)
        self.page = f"{reverse('orders')}?book={self.ferry.pk}"

    def look(self, code="SPRING", client=None):
        """Open the purchase page of the ferry with a code; without one, with what is remembered."""
        return (client or self.client).get(self.page + (f"&code={code}" if code else ""))

    def item(self, code="SPRING", client=None):
        return self.look(code, client).context["offer"].signed()

    def buy(self, code="SPRING", **fields):
        return self.pay(item=self.item(code), **fields)

    def charged(self):
        return [charge["amount"] for charge in self.succeeded_charges()]

    def said(self, code="SPRING"):
        return str(self.look(code).context["code_said"])

    def uses(self, code):
        return codes.uses_of(code).count()


class UsedTests(CodeTestCase):
    def test_a_percentage_is_taken_off_shown_charged_and_named_everywhere(self):
        make_code()
        page = self.look()
        self.assertContains(page, 'data-amount="675"')
        self.assertContains(page, "Code SPRING: $2.25 off")
        self.assertContains(page, "$9.00</del>")

        response = self.pay(item=page.context["offer"].signed())

        order = Order.objects.get()
        self.assertRedirects(response, order.get_absolute_url())
        self.assertEqual(self.charged(), [675])
        line = order.lines.get()
        self.assertEqual((order.amount, line.amount, line.discount), (675, 675, 225))
        self.assertEqual((line.full_amount, str(order.discount_code)), (900, "SPRING"))
        self.assertIs(access.owns(self.ada, self.ferry), True)
        self.assertContains(self.client.get(order.get_absolute_url()), "$2.25 off with code SPRING")
        self.assertIn("$2.25 off with code SPRING", mail.outbox[0].body)

    def test_a_code_is_one_however_it_is_typed(self):
        make_code("SPRING-10")
        for typed in ("spring-10", " Spring10 ", "SPR1NG-I0", "ｓｐｒｉｎｇ１０", "sprlng-lo"):
            with self.subTest(typed):
                self.assertEqual(self.look(typed).context["offer"].amount, 675)

    def test_an_amount_is_taken_off_and_never_more_than_the_price(self):
        make_code(amount=200)
        make_code("MUCH", amount=5000)

        self.assertEqual(self.look().context["offer"].amount, 700)
        self.assertEqual(self.look("MUCH").context["offer"].amount, 0)

    def test_what_no_card_can_be_charged_is_free(self):
        make_code(amount=851)
        page = self.look()

        self.assertEqual((page.context["offer"].amount, page.context["offer"].discount), (0, 900))

    def test_all_of_it_takes_no_card(self):
        make_code(percent=100)
        page = self.look()
        self.assertContains(page, "Add to my library for free")

        self.client.post(reverse("checkout_session"), {"item": page.context["offer"].signed()})

        order = Order.objects.get()
        self.assertEqual((order.status, order.amount), (OrderStatus.PAID, 0))
        self.assertIs(access.owns(self.ada, self.ferry), True)
        self.assertEqual(self.stripe.charges, [])
        self.assertEqual(len(mail.outbox), 1)

    def test_a_checkout_session_is_over_what_was_shown(self):
        make_code()
        response = self.client.post(reverse("checkout_session"), {"item": self.item()})
        self.assertEqual(response.status_code, 303)
        self.stripe.pay_session(Attempt.objects.get().stripe_checkout_session_id)
        self.client.get(
            f"{reverse('checkout_return')}?session_id={Attempt.objects.get().stripe_checkout_session_id}"
        )

        self.assertEqual(self.charged(), [675])
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)

    def test_a_declined_card_keeps_the_price_for_the_next_try(self):
        make_code(most_uses=1)
        self.buy(token="tok_chargeDeclined")
        self.assertEqual(self.look("").context["offer"].amount, 675)

        self.buy("")

        self.assertEqual((Order.objects.count(), self.charged()), (1, [675]))

    def test_without_a_code_nothing_changes(self):
        make_code()
        self.buy("")

        self.assertEqual(self.charged(), [900])
        self.assertIsNone(Order.objects.get().discount_code)


class RememberedTests(CodeTestCase):
    def test_a_link_to_any_page_counts_until_the_code_is_removed(self):
        make_code()
        for path in (reverse("home"), self.ferry.get_absolute_url(), reverse("book_list"), self.page):
            with self.subTest(path):
                self.client.cookies.pop(settings.CODE_COOKIE_NAME, None)
                response = self.client.get(
                    path, {"code": "spring", **({"book": self.ferry.pk} if path == self.page else {})}
                )
                self.assertNotIn("public", response.headers.get("Cache-Control", ""))
                self.assertEqual(self.look("").context["offer"].amount, 675)

        self.client.get(self.page + "&code=")

        self.assertEqual(self.look("").context["offer"].amount, 900)

    def test_a_visitor_gets_no_session_for_it_and_others_no_cookie(self):
        visitor = Client()
        visitor.get(self.ferry.get_absolute_url(), {"code": "SPRING"})
        self.assertEqual(set(visitor.cookies), {settings.CODE_COOKIE_NAME})

        response = Client().get(self.ferry.get_absolute_url())

        self.assertEqual(set(response.cookies), set())
        self.assertIn("public", response.headers["Cache-Control"])

    def test_it_survives_logging_in(self):
        make_code()
        visitor = Client()
        visitor.get(self.ferry.get_absolute_url(), {"code": "SPRING"})
        visitor.force_login(self.ada)

        self.assertEqual(self.look("", visitor).context["offer"].amount, 675)
        self.assertEqual(self.look("", visitor).context["user"], self.ada)

    def test_a_buy_link_takes_it_along(self):
        make_code()
        BuyLink.objects.create(slug="ferry", book=self.ferry)
        self.client.get(reverse("buy", args=["ferry"]), {"code": "SPRING"})

        self.assertEqual(self.look("").context["offer"].amount, 675)

    def test_a_code_that_is_no_use_is_forgotten_and_one_for_something_else_is_not(self):
        make_code(products=[make_book("The Tram")])
        self.look("NONSENSE")
        self.assertEqual(self.look("").context["code_said"], "")

        self.look("SPRING")
        self.assertEqual(self.look("").context["code_said"], codes.Why.OTHER_PRODUCTS)


class RefusedTests(CodeTestCase):
    def test_the_page_says_why_a_code_takes_nothing_off_and_shows_the_full_price(self):
        now = timezone.now()
        make_code("EARLY", begins_at=now + timedelta(hours=1))
        make_code("LATE", ends_at=now - timedelta(seconds=1))
        make_code("OTHER", products=[make_book("The Tram")])
        make_code("GONE", most_uses=0)
        for code, said in (
            ("NONSENSE", codes.Why.UNKNOWN),
            ("EARLY", codes.Why.NOT_YET),
            ("LATE", codes.Why.ENDED),
            ("OTHER", codes.Why.OTHER_PRODUCTS),
            ("GONE", codes.Why.USED_UP),
        ):
            with self.subTest(code):
                page = self.look(code)
                self.assertContains(page, said)
                self.assertEqual((page.context["offer"].amount, page.context["offer"].code), (900, None))

    def test_a_code_begins_and_ends_at_its_second(self):
        code = make_code(
            begins_at=timezone.now() - timedelta(seconds=1), ends_at=timezone.now() + timedelta(hours=1)
        )
        self.assertEqual(self.said(), "")
        DiscountCode.objects.filter(pk=code.pk).update(ends_at=timezone.now())

        self.assertEqual(self.said(), codes.Why.ENDED)

    def test_a_code_that_ends_between_page_and_payment_charges_nobody(self):
        code = make_code()
        item = self.item()
        DiscountCode.objects.filter(pk=code.pk).update(ends_at=timezone.now())

        response = self.pay(item=item)

        self.assertRedirects(response, self.page, fetch_redirect_response=False)
        self.assertContains(self.client.get(self.page), "This code has ended. You have not been charged.")
        self.assertEqual((Order.objects.count(), self.stripe.charges), (0, []))
        self.assertEqual(self.look("").context["offer"].amount, 900)

    def test_a_code_that_takes_off_less_than_shown_charges_nobody(self):
        code = make_code()
        item = self.item()
        DiscountCode.objects.filter(pk=code.pk).update(percent=10)

        self.pay(item=item)

        self.assertEqual((Order.objects.count(), self.stripe.charges), (0, []))

    def test_only_for_a_first_purchase(self):
        make_code(first_purchase_only=True)
        self.assertEqual(self.said(), "")
        make_order(self.ada, product=make_book("The Tram"), status=OrderStatus.PAID)

        self.assertEqual(self.said(), codes.Why.NOT_FIRST)

    def test_an_order_of_nothing_was_no_purchase(self):
        make_code(first_purchase_only=True)
        make_order(self.ada, product=make_book("The Tram"), status=OrderStatus.PAID, amount=0)

        self.assertEqual(self.said(), "")

    def test_once_for_each_buyer(self):
        make_code(most_uses_each=1)
        self.buy()
        tram = make_book("The Tram")
        page = self.client.get(reverse("orders"), {"book": tram.pk, "code": "SPRING"})
        self.assertEqual(page.context["code_said"], codes.Why.USED_BY_YOU)

        bob = Client()
        bob.force_login(make_reader("bob"))
        self.assertEqual(self.look(client=bob).context["offer"].amount, 675)

    def test_a_guest_in_another_browser_is_known_by_the_address(self):
        make_code(most_uses_each=1)
        guest, again = Client(), Client()
        fields = {"stripeToken": "tok_visa", "email": "carol@example.com"}
        guest.post(reverse("charge"), fields | {"item": self.item(client=guest)})

        response = again.post(reverse("charge"), fields | {"item": self.item(client=again)})

        self.assertRedirects(response, self.page, fetch_redirect_response=False)
        self.assertContains(
            again.get(self.page), "You have used this code already. You have not been charged."
        )
        self.assertEqual((Order.objects.count(), self.charged()), (1, [675]))

    @override_settings(ACCOUNT_RATE_LIMITS={"wrong_code": "3/m/ip"})
    def test_guessing_ends_soon_and_a_right_code_is_not_counted(self):
        make_code()
        for _ in range(5):
            self.assertEqual(self.said(), "")
        for guess in range(3):
            self.assertEqual(self.said(f"GUESS{guess}"), codes.Why.UNKNOWN)

        self.assertIn("Too many codes", self.said("GUESS4"))
        # Whether it exists is not told either.
        self.assertIn("Too many codes", self.said("SPRING"))


class CountedTests(CodeTestCase):
    def test_a_use_is_held_from_the_claim_and_returned_when_the_order_expires(self):
        code = make_code(most_uses=1)
        self.buy(token="tok_chargeDeclined")
        self.assertEqual(self.uses(code), 1)
        bob = Client()
        bob.force_login(make_reader("bob"))
        self.assertEqual(self.look(client=bob).context["code_said"], codes.Why.USED_UP)
        Order.objects.update(created_at=timezone.now() - timedelta(days=2))

        catch_up.expire_orders()

        self.assertEqual(self.uses(code), 0)
        self.assertEqual(self.look(client=bob).context["offer"].amount, 675)

    def test_the_last_use_is_not_sold_twice(self):
        make_code(most_uses=1)
        bob = Client()
        bob.force_login(make_reader("bob"))
        item = self.item(client=bob)
        self.buy()

        response = bob.post(reverse("charge"), {"stripeToken": "tok_visa", "item": item})

        self.assertRedirects(response, self.page, fetch_redirect_response=False)
        self.assertEqual((Order.objects.count(), self.charged()), (1, [675]))

    def test_a_buyer_may_take_their_own_use_to_something_else(self):
        code = make_code(most_uses=1)
        self.buy(token="tok_chargeDeclined")
        tram = make_book("The Tram", price=400)
        page = self.client.get(reverse("orders"), {"book": tram.pk, "code": "SPRING"})

        self.pay(item=page.context["offer"].signed())

        self.assertEqual((self.uses(code), self.charged()), (1, [300]))
        self.assertEqual(Order.objects.get(item=self.ferry.reference).status, OrderStatus.EXPIRED)

    def test_not_while_the_first_may_still_be_charged(self):
        code = make_code(most_uses=1)
        self.buy(token="tok_chargeDeclined")
        Attempt.objects.update(outcome=AttemptOutcome.UNKNOWN)
        tram = make_book("The Tram", price=400)
        page = self.client.get(reverse("orders"), {"book": tram.pk, "code": "SPRING"})

        self.assertEqual(page.context["code_said"], codes.Why.USED_UP)
        self.assertEqual(self.uses(code), 1)

    def test_a_refund_returns_no_use(self):
        code = make_code(most_uses=1)
        make_order(self.ada, product=self.ferry, status=OrderStatus.REFUNDED, discount_code=code)

        self.assertEqual(self.uses(code), 1)

    def test_money_that_arrives_late_pays_for_its_order_and_counts(self):
        code = make_code(most_uses=1)
        self.client.post(reverse("checkout_session"), {"item": self.item()})
        session = Attempt.objects.get().stripe_checkout_session_id
        order = Order.objects.get()
        order.move_to(OrderStatus.EXPIRED)
        self.assertEqual(self.uses(code), 0)
        self.stripe.pay_session(session)

        self.client.get(f"{reverse('checkout_return')}?session_id={session}")

        order.refresh_from_db()
        self.assertEqual((order.status, self.uses(code), self.charged()), (OrderStatus.PAID, 1, [675]))

    def test_a_session_is_closed_once_its_code_has_ended(self):
        code = make_code()
        self.client.post(reverse("checkout_session"), {"item": self.item()})
        self.assertEqual(list(outdated.find_sessions()), [])
        DiscountCode.objects.filter(pk=code.pk).update(ends_at=timezone.now())

        self.assertEqual(len(list(outdated.find_sessions())), 1)

    def test_the_same_price_without_the_code_is_another_order(self):
        """Else the order would hold a use that its buyer no longer wants."""
        code = make_code(amount=200)
        self.buy(token="tok_chargeDeclined")
        self.ferry.price = 700
        self.ferry.save()
        self.client.get(self.page + "&code=")

        self.buy(code="")

        self.assertEqual(Order.objects.get(status=OrderStatus.EXPIRED).discount_code, code)
        self.assertIsNone(Order.objects.get(status=OrderStatus.PAID).discount_code)

    def test_queries_are_the_same_without_a_code_and_do_not_grow_with_its_uses(self):
        code = make_code(most_uses=100)
        with CaptureQueriesContext(connection) as few:
            self.look()
        for number in range(25):
            make_order(
                make_reader(f"r{number}"), product=self.ferry, status=OrderStatus.PAID, discount_code=code
            )
        with CaptureQueriesContext(connection) as many:
            self.look()

        self.assertEqual(len(few), len(many))


class SetTests(CodeTestCase):
    """Ada has paid 900 for one of two books of a bundle that costs 1800."""

    def setUp(self):
        super().setUp()
        self.pair = make_bundle("Two Journeys", self.ferry, make_book("The Tram", price=1200), price=1800)
        make_order(self.ada, product=self.ferry, status=OrderStatus.PAID)

    def offer(self, code="SPRING"):
        return self.client.get(reverse("orders"), {"bundle": self.pair.slug, "code": code}).context["offer"]

    def terms(self, code="SPRING"):
        offer = self.offer(code)
        return offer.amount, offer.credit, offer.discount

    def test_a_code_that_combines_comes_after_what_was_paid(self):
        make_code(combines=True)

        self.assertEqual(self.terms(), (675, 900, 225))

    def test_another_code_counts_only_if_it_takes_off_more(self):
        make_code("LITTLE", percent=50)
        make_code("MORE", percent=60)
        make_code("CENTS", amount=899)
        make_code("DOLLARS", amount=1000)

        self.assertEqual(self.terms("LITTLE"), (900, 900, 0))
        self.assertEqual(self.terms("MORE"), (720, 0, 1080))
        self.assertEqual(self.terms("CENTS"), (900, 900, 0))
        self.assertEqual(self.terms("DOLLARS"), (800, 0, 1000))
        page = self.client.get(reverse("orders"), {"bundle": self.pair.slug, "code": "MORE"})
        self.assertContains(page, "more than the $9.00 you have already paid")

    def test_the_page_says_that_less_is_paid_without_it(self):
        make_code(percent=10)
        page = self.client.get(reverse("orders"), {"bundle": self.pair.slug, "code": "SPRING"})

        self.assertContains(page, "You already pay less than with this code.")

    def test_each_is_charged_and_holds_a_use_only_if_it_counts(self):
        code = make_code(percent=10, most_uses=1)
        self.pay(item=self.offer().signed())

        self.assertEqual((self.charged(), self.uses(code)), ([900], 0))

    def test_all_books_too(self):
        make_code(products=[Bundle.objects.get(everything=True)], percent=100)
        self.pay(item=self.client.get(reverse("orders"), {"code": "SPRING"}).context["offer"].signed())

        self.assert_owns(self.ada, True)
        self.assertEqual(self.charged(), [])


class CartTests(CodeTestCase):
    def setUp(self):
        super().setUp()
        self.tram = make_book("The Tram", price=1200)
        self.pier = make_book("The Pier", price=700)

    def gather(self, *products, code="SPRING"):
        fields = {"product": [product.reference for product in products]}
        self.client.post(reverse("cart_add"), fields, headers={"Origin": "http://testserver"})
        return self.client.get(reverse("orders"), {"cart": "", "code": code})

    def amounts(self):
        return dict(OrderLine.objects.values_list("title", "amount"))

    def test_an_amount_is_divided_to_the_cent_by_price(self):
        make_code(amount=1000)
        self.pay(item=self.gather(self.ferry, self.tram, self.pier).context["offer"].signed())

        # 1000 × 900/2800, 1200/2800, 700/2800: 321.43, 428.57, 250.
        self.assertEqual(self.amounts(), {"The Ferry": 579, "The Tram": 771, "The Pier": 450})
        self.assertEqual(self.charged(), [1800])

    def test_among_the_things_that_it_is_for(self):
        make_code(products=[self.tram], amount=500)
        self.pay(item=self.gather(self.ferry, self.tram).context["offer"].signed())

        self.assertEqual(self.amounts(), {"The Ferry": 900, "The Tram": 700})

    def test_one_of_the_things_for_free(self):
        make_code(products=[self.tram], percent=100)
        self.pay(item=self.gather(self.ferry, self.tram).context["offer"].signed())

        self.assertEqual(self.amounts(), {"The Ferry": 900, "The Tram": 0})
        self.assertIs(access.owns(self.ada, self.tram), True)
        self.assertEqual(self.charged(), [900])

    def test_the_cart_s_own_page_says_it(self):
        make_code()
        self.gather(self.ferry, self.pier)
        page = self.client.get(reverse("cart"))

        self.assertContains(page, "Code SPRING: $4.00 off")
        self.assertContains(page, "Buy all for $12.00")

    def test_the_field_is_on_the_page_of_the_cart(self):
        self.gather(self.ferry, self.pier, code="NONSENSE")
        page = self.client.get(reverse("cart"), {"code": "NONSENSE"})

        self.assertContains(page, codes.Why.UNKNOWN)
        self.assertContains(page, 'name="code"')
