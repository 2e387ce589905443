"""Buying without an account: who buys, what the browser gets, and what an address never does."""

from datetime import timedelta

from django.conf import settings
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from books import access
from books.tests.builders import make_book, make_reader
from orders.claiming import delete_guests_who_bought_nothing
from orders.models import Attempt, AttemptOutcome, Order, OrderStatus
from orders.tests.cart.cases import FROM_HERE
from orders.tests.cases import TillTestCase
from users.models import CustomUser

ADDRESS = "carol@example.com"


class GuestTestCase(TillTestCase):
    """Carol has no account; `self.client` is her browser. Ada, who has one, is not here."""

    def setUp(self):
        super().setUp()
        self.client = Client()
        self.ferry = make_book("The Ferry", price=900, chapters=3, sample_chapters=1)
        self.page = f"{reverse('orders')}?book={self.ferry.pk}"
        self.last_chapter = reverse("book_read", args=[self.ferry.pk, 3])

    def item(self, browser=None):
        """Return the signed item of the purchase page, which this opens."""
        return (browser or self.client).get(self.page).context["offer"].signed()

    def buy(self, token="tok_visa", browser=None, **fields):  # noqa: S107 (one of Stripe's test tokens)
        browser = browser or self.client
        sent = {"stripeToken": token, "item": self.item(browser), "email": ADDRESS} | fields
        return browser.post(reverse("charge"), sent)

    def guests(self):
        return CustomUser.objects.filter(is_guest=True)

    def assert_nothing_left(self):
        self.assertEqual((self.guests().count(), Order.objects.count(), self.stripe.charges), (0, 0, []))


