"""A cart on its way from a stranger to a guest to an account: nothing gets lost or is in it twice."""

from django.core import mail
from django.test import Client
from django.urls import reverse

from orders.models import CartItem, Order, OrderStatus
from orders.models.buying.claim_links import claim_address
from orders.tests.cart.cases import CartTestCase
from users.models import CustomUser
from users.tests.builders import PASSWORD, code_in, make_guest, make_reader

ADDRESS = "carol@example.com"


class StrangerTestCase(CartTestCase):
    """Carol has an account; `self.client` is her browser, in which nobody is logged in. Ada is not here."""

    def setUp(self):
        super().setUp()
        self.client = Client()
        self.account = make_reader(ADDRESS)
        self.page = f"{reverse('orders')}?cart"

    def buy(self, token="tok_visa", page=None, **fields):  # noqa: S107 (one of Stripe's test tokens)
        item = self.client.get(page or self.page).context["offer"].signed()
        return self.pay(token, **({"item": item, "email": ADDRESS} | fields))

    def buy_alone(self, book, **fields):
        return self.buy(page=f"{reverse('orders')}?book={book.pk}", **fields)

    def log_in(self, follow=""):
        sent = {"login": ADDRESS, "password": PASSWORD, "next": follow}
        return self.client.post(reverse("account_login"), sent)

    def number(self):
        """Return the number beside the cart in the header."""
        return self.client.session.get("cart_count", 0)

    def rows(self, reader):
        return list(CartItem.objects.filter(reader=reader).values_list("item", flat=True))


class CheckoutTests(StrangerTestCase):
    def test_a_stranger_s_cart_is_one_order_of_a_guest_and_empty_afterwards(self):
        self.add(self.ferry, self.pier)

        page = self.client.get(self.buy().url)

        order = Order.objects.get()
        self.assertEqual((order.item, order.status, order.amount), ("cart", OrderStatus.PAID, 1600))
        self.assertEqual({line.reader for line in order.lines.all()}, {order.user})
        self.assertContains(page, "Thank you for your order!")
        self.assertEqual((self.number(), self.titles(), CartItem.objects.count()), (0, [], 0))

    def test_after_a_refusal_the_cart_is_still_there_and_paid_by_the_next_card(self):
        self.add(self.ferry, self.pier)

        response = self.buy("tok_chargeDeclined")

        self.assertRedirects(response, self.page, fetch_redirect_response=False)
        self.assertContains(self.client.get(response.url), "Your card was declined.")
        self.assertEqual((self.titles(), self.number()), (["The Ferry", "The Pier"], 2))
        self.buy(email="")
        self.assertEqual(Order.objects.get().status, OrderStatus.PAID)
        self.assertEqual((self.titles(), CartItem.objects.count()), ([], 0))

    def test_a_wrong_address_and_none_at_all_lead_back_to_the_cart_s_page(self):
        self.add(self.ferry, self.pier)

        self.assertRedirects(self.buy(email="carol"), self.page, fetch_redirect_response=False)
        self.assertRedirects(self.buy(email=""), f"{reverse('account_login')}?next=/orders/%3Fcart")

        self.assertEqual(self.titles(), ["The Ferry", "The Pier"])
        self.assertEqual(CustomUser.objects.filter(is_guest=True).count(), 0)

    def test_what_was_not_bought_with_it_stays_in_the_guest_s_cart(self):
        self.add(self.ferry, self.pier)

        self.client.get(self.buy_alone(self.ferry).url)

        self.assertEqual((self.titles(), self.number()), (["The Pier"], 1))

    def test_whoever_logs_in_at_the_checkout_buys_the_cart_with_the_account(self):
        CartItem.objects.create(reader=self.account, item=self.tram.reference)
        CartItem.objects.create(reader=self.account, item=self.ferry.reference)
        self.add(self.ferry, self.pier)

        self.assertRedirects(self.log_in(self.page), self.page)

        self.assertEqual(self.titles(), ["The Tram", "The Ferry", "The Pier"])
        self.assertEqual(self.number(), 3)
        self.client.get(self.buy().url)
        self.assertEqual(Order.objects.get().user, self.account)
        self.assertEqual((self.rows(self.account), self.number()), ([], 0))


