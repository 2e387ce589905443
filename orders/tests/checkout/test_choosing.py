"""Buyers who choose the price: what they chose is shown and charged; what is beyond the least is a tip."""

from decimal import Decimal

from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Book, ListPrice, PriceList
from books.tests.builders import make_book, make_bundle
from books.tests.prices.test_sales import DAYS, make_sale
from orders import pricing
from orders.models import Allocation, Attempt, Order, OrderLine, OrderStatus
from orders.tests.builders import make_code
from orders.tests.cases import TillTestCase
from tests.shop import shop


class ChoosingTestCase(TillTestCase):
    def setUp(self):
        super().setUp()
        self.book = make_book("Tides", price=900, minimum_price=300)

    def look(self, amount=None, client=None, **query):
        query = {"book": self.book.pk} | query | ({} if amount is None else {"amount": amount})
        return (client or self.client).get(reverse("orders"), query)

    def buy(self, amount=None, **query):
        return self.pay(item=self.look(amount, **query).context["offer"].signed())

    def charged(self):
        return [charge["amount"] for charge in self.succeeded_charges()]

    def line(self):
        line = OrderLine.objects.get()
        return line.amount, line.tip, line.full_amount


class ChosenTests(ChoosingTestCase):
    def test_the_suggested_price_is_chosen_until_the_buyer_says_otherwise(self):
        page = self.look()
        self.assertContains(page, 'data-amount="900"')
        for preset in ("$3.00", "$9.00", "$18.00"):
            self.assertContains(page, f">{preset}</a>")

        self.buy()

        self.assertEqual((self.charged(), self.line()), ([900], (900, 600, 300)))

    def test_staff_say_which_amounts_there_are_to_choose_from(self):
        Book.objects.update(presets=[500, 900, 1500])

        self.assertEqual(self.look().context["offer"].presets, [500, 900, 1500])
        self.assertContains(self.look("5"), 'aria-current="true">$5.00</a>')

    def test_below_the_least_or_what_a_card_is_charged_there_is_nothing_to_choose(self):
        Book.objects.update(presets=[20, 400, 900], minimum_price=500)
        self.assertEqual(self.look().context["offer"].presets, [900])
        Book.objects.update(presets=[0, 20, 900], minimum_price=0)
        self.assertEqual(self.look().context["offer"].presets, [0, 900])

    def test_they_follow_a_sale_and_the_currency_as_the_least_does(self):
        Book.objects.update(presets=[450, 900])
        PriceList.objects.create(currency="eur", rate=Decimal(2), ending="")
        self.client.cookies["currency"] = "eur"
        self.assertEqual(self.look().context["offer"].presets, [900, 1800])
        del self.client.cookies["currency"]

        now = timezone.now()
        make_sale(self.book, begins=now - DAYS, ends=now + DAYS, percent=50)

        offer = self.look().context["offer"]
        self.assertEqual((offer.minimum, offer.presets), (150, [225, 450]))

    def test_a_code_that_lowers_the_least_keeps_what_staff_typed(self):
        Book.objects.update(presets=[450, 900])
        make_code("SPRING", percent=50)

        offer = self.look(code="SPRING").context["offer"]

        self.assertEqual((offer.minimum, offer.presets), (150, [450, 900]))

    def test_what_is_typed_is_shown_charged_and_stated_as_a_tip(self):
        page = self.look("12.50")
        self.assertContains(page, 'data-amount="1250"')
        self.assertContains(page, 'data-label="Buy for $12.50"')
        self.assertContains(page, "$9.50 of it is a tip")

        self.pay(item=page.context["offer"].signed())

        order = Order.objects.get()
        self.assertEqual((self.charged(), self.line()), ([1250], (1250, 950, 300)))
        self.assertContains(self.client.get(order.get_absolute_url()), "$9.50 of it is a tip")
        self.assertIn("with a tip of $9.50", mail.outbox[0].body)
        self.assertEqual([each.amount for each in Allocation.objects.all()], [1250])

    def test_the_least_is_no_tip(self):
        self.buy("3")

        self.assertEqual((self.charged(), self.line()), ([300], (300, 0, 300)))
        self.assertNotIn("tip", mail.outbox[0].body)

    def test_less_than_the_least_and_what_is_no_amount_are_refused_beside_the_field(self):
        for typed, said in (
            ("2.99", "Tides costs at least $3.00."),
            ("-5", "Please type an amount, such as 9.00."),
            ("much", "Please type an amount, such as 9.00."),
            ("", "This field is required."),
            ("1e9", "Please type an amount, such as 9.00."),
            ("9999999", "A card can’t be charged as much at once."),
        ):
            with self.subTest(typed):
                page = self.look(typed)
                self.assertContains(page, said)
                self.assertEqual(page.context["offer"].amount, 900)

    def test_a_book_with_a_fixed_price_costs_that_whatever_the_address_says(self):
        ferry = make_book("The Ferry", price=700)

        self.assertEqual(self.look("0", book=ferry.pk).context["offer"].amount, 700)

    def test_nothing_if_the_least_is_nothing(self):
        Book.objects.update(minimum_price=0)
        self.assertContains(self.look("0.30"), "A card can’t be charged less than $0.50.")
        page = self.look("0")
        self.assertContains(page, "Get it free")

        self.client.post(reverse("checkout_session"), {"item": page.context["offer"].signed()})

        self.assertEqual((Order.objects.get().status, self.stripe.charges), (OrderStatus.PAID, []))
        self.assertIs(access.owns(self.ada, self.book), True)

    def test_a_declined_card_keeps_the_amount_for_the_next_try(self):
        self.pay("tok_chargeDeclined", item=self.look("5").context["offer"].signed())

        self.assertEqual(self.look().context["offer"].amount, 500)
        self.buy()
        self.assertEqual((Order.objects.count(), self.charged()), (1, [500]))

    def test_an_amount_that_has_become_too_little_is_in_the_field_again_with_the_reason(self):
        page = self.look("4")
        self.assertContains(page, '<input type="hidden" name="amount" value="4">', html=True)
        Book.objects.update(minimum_price=500)

        response = self.pay(item=page.context["offer"].signed(), amount="4")

        again = self.client.get(response.url)
        self.assertContains(again, "The price has changed. You have not been charged.")
        self.assertContains(again, "Tides costs at least $5.00.")
        self.assertContains(again, 'value="4"')
        self.assertEqual((Order.objects.count(), self.charged()), (0, []))

    def test_an_amount_outlasts_a_code_that_is_used_up(self):
        code = make_code("Spring10")
        page = self.look("12.50", code="Spring10")
        code.delete()

        response = self.pay(item=page.context["offer"].signed(), amount="12.50")

        self.assertEqual(self.client.get(response.url).context["offer"].amount, 1250)

    def test_what_was_typed_for_one_book_is_not_offered_for_another(self):
        other = make_book("Shoals", price=900, minimum_price=300)
        page = self.look("4")
        Book.objects.filter(pk=self.book.pk).update(minimum_price=500)
        self.pay(item=page.context["offer"].signed(), amount="4")

        self.assertEqual(self.look(book=other.pk).context["offer"].amount, 900)

    def test_another_amount_is_another_order(self):
        self.pay("tok_chargeDeclined", item=self.look("5").context["offer"].signed())
        self.buy("6")

        self.assertEqual(self.charged(), [600])
        self.assertEqual(Order.objects.get(amount=500).status, OrderStatus.EXPIRED)

    def test_a_least_that_rises_above_what_was_chosen_charges_nobody(self):
        item = self.look("5").context["offer"].signed()
        Book.objects.update(minimum_price=600)

        self.pay(item=item)

        self.assertEqual((Order.objects.count(), self.stripe.charges), (0, []))

    def test_a_least_that_rises_less_leaves_the_sum_and_makes_the_tip_smaller(self):
        item = self.look("5").context["offer"].signed()
        Book.objects.update(minimum_price=400)

        self.pay(item=item)

        self.assertEqual((self.charged(), self.line()), ([500], (500, 100, 400)))

    def test_a_session_is_over_what_was_chosen(self):
        self.client.post(reverse("checkout_session"), {"item": self.look("7").context["offer"].signed()})

        self.stripe.pay_session(Attempt.objects.get().stripe_checkout_session_id)
        self.assertEqual(self.charged(), [700])

    def test_a_guest_chooses_too(self):
        guest = Client()
        item = self.look("4", guest).context["offer"].signed()
        guest.post(reverse("charge"), {"stripeToken": "tok_visa", "item": item, "email": "carol@example.com"})

        self.assertEqual(self.charged(), [400])


