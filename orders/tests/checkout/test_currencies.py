"""Buying in another currency than the shop's own: what is shown is charged, and nothing is converted."""

from decimal import Decimal

from django.core import mail
from django.test import override_settings
from django.urls import reverse

from books import access
from books.models import ALL_BOOKS, Bundle, PriceList
from books.tests.builders import make_book
from orders.models import Allocation, Attempt, Order, OrderStatus
from orders.payments import outdated
from orders.tests.cases import TillTestCase


class CurrencyTestCase(TillTestCase):
    def setUp(self):
        super().setUp()
        self.euros = PriceList.objects.create(currency="eur", rate=Decimal("0.92"))
        self.yen = PriceList.objects.create(currency="jpy", rate=150)
        self.ferry = make_book("The Ferry")

    def choose(self, currency):
        self.client.cookies["currency"] = currency

    def look(self, **query):
        return self.client.get(reverse("orders"), query)

    def item(self, **query):
        return self.look(**query).context["offer"].signed()

    def charged(self):
        return [(each["amount"], each["currency"]) for each in self.succeeded_charges()]


class BoughtTests(CurrencyTestCase):
    def test_each_currency_is_charged_as_it_is_shown(self):
        for currency, amount, shown in (
            ("eur", 799, "€7.99"),
            ("jpy", 1399, "¥1,399"),
            ("usd", 900, "$9.00"),
        ):
            with self.subTest(currency):
                book = make_book(f"A Book for {currency}")
                self.choose(currency)
                page = self.look(book=book.pk)
                self.assertContains(page, f'data-amount="{amount}"')
                self.assertContains(page, f'data-currency="{currency}"')
                self.assertContains(page, f'data-label="Buy for {shown}"')
                self.assertContains(page, f"One payment in {currency.upper()}")

                response = self.pay(item=page.context["offer"].signed())

                order = Order.objects.get(item=book.reference)
                self.assertRedirects(response, order.get_absolute_url())
                self.assertEqual(
                    (order.status, order.amount, order.currency), (OrderStatus.PAID, amount, currency)
                )
                self.assertIs(access.owns(self.ada, book), True)
                self.assertEqual(sum(order.lines.values_list("amount", flat=True)), amount)
                self.assertEqual(
                    [*Allocation.objects.filter(line__order=order).values_list("amount", flat=True)], [amount]
                )
                self.assertContains(self.client.get(order.get_absolute_url()), shown)
                self.assertIn(shown, mail.outbox[-1].body)
        self.assertEqual(self.charged(), [(799, "eur"), (1399, "jpy"), (900, "usd")])

    @override_settings(STRIPE_CHECKOUT="session")
    def test_a_session_has_the_currency_too(self):
        self.choose("jpy")

        self.client.post(reverse("checkout_session"), {"item": self.item(book=self.ferry.pk)})

        [session] = self.stripe.ledger("checkout_sessions")["checkout_sessions"]
        self.assertEqual((session["amount_total"], session["currency"]), (1399, "jpy"))
        self.stripe.pay_session(session["id"])
        self.client.get(reverse("checkout_return"), {"session_id": session["id"]})
        order = Order.objects.get()
        self.assertEqual((order.status, order.amount, order.currency), (OrderStatus.PAID, 1399, "jpy"))

    def test_without_an_item_all_books_cost_what_they_cost_in_the_base_currency(self):
        self.choose("eur")

        self.pay()

        self.assertEqual(self.charged(), [(3900, "usd")])

    def test_dinars_end_in_a_zero_and_kronor_have_a_higher_minimum(self):
        for currency, amount in (("kwd", 2990), ("sek", 300)):
            book = make_book(f"A Book for {currency}")
            PriceList.objects.create(currency=currency).prices.create(book=book, amount=amount)
            self.choose(currency)

            self.pay(item=self.item(book=book.pk))

        self.assertEqual(self.charged(), [(2990, "kwd"), (300, "sek")])