class BuyingTests(GuestTestCase):
    def test_looking_at_the_purchase_page_makes_nobody_a_guest(self):
        self.client.get(self.page)

        self.assert_nothing_left()

    def test_paid_means_readable_at_once_in_that_browser_and_in_no_other(self):
        response = self.buy()

        order = Order.objects.get()
        self.assertRedirects(response, order.get_absolute_url())
        self.assertEqual((order.status, order.user.is_guest, order.email), (OrderStatus.PAID, True, ADDRESS))
        self.assertEqual([charge["amount"] for charge in self.succeeded_charges()], [900])
        self.assertContains(self.client.get(self.last_chapter), "Chapter 3")
        self.assertEqual(Client().get(self.last_chapter).status_code, 403)

    def test_the_receipt_goes_to_the_typed_address_in_one_spelling(self):
        self.buy(email="  Carol@Bücher.example ")

        [letter] = mail.outbox
        self.assertEqual(letter.to, ["carol@xn--bcher-kva.example"])
        self.assertIn("$9.00", letter.body)
        self.assertIn("/orders/claim/", letter.body)
        [charge] = self.stripe.charges
        self.assertEqual(charge["receipt_email"], "carol@xn--bcher-kva.example")

    def test_the_classic_form_s_address_counts_if_none_was_typed_on_the_page(self):
        self.buy(email="", stripeEmail="dan@example.com")

        self.assertEqual(Order.objects.get().email, "dan@example.com")

    def test_what_was_typed_on_the_page_comes_first(self):
        self.buy(stripeEmail="dan@example.com")

        self.assertEqual(Order.objects.get().email, ADDRESS)

    def test_without_an_address_the_buyer_is_led_to_log_in_and_back_to_the_same_book(self):
        response = self.buy(email="")

        self.assertRedirects(response, f"/accounts/login/?next={self.page.replace('=', '%3D')}")
        self.assert_nothing_left()

    def test_an_address_that_no_mail_can_be_sent_to_is_refused_before_anything_is_charged(self):
        for address in ("carol", "carol@", "a b@example.com", "x@guest.invalid", f"{'c' * 250}@example.com"):
            with self.subTest(address):
                response = self.buy(email=address)

                self.assertRedirects(response, self.page, fetch_redirect_response=False)
                self.assertContains(self.client.get(self.page), "Please check your e-mail address.")
        self.assert_nothing_left()

    def test_a_second_purchase_in_the_same_browser_is_the_same_guest_s(self):
        self.buy()
        tram = make_book("The Tram", price=700)
        self.page = f"{reverse('orders')}?book={tram.pk}"

        self.assertContains(self.client.get(self.page), f'value="{ADDRESS}"')
        self.buy(email="")

        self.assertEqual(self.guests().count(), 1)
        self.assertEqual({order.email for order in Order.objects.all()}, {ADDRESS})
        self.assertEqual(len(self.succeeded_charges()), 2)

    def test_another_browser_is_another_guest_s_even_with_the_same_address(self):
        self.buy()
        self.buy(browser=Client())

        self.assertEqual(self.guests().count(), 2)
        self.assertEqual(len(self.succeeded_charges()), 2)

    def test_a_form_sent_twice_buys_once(self):
        item = self.item()
        # The second arrives before the browser has the answer to the first, and with it a session.
        twin = Client()
        twin.cookies[settings.GUEST_COOKIE_NAME] = self.client.cookies[settings.GUEST_COOKIE_NAME].value

        for browser in (self.client, twin):
            browser.post(reverse("charge"), {"stripeToken": "tok_visa", "item": item, "email": ADDRESS})

        self.assertEqual((self.guests().count(), len(self.succeeded_charges())), (1, 1))
        for browser in (self.client, twin):
            self.assertEqual(browser.get(self.last_chapter).status_code, 200)

    def test_a_browser_that_never_got_the_answer_has_its_book_at_the_next_visit(self):
        item = self.item()
        lost = Client()
        lost.cookies[settings.GUEST_COOKIE_NAME] = self.client.cookies[settings.GUEST_COOKIE_NAME].value
        lost.post(reverse("charge"), {"stripeToken": "tok_visa", "item": item, "email": ADDRESS})

        self.assertRedirects(self.client.get(self.page), self.ferry.get_absolute_url())

        self.assertEqual(self.client.get(self.last_chapter).status_code, 200)

    def test_the_session_takes_the_cookie_s_place_and_forms_of_other_tabs_still_work(self):
        careful = Client(enforce_csrf_checks=True)
        careful.get(self.page)
        token = careful.cookies[settings.CSRF_COOKIE_NAME].value
        sent = {"stripeToken": "tok_visa", "item": self.item(careful), "email": ADDRESS}

        careful.post(reverse("charge"), sent | {"csrfmiddlewaretoken": token})
        again = careful.post(reverse("charge"), sent | {"csrfmiddlewaretoken": token})

        self.assertRedirects(again, self.ferry.get_absolute_url())
        self.assertEqual(careful.cookies[settings.GUEST_COOKIE_NAME].value, "")
        self.assertEqual(len(self.succeeded_charges()), 1)

    def test_a_decline_is_shown_and_another_card_pays_the_same_order(self):
        self.buy("tok_chargeDeclined")
        self.assertContains(self.client.get(self.page), "Your card was declined.")

        self.buy(email="carol.new@example.com")

        order = Order.objects.get()
        outcomes = [attempt.outcome for attempt in order.attempts.all()]
        self.assertEqual(outcomes, [AttemptOutcome.DECLINED, AttemptOutcome.SUCCEEDED])
        self.assertEqual((order.email, self.guests().count()), ("carol.new@example.com", 1))

    def test_a_price_that_has_changed_leaves_neither_a_guest_nor_an_order(self):
        item = self.item()
        self.ferry.price = 1900
        self.ferry.save()

        response = self.buy(item=item)

        self.assertRedirects(response, self.page, fetch_redirect_response=False)
        page = self.client.get(self.page)
        self.assertContains(page, "The price has changed.")
        self.assertContains(page, f'value="{ADDRESS}"')
        self.assertContains(page, f'data-email="{ADDRESS}"')
        self.assert_nothing_left()

    def test_an_address_that_was_refused_is_in_the_form_again_but_only_once_and_in_this_browser(self):
        self.buy(email="carol@")

        self.assertNotContains(Client().get(self.page), "carol@")
        self.assertContains(self.client.get(self.page), 'value="carol@"')
        self.assertNotContains(self.client.get(self.page), "carol@")

    def test_a_cart_that_has_changed_leaves_the_address_in_the_form_of_the_purchase_page(self):
        tram = make_book("The Tram", price=700)
        for book in (self.ferry, tram):
            self.client.post(reverse("cart_add"), {"product": book.reference}, headers=FROM_HERE)
        self.page = f"{reverse('orders')}?cart"
        item = self.item()
        tram.unpublish()

        self.assertRedirects(self.buy(item=item), reverse("cart"))

        self.assertContains(self.client.get(self.page), f'value="{ADDRESS}"')

    def test_whoever_has_paid_finds_no_address_left_from_an_earlier_try(self):
        self.buy(email="carol@")
        self.buy()

        self.assertNotIn("typed", self.client.session)

    def test_a_forged_item_leaves_nothing(self):
        self.assertEqual(self.buy(item="made up").status_code, 400)
        self.assert_nothing_left()

    def test_without_an_item_a_guest_buys_all_books(self):
        self.client.post(reverse("charge"), {"stripeToken": "tok_visa", "email": ADDRESS})

        self.assertTrue(access.has_all_books(self.guests().get()))

    def test_a_logged_in_reader_buys_for_the_account_whatever_is_typed(self):
        self.client.force_login(self.ada)

        self.buy(email="somebody@example.com", stripeEmail="somebody@example.com")

        order = Order.objects.get()
        self.assertEqual((order.user, order.email), (self.ada, self.ada.email))
        self.assertEqual(self.guests().count(), 0)

    def test_a_reader_whose_session_ended_while_paying_logs_in_and_does_not_pay_as_a_guest(self):
        self.client.force_login(self.ada)
        page = self.client.get(f"{self.page}&code=summer")
        self.assertContains(page, f'name="next" value="{self.page}&amp;code=summer"')

        sent = {"next": f"{self.page}&code=summer", "email": "", "stripeEmail": self.ada.email}
        response = self.buy(browser=Client(), **sent)

        self.assertEqual(
            response.url, f"/accounts/login/?next=/orders/%3Fbook%3D{self.ferry.pk}%26code%3Dsummer"
        )
        self.assert_nothing_left()

    def test_the_eleventh_newcomer_of_a_minute_is_stopped_by_the_network_address(self):
        with override_settings(ACCOUNT_RATE_LIMITS={"buy_as_guest": "2/m/ip"}):
            answers = [self.buy("tok_chargeDeclined", browser=Client()).status_code for _ in range(3)]

        self.assertEqual(answers, [302, 302, 429])
        self.assertEqual(Attempt.objects.count(), 2)