class ShownTests(ChoosingTestCase):
    def test_its_page_and_its_card_say_from_what_on_and_what_is_suggested(self):
        for client in (self.client, Client()):
            page = client.get(self.book.get_absolute_url())
            self.assertContains(page, "You choose the price: from $3.00, $9.00 is suggested.")
            self.assertContains(page, "Buy from $3.00")
            self.assertContains(page, '"price": "3.00"')
            self.assertContains(client.get(reverse("book_list")), "from $3.00")

    def test_nothing_as_the_least_is_no_price(self):
        Book.objects.update(minimum_price=0)

        for client in (self.client, Client()):
            page = client.get(self.book.get_absolute_url())
            self.assertContains(page, "Choose your price")
            self.assertContains(client.get(reverse("book_list")), "at your price")
            self.assertNotContains(page, "$0.00")

    def test_a_book_at_a_fixed_price_does_not(self):
        ferry = make_book("The Ferry", price=700)

        self.assertNotContains(self.client.get(ferry.get_absolute_url()), "You choose")


class SetTests(ChoosingTestCase):
    def test_a_tip_makes_no_bundle_cheaper(self):
        pair = make_bundle("Pair", self.book, make_book("The Tram"), price=1500)
        self.buy("20")

        offer = self.client.get(reverse("orders"), {"bundle": pair.slug}).context["offer"]
        self.assertEqual((offer.amount, offer.credit), (1200, 300))
        self.pay(item=offer.signed())
        self.assertEqual(self.charged(), [2000, 1200])
        self.assertEqual(sum(each.amount for each in Allocation.objects.all()), 3200)

    def test_nor_in_another_currency(self):
        PriceList.objects.create(currency="eur", rate=Decimal("0.9"), ending="")
        pair = make_bundle("Pair", self.book, make_book("The Tram"), price=1500)
        self.buy("20")
        self.client.cookies["currency"] = "eur"

        offer = self.client.get(reverse("orders"), {"bundle": pair.slug}).context["offer"]

        self.assertEqual((offer.amount, offer.credit, offer.currency), (1080, 270, "eur"))