class LogInTests(StrangerTestCase):
    """Carol has bought The Ferry as a guest, and The Pier is still in her cart."""

    def setUp(self):
        super().setUp()
        self.add(self.ferry, self.pier)
        self.buy_alone(self.ferry)
        self.guest = Order.objects.get().user

    def test_at_the_checkout_the_cart_comes_along_once(self):
        self.client.get(self.page)
        CartItem.objects.create(reader=self.account, item=self.pier.reference)
        CartItem.objects.create(reader=self.account, item=self.tram.reference)
        self.assertEqual(self.rows(self.guest), [self.pier.reference])

        self.assertRedirects(self.log_in(self.page), self.page)

        self.assertEqual(self.rows(self.account), [self.pier.reference, self.tram.reference])
        self.assertEqual((self.rows(self.guest), self.number()), ([], 2))

    def test_so_does_what_no_page_has_looked_at_yet(self):
        self.assertEqual(CartItem.objects.count(), 0)
        self.log_in()

        self.assertEqual(self.titles(), ["The Ferry", "The Pier"])
        self.assertEqual(self.rows(self.account), [self.ferry.reference, self.pier.reference])

    def test_the_number_in_the_header_lives_on(self):
        self.look()
        self.assertContains(self.client.get("/about/"), "Cart (1)")

        self.log_in()

        self.assertEqual(self.number(), 1)
        self.assertContains(self.look(), "Cart (1)")

    def test_what_is_removed_after_the_log_in_does_not_come_back_with_the_claim(self):
        self.look()
        self.log_in()
        self.remove(self.pier)

        self.client.post(reverse("keep_books"), {"into": self.account.pk})

        self.assertEqual((self.titles(), CartItem.objects.count()), ([], 0))

    def test_what_is_added_after_the_log_in_stays(self):
        self.look()
        self.log_in()
        self.add(self.tram)

        self.client.post(reverse("keep_books"), {"into": self.account.pk})

        self.assertEqual(self.titles(), ["The Pier", "The Tram"])

    def test_with_a_sign_up_it_comes_along_too(self):
        self.look()
        sent = {"email": "dan@example.com", "password1": PASSWORD}
        self.client.post(reverse("account_signup"), sent)
        code = code_in(mail.outbox[-1].body)
        self.client.post(reverse("account_email_verification_sent"), {"code": code})

        self.assertEqual((self.number(), self.titles()), (1, ["The Pier"]))
        self.assertEqual(self.rows(CustomUser.objects.get(email="dan@example.com")), [self.pier.reference])

    def test_the_link_in_the_letter_opens_an_account_with_the_cart(self):
        self.look()
        self.account.delete()

        self.client.post(claim_address(Order.objects.get()), {"into": "new"})

        self.assertEqual(self.number(), 1)
        self.assertEqual(self.rows(CustomUser.objects.get(email=ADDRESS)), [self.pier.reference])

    def test_on_another_device_the_number_is_right_once_the_claim_is_made(self):
        self.look()
        link = claim_address(Order.objects.get())
        self.client = Client()
        self.add(self.tram)
        self.log_in()

        page = self.client.post(link, {"into": self.account.pk}, follow=True)

        self.assertContains(page, "Cart (2)")
        self.assertEqual(self.titles(), ["The Pier", "The Tram"])

    def test_what_the_guest_bought_leaves_the_account_s_cart_with_the_claim(self):
        CartItem.objects.create(reader=self.account, item=self.ferry.reference)
        self.look()
        self.log_in()

        page = self.client.post(reverse("keep_books"), {"into": self.account.pk}, follow=True)

        self.assertContains(page, "You already own The Ferry, so it isn’t in your cart.")
        self.assertEqual(self.rows(self.account), [self.pier.reference])

    def test_nobody_else_gets_it(self):
        self.look()
        other = make_reader("dan@example.com")
        phone = Client()
        phone.post(reverse("account_login"), {"login": other.email, "password": PASSWORD})

        self.assertEqual(self.titles(phone), [])
        self.assertEqual(self.rows(self.guest), [self.pier.reference])

    def test_the_link_of_another_guest_forgets_nobody(self):
        """Carol's phone is a guest's too, and there she opens the link of what she bought before."""
        before = make_guest("b")
        self.look()
        Order.objects.update(user=before)
        Order.objects.get().lines.update(reader=before)
        self.account.delete()

        self.client.post(claim_address(Order.objects.get()), {"into": "new"})

        self.assertEqual(self.client.session["guest_before"], self.guest.pk)
        self.assertEqual(self.titles(), ["The Pier"])