class ChangedTests(CurrencyTestCase):
    def assert_refused(self, item, said="The price has changed. You have not been charged."):
        response = self.client.post(reverse("charge"), {"stripeToken": "tok_visa", "item": item}, follow=True)

        self.assertContains(response, said)
        self.assertEqual(self.charged(), [])
        self.assertEqual(Order.objects.filter(paid_at__isnull=False).count(), 0)
        return response

    def test_a_price_of_the_list_that_changed_since_the_page_was_made_is_not_charged(self):
        self.choose("eur")
        item = self.item(book=self.ferry.pk)

        self.euros.prices.create(book=self.ferry, amount=650)
        page = self.assert_refused(item)
        self.assertContains(page, 'data-amount="650"')
        self.assertEqual(Order.objects.count(), 0)

        item = self.item(book=self.ferry.pk)
        PriceList.objects.filter(pk=self.euros.pk).update(rate=2)
        self.pay(item=item)
        self.assertEqual(self.charged(), [(650, "eur")], "A typed price does not follow the rate.")

    def test_a_rate_that_changed_counts_as_a_price_that_changed(self):
        self.choose("jpy")
        item = self.item(book=self.ferry.pk)

        PriceList.objects.filter(pk=self.yen.pk).update(rate=100)

        self.assertContains(self.assert_refused(item), 'data-amount="899"')

    def test_another_currency_than_the_one_shown_is_never_charged(self):
        self.choose("eur")
        item = self.item(book=self.ferry.pk)

        self.choose("jpy")
        self.pay(item=item)

        self.assertEqual(self.charged(), [(799, "eur")])

    def test_a_currency_that_is_no_longer_offered_leads_to_the_base_currency(self):
        self.choose("eur")
        item = self.item(book=self.ferry.pk)

        PriceList.objects.all().delete()

        page = self.assert_refused(item)
        self.assertContains(page, 'data-currency="usd"')
        self.assertContains(page, "We don’t sell in EUR any more.")
        self.choose("usd")
        self.assertNotContains(self.look(book=self.ferry.pk), "any more")

    def test_what_is_not_sold_in_the_chosen_currency_says_so_and_sells_in_the_base_currency(self):
        PriceList.objects.filter(pk=self.euros.pk).update(rate=None)
        self.choose("eur")

        page = self.look(book=self.ferry.pk)

        self.assertContains(page, "not sold in EUR")
        self.pay(item=page.context["offer"].signed())
        self.assertEqual(self.charged(), [(900, "usd")])

    def test_an_order_in_one_currency_expires_when_it_is_paid_in_another(self):
        self.choose("eur")
        self.pay("tok_chargeDeclined", item=self.item(book=self.ferry.pk))

        self.choose("usd")
        self.pay(item=self.item(book=self.ferry.pk))

        orders = Order.objects.order_by("created_at").values_list("currency", "status")
        self.assertEqual([*orders], [("eur", OrderStatus.EXPIRED), ("usd", OrderStatus.PAID)])
        self.assertEqual(self.charged(), [(900, "usd")])

    def test_a_session_is_outdated_when_its_list_changes_and_not_when_somebody_looks_elsewhere(self):
        self.choose("eur")
        self.client.post(reverse("checkout_session"), {"item": self.item(book=self.ferry.pk)})
        self.choose("usd")
        self.look(book=self.ferry.pk)

        self.assertEqual([*outdated.find_sessions()], [])
        self.euros.prices.create(book=self.ferry, amount=650)
        self.assertEqual([*outdated.find_sessions()], [Attempt.objects.get()])

    def test_the_order_s_own_page_goes_on_in_its_currency(self):
        self.choose("eur")
        self.client.post(reverse("checkout_session"), {"item": self.item(book=self.ferry.pk)})
        self.choose("usd")

        self.assertContains(self.client.get(Order.objects.get().get_absolute_url()), "Continue for €7.99")

    def test_what_a_card_cannot_be_charged_never_reaches_stripe(self):
        all_books = Bundle.objects.get(everything=True)
        self.euros.prices.create(bundle=all_books, amount=49)
        self.choose("eur")

        self.pay(item=self.item())

        self.assertEqual(self.charged(), [(3900, "usd")])
        self.assertEqual(Order.objects.get().item, ALL_BOOKS)


class SwitchTests(CurrencyTestCase):
    def test_the_purchase_page_offers_the_choice_and_leads_back_to_it(self):
        page = f"http://testserver{reverse('orders')}?book={self.ferry.pk}"
        self.assertContains(
            self.client.get(page), '<option value="jpy">Japanese Yen (JPY)</option>', html=True
        )

        response = self.client.post(
            reverse("choose_currency"), {"currency": "jpy"}, headers={"referer": page}, follow=True
        )

        self.assertContains(response, "¥1,399")
        self.assertEqual(response.redirect_chain[-1][0], f"{reverse('orders')}?book={self.ferry.pk}")