class SessionCheckoutTests(GuestTestCase):
    def open_session(self, **fields):
        sent = {"item": self.item(), "email": ADDRESS} | fields
        return self.client.post(reverse("checkout_session"), sent)

    def session(self):
        return self.stripe.ledger("checkout_sessions")["checkout_sessions"][-1]

    def test_a_guest_pays_on_stripe_s_page_and_comes_back_to_the_book(self):
        self.assertEqual(self.open_session().status_code, 303)
        session = self.session()
        self.assertEqual(session["customer_email"], ADDRESS)

        self.stripe.pay_session(session["id"], number="4242424242424242")
        back = self.client.get(reverse("checkout_return"), {"session_id": session["id"]})

        self.assertRedirects(back, Order.objects.get().get_absolute_url())
        self.assertEqual(self.client.get(self.last_chapter).status_code, 200)
        self.assertEqual(Client().get(self.last_chapter).status_code, 403)

    def test_a_bank_s_app_that_leads_back_to_another_browser_leads_to_the_letter(self):
        self.open_session()
        session = self.session()
        self.stripe.pay_session(session["id"], number="4242424242424242")
        elsewhere = Client()

        page = elsewhere.get(reverse("checkout_return"), {"session_id": session["id"]})

        self.assertContains(page, "a letter with your books is on its way")
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertEqual(elsewhere.get(self.last_chapter).status_code, 403)
        # The same is said of what never was.
        unknown = elsewhere.get(reverse("checkout_return"), {"session_id": "cs_test_unknown"})
        self.assertEqual(unknown.text.replace("cs_test_unknown", session["id"]), page.text)

    def test_a_script_gets_the_session_and_the_browser_the_guest_s_log_in(self):
        sent = {"item": self.item(), "email": ADDRESS}

        answer = self.client.post(reverse("checkout_session"), sent, headers={"accept": "application/json"})

        self.assertEqual(answer.json()["order"], str(Order.objects.get().pk))
        self.assertEqual(self.client.get(Order.objects.get().get_absolute_url()).status_code, 200)

    def test_a_script_is_told_where_to_log_in_or_to_correct_the_address(self):
        headers = {"accept": "application/json"}
        for email, location in (("", "/accounts/login/?next=/orders/"), ("carol", self.page)):
            with self.subTest(email):
                sent = {"item": self.item(), "email": email}
                answer = self.client.post(reverse("checkout_session"), sent, headers=headers)

                self.assertEqual(answer.status_code, 409)
                self.assertTrue(answer.json()["location"].startswith(location))
        self.assert_nothing_left()

    def test_pressing_again_resumes_the_session_and_another_address_opens_another(self):
        first = self.open_session().url
        self.assertEqual(self.open_session().url, first)

        self.open_session(email="carol.new@example.com")

        sessions = self.stripe.ledger("checkout_sessions")["checkout_sessions"]
        self.assertEqual([each["status"] for each in sessions], ["expired", "open"])
        self.assertEqual(sessions[-1]["customer_email"], "carol.new@example.com")
        self.assertEqual((Order.objects.count(), self.guests().count()), (1, 1))