class CurrencyTests(ChoosingTestCase):
    def setUp(self):
        super().setUp()
        self.euros = PriceList.objects.create(currency="eur", rate=Decimal("0.92"))
        self.client.cookies["currency"] = "eur"

    def test_least_and_suggestion_are_in_proportion(self):
        offer = self.look().context["offer"]
        self.assertEqual((offer.amount, offer.minimum, offer.currency), (799, 266, "eur"))
        ListPrice.objects.create(price_list=self.euros, book=self.book, amount=1200)

        offer = self.look().context["offer"]
        self.assertEqual((offer.amount, offer.minimum), (1200, 400))

    def test_what_was_chosen_in_euros_is_not_asked_for_in_dollars(self):
        page = self.look("5000")
        self.pay("tok_chargeDeclined", item=page.context["offer"].signed())
        self.assertEqual(self.look().context["offer"].price, "€5,000.00")
        self.client.cookies["currency"] = "usd"

        self.assertEqual(self.look().context["offer"].price, "$9.00")

    def test_nor_when_its_price_list_is_gone(self):
        self.client.post(reverse("checkout_session"), {"item": self.look("5000").context["offer"].signed()})
        order = Order.objects.get()
        self.euros.delete()

        self.assertEqual(pricing.offer_order_again(order).price, "$9.00")

    def test_the_least_is_what_a_card_can_be_charged(self):
        Book.objects.update(minimum_price=50)

        self.assertEqual(self.look().context["offer"].minimum, 50)

    @override_settings(SHOP=shop(locale="de"))
    def test_amounts_are_typed_as_the_shop_writes_them_or_with_a_point(self):
        for typed, amount in (("4,50", 450), ("4.50", 450), ("€ 4,50", 450), ("1.000", 100_000), ("4", 400)):
            with self.subTest(typed):
                self.assertEqual(self.look(typed).context["offer"].amount, amount)


class CodeTests(ChoosingTestCase):
    def test_a_code_makes_the_least_less_and_suggests_no_tip(self):
        make_code(percent=50)
        offer = self.look(code="SPRING").context["offer"]
        self.assertEqual((offer.amount, offer.tip, offer.discount), (150, 0, 150))

        self.buy("9", code="SPRING")

        self.assertEqual((self.charged(), self.line()), ([900], (900, 750, 300)))

    def test_all_of_it_off_needs_no_card(self):
        make_code(percent=100)

        self.assertEqual(self.look(code="SPRING").context["offer"].amount, 0)


class CartTests(ChoosingTestCase):
    def setUp(self):
        super().setUp()
        self.ferry = make_book("The Ferry", price=700)
        self.client.post(
            reverse("cart_add"),
            {"product": [self.book.reference, self.ferry.reference]},
            headers={"Origin": "http://testserver"},
        )

    def change(self, amount, product=None):
        fields = {"product": (product or self.book).reference, "amount": amount}
        return self.client.post(reverse("cart_amount"), fields, follow=True)

    def test_an_amount_is_changed_in_the_cart_and_charged(self):
        self.assertContains(self.client.get(reverse("cart")), "Buy all for $16.00")
        self.assertContains(self.change("5"), "Buy all for $12.00")

        self.pay(item=self.client.get(reverse("orders"), {"cart": ""}).context["offer"].signed())

        self.assertEqual(self.charged(), [1200])
        self.assertEqual(dict(OrderLine.objects.values_list("title", "tip")), {"Tides": 200, "The Ferry": 0})

    def test_less_than_the_least_is_refused(self):
        self.assertContains(self.change("1"), "Tides costs at least $3.00.")
        self.assertContains(self.client.get(reverse("cart")), "Buy all for $16.00")

    def test_a_fixed_price_stays(self):
        self.assertContains(self.change("1", self.ferry), "Buy all for $16.00")