class NothingOpensTests(GuestTestCase):
    """A guest logs in with nothing, and an address at the checkout opens nobody's account."""

    def test_the_address_of_an_account_buys_nothing_for_it_and_shows_nothing_of_it(self):
        make_reader("bob")
        bob = CustomUser.objects.get(email="bob@example.com")

        self.buy(email=bob.email)

        self.assertFalse(access.owns(bob, self.ferry))
        self.assertEqual(bob.orders.count(), 0)
        self.assertNotEqual(int(self.client.session["_auth_user_id"]), bob.pk)

    def test_the_pages_of_accounts_are_closed_to_guests_and_lead_to_what_they_can_do(self):
        self.buy()
        for name in (
            "account_email",
            "account_change_password",
            "account_set_password",
            "account_reauthenticate",
            "usersessions_list",
        ):
            with self.subTest(name):
                for ask in (self.client.get, self.client.post):
                    self.assertRedirects(ask(reverse(name)), reverse("account_overview"))
        self.assertContains(self.client.get(reverse("account_overview")), "Keep them on every device")

    def test_no_password_logs_in_as_a_guest_not_even_one_that_staff_set(self):
        self.buy()
        guest = self.guests().get()
        guest.set_password("a long walk by the sea")
        guest.save()
        browser = Client()

        sent = {"login": guest.email, "password": "a long walk by the sea"}
        self.assertRedirects(browser.post(reverse("account_login"), sent), reverse("account_inactive"))

        self.assertEqual(browser.get(self.last_chapter).status_code, 403)

    def test_nobody_signs_up_with_an_address_of_guests(self):
        sent = {"email": "guest-1@guest.invalid", "password1": "a long walk by the sea"}

        self.assertContains(self.client.post(reverse("account_signup"), sent), "Enter a valid email address")

    def test_leaving_the_browser_ends_it(self):
        self.buy()

        self.client.post(reverse("account_logout"))

        self.assertEqual(self.client.get(self.last_chapter).status_code, 403)
        self.assertRedirects(self.client.get(reverse("library")), "/accounts/login/?next=/library/")


class TidyingTests(GuestTestCase):
    def make_older(self, days):
        moment = timezone.now() - timedelta(days=days)
        self.guests().update(date_joined=moment, last_login=moment)

    def test_guests_who_never_paid_are_deleted_after_a_month(self):
        self.buy("tok_chargeDeclined")
        Order.objects.get().move_to(OrderStatus.EXPIRED)
        self.make_older(29)
        self.assertEqual(delete_guests_who_bought_nothing(), 0)

        self.make_older(31)

        self.assertEqual(delete_guests_who_bought_nothing(), 1)
        self.assertEqual((self.guests().count(), Order.objects.count()), (0, 0))

    def test_those_who_have_bought_or_may_still_be_charged_stay(self):
        self.buy()
        self.buy("tok_chargeDeclined", browser=Client())
        doubtful = Order.objects.get(status=OrderStatus.PENDING)
        doubtful.move_to(OrderStatus.EXPIRED)
        doubtful.attempts.update(outcome=AttemptOutcome.UNKNOWN)
        self.make_older(400)

        self.assertEqual(delete_guests_who_bought_nothing(), 0)
        self.assertEqual(self.guests().count(), 2)
