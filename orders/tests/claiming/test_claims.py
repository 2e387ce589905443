"""A link from the mailbox makes what a guest bought an account's, once, and never logs in to an account."""

from datetime import timedelta
from unittest.mock import patch
from urllib.parse import quote

from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from books import access
from books.models import Bundle, Grant, Mark, Position
from books.tests.builders import make_book
from orders.claiming import claim
from orders.models import Order, OrderStatus, RefundOrigin
from orders.models.buying.claim_links import claim_address
from orders.payments.sync import settle
from orders.tests.builders import make_order
from orders.tests.checkout.test_guests import ADDRESS, GuestTestCase
from users.models import CustomUser
from users.tests.builders import PASSWORD, code_in, make_reader

# From the letter that a guest gets.
OPEN, MOVE = "Open my account", "Move to my account"


class ClaimTestCase(GuestTestCase):
    """Carol has bought The Ferry as a guest; `self.link` is from her letter, `self.phone` another device."""

    def setUp(self):
        super().setUp()
        self.buy()
        self.order = Order.objects.get()
        self.guest = self.order.user
        self.link = claim_address(self.order)
        self.phone = Client()
        mail.outbox.clear()

    def log_in(self, email=ADDRESS, browser=None, follow=""):
        sent = {"login": email, "password": PASSWORD, "next": follow}
        return (browser or self.phone).post(reverse("account_login"), sent)

    def press(self, browser=None):
        """Open the link and press its button, if it has one."""
        browser = browser or self.phone
        into = browser.get(self.link).context["into"]
        return browser.post(self.link, {"into": into})

    def assert_reads(self, browser, expected=True):
        self.assertEqual(browser.get(self.last_chapter).status_code, 200 if expected else 403)

    def assert_unmoved(self):
        self.order.refresh_from_db()
        self.assertEqual(self.order.user, self.guest)
        self.assert_reads(self.client)


class LinkTests(ClaimTestCase):
    def test_opening_the_link_shows_what_will_be_moved_and_moves_nothing(self):
        page = self.phone.get(self.link)

        self.assertContains(page, "The Ferry")
        self.assertContains(page, OPEN)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertFalse(CustomUser.objects.filter(email=ADDRESS).exists())
        self.assert_unmoved()

    def test_without_an_account_one_is_opened_and_logged_in(self):
        response = self.press()

        self.assertRedirects(response, reverse("library"))
        account = CustomUser.objects.get(email=ADDRESS)
        self.assertTrue(EmailAddress.objects.get(user=account).verified)
        self.assertEqual(Order.objects.get().user, account)
        self.assert_reads(self.phone)
        self.assertContains(self.phone.get(reverse("account_overview")), ADDRESS)

    def test_its_owner_chooses_a_password_by_a_reset(self):
        self.press()

        Client().post(reverse("account_reset_password"), {"email": ADDRESS})

        self.assertIn("/accounts/password/reset/key/", mail.outbox[-1].body)

    def test_an_account_is_never_opened_by_the_link(self):
        make_reader(ADDRESS)

        page = self.phone.get(self.link)
        self.assertContains(page, "You already have an account with carol@example.com.")
        self.assertNotContains(page, OPEN)
        for into in ("new", "", str(CustomUser.objects.get(email=ADDRESS).pk)):
            with self.subTest(into):
                self.phone.post(self.link, {"into": into})

                self.assertNotIn("_auth_user_id", self.phone.session)
        self.assert_unmoved()

    def test_whoever_logs_in_to_it_is_led_back_and_moves_it(self):
        account = make_reader(ADDRESS)

        self.assertRedirects(self.log_in(follow=self.link), self.link)
        self.assertContains(self.phone.get(self.link), MOVE)
        self.press()

        self.assertEqual(Order.objects.get().user, account)
        self.assert_reads(self.phone)

    def test_the_log_in_that_the_link_leads_to_knows_the_address_of_the_letter(self):
        make_reader(ADDRESS)
        log_in = f"{reverse('account_login')}?next={quote(self.link)}"
        self.phone.get(self.link)

        self.assertContains(self.phone.get(log_in), f'value="{ADDRESS}"')
        self.assertNotContains(self.phone.get(reverse("account_login")), ADDRESS)
        self.assertNotContains(self.phone.get(f"{reverse('account_login')}?next=/library/"), ADDRESS)
        self.assertNotContains(Client().get(log_in), ADDRESS)

    def test_an_account_of_another_address_gets_it_after_being_asked(self):
        dan = make_reader("dan@example.com")
        self.log_in(dan.email)

        self.assertContains(self.phone.get(self.link), "You’re logged in as dan@example.com.")
        self.press()

        order = Order.objects.get()
        self.assertEqual((order.user, order.email), (dan, "dan@example.com"))

    def test_a_form_made_for_another_account_moves_nothing(self):
        dan, eve = make_reader("dan@example.com"), make_reader("eve@example.com")
        self.log_in(eve.email)

        self.assertContains(self.phone.post(self.link, {"into": str(dan.pk)}), "eve@example.com")

        self.assert_unmoved()

    def test_the_link_works_in_the_browser_that_bought_too(self):
        self.press(self.client)

        self.assert_reads(self.client)
        self.assertEqual(Order.objects.get().user.email, ADDRESS)

    def test_afterwards_the_link_says_so_and_the_owner_finds_the_library(self):
        self.press()

        self.assertRedirects(self.phone.get(self.link), reverse("library"))
        self.assertContains(Client().get(self.link), "Your books are in an account")

    def test_of_two_tabs_with_the_link_the_second_leads_to_the_books_too(self):
        tabs = Client(enforce_csrf_checks=True)
        page = tabs.get(self.link)
        token = page.context["csrf_token"]
        sent = {"into": page.context["into"], "csrfmiddlewaretoken": str(token)}
        tabs.post(self.link, sent)

        second = tabs.post(self.link, sent, headers={"referer": f"http://testserver{self.link}"})

        # The log-in of the first has ended the token of the second.
        self.assertContains(second, f'href="{self.link}">Open the page again', status_code=403)
        self.assertRedirects(tabs.get(self.link), reverse("library"))

    def test_the_old_browser_reads_nothing_and_is_told_kindly_where_the_books_are(self):
        self.press()

        response = self.client.get(self.last_chapter)

        self.assertRedirects(
            response, f"/accounts/login/?next={self.last_chapter}", fetch_redirect_response=False
        )
        self.assertContains(self.client.get(response.url), "are in your account now. Log in to read them.")
        self.assertEqual(self.client.get(self.last_chapter).status_code, 403)

    def test_the_old_browser_may_buy_again_as_somebody_new(self):
        self.press()
        self.client.get(self.page)

        self.buy()

        self.assertEqual(Order.objects.filter(user__is_guest=True).get().status, OrderStatus.PAID)

    def test_an_old_link_and_a_made_up_one_lead_to_a_new_one(self):
        later = timezone.now() + timedelta(days=61)
        with self.subTest("old"), patch("django.core.signing.time.time", later.timestamp):
            self.assertContains(self.phone.get(self.link), reverse("order_find"), status_code=404)
        for token in ("made-up", f"{self.order.pk.hex}:1:x", self.link.split("/")[-2][:-1] + "_"):
            with self.subTest(token):
                address = reverse("order_claim", args=[token])
                self.assertContains(self.phone.get(address), "no longer works", status_code=404)

    def test_a_second_click_and_another_account_get_nothing(self):
        first, dan = make_reader(ADDRESS), make_reader("dan@example.com")
        claim(self.guest, first)

        claim(self.guest, first)
        with self.assertRaisesMessage(Exception, "in another account already"):
            claim(self.guest, dan)

        self.assertEqual(Order.objects.get().user, first)
        self.assertEqual(Grant.objects.filter(user=dan).count(), 0)


class SameBrowserTests(ClaimTestCase):
    def test_whoever_logs_in_in_the_same_browser_is_offered_it_and_moves_it_by_one_click(self):
        account = make_reader("dan@example.com")
        self.log_in(account.email, browser=self.client)
        self.assert_reads(self.client, False)

        self.assertContains(self.client.get(reverse("library")), "Move them to your account")
        self.assertContains(self.client.get(self.page), "Move them to your account")
        self.assertContains(self.client.get(reverse("keep_books")), "The Ferry")
        self.client.post(reverse("keep_books"), {"into": account.pk})

        order = Order.objects.get()
        self.assertEqual((order.user, order.email), (account, "dan@example.com"))
        self.assert_reads(self.client)
        self.assertNotContains(self.client.get(reverse("library")), "Move them to your account")

    def test_so_is_whoever_signs_up_there_and_keeps_the_way_back(self):
        sent = {"email": "dan@example.com", "password1": PASSWORD, "next": f"{self.page}&code=summer"}
        self.client.post(reverse("account_signup"), sent)
        response = self.client.post(
            reverse("account_email_verification_sent"), {"code": code_in(mail.outbox[-1].body)}
        )

        self.assertEqual(response.url, f"{self.page}&code=summer")
        self.assertContains(self.client.get(reverse("keep_books")), MOVE)

    def test_another_browser_offers_nothing(self):
        make_reader("dan@example.com")
        self.log_in("dan@example.com")

        self.assertRedirects(self.phone.get(reverse("keep_books")), reverse("library"))
        self.assertRedirects(self.phone.post(reverse("keep_books")), reverse("library"))
        self.assert_unmoved()

    def test_a_guest_has_the_link_sent_again(self):
        self.assertContains(self.client.get(reverse("keep_books")), ADDRESS)

        self.client.post(reverse("keep_books"))

        [letter] = mail.outbox
        self.assertEqual(letter.to, [ADDRESS])
        self.assertIn("/orders/claim/", letter.body)


class MovingTests(ClaimTestCase):
    """What the account has afterwards, and what happens to what it had already."""

    def setUp(self):
        super().setUp()
        self.account = make_reader(ADDRESS)

    def pay_as(self, person):
        browser = Client()
        browser.force_login(person, backend="users.authentication.backends.EmailBackend")
        self.buy(browser=browser)
        return Order.objects.get(user=person)

    def test_place_marks_and_access_come_along(self):
        Position.objects.create(user=self.guest, book=self.ferry, chapter=2, fraction=0.5, progress=0.5)
        Mark.objects.create(user=self.guest, book=self.ferry, chapter=1, fraction=0.2, note="Mine")

        claim(self.guest, self.account)

        self.assertEqual(self.account.positions.get().chapter, 2)
        self.assertEqual(self.account.marks.get().note, "Mine")
        self.assertTrue(access.owns(self.account, self.ferry))
        self.assertFalse(access.owns(self.guest, self.ferry))

    def test_the_newer_of_two_payments_for_one_book_is_refunded_with_a_letter(self):
        newer = self.pay_as(self.account)
        mail.outbox.clear()

        claim(self.guest, self.account)

        newer.refresh_from_db()
        self.order.refresh_from_db()
        self.assertEqual((self.order.status, newer.status), (OrderStatus.PAID, OrderStatus.REFUNDED))
        self.assertEqual(newer.refunds.get().origin, RefundOrigin.DUPLICATE)
        kept = [each["id"] for each in self.stripe.charges if not each["amount_refunded"]]
        self.assertEqual(kept, [self.order.stripe_charge_id])
        self.assertIn("You paid twice", "".join(letter.body for letter in mail.outbox))
        self.assertTrue(access.owns(self.account, self.ferry))

    def test_the_page_after_claiming_says_what_was_paid_twice_and_is_refunded(self):
        self.pay_as(self.account)
        self.log_in()

        page = self.phone.get(self.press().url)

        said = "You had paid twice for The Ferry, so we’re refunding one of the two payments: $9.00."
        self.assertContains(page, said)

    def test_without_a_second_payment_it_says_nothing_of_refunds(self):
        self.log_in()

        page = self.phone.get(self.press().url)

        self.assertContains(page, f"Your books are in your account {ADDRESS}.")
        self.assertNotContains(page, "twice")

    def test_of_an_older_payment_by_the_account_the_guest_s_is_refunded(self):
        older = self.pay_as(self.account)
        Order.objects.filter(pk=older.pk).update(paid_at=timezone.now() - timedelta(days=9))

        claim(self.guest, self.account)

        statuses = set(Order.objects.filter(user=self.account).values_list("pk", "status"))
        self.assertEqual(statuses, {(older.pk, OrderStatus.PAID), (self.order.pk, OrderStatus.REFUNDED)})
        self.assertTrue(access.owns(self.account, self.ferry))

    def test_an_unpaid_order_gives_way_to_the_paid_one(self):
        unpaid = make_order(self.account, product=self.ferry)

        claim(self.guest, self.account)

        unpaid.refresh_from_db()
        self.assertEqual(unpaid.status, OrderStatus.EXPIRED)
        self.assertTrue(access.owns(self.account, self.ferry))

    def test_while_a_bank_decides_about_one_of_two_payments_nothing_is_moved(self):
        disputed = self.pay_as(self.account)
        disputed.move_to(OrderStatus.DISPUTED)

        with self.assertRaisesMessage(Exception, "a bank is looking into it"):
            claim(self.guest, self.account)

        self.assert_unmoved()

    def test_all_books_become_the_account_s_and_go_with_their_refund_only(self):
        everything = Bundle.objects.get(everything=True)
        order = make_order(self.guest, product=everything, status=OrderStatus.PAID)

        claim(self.guest, self.account)

        fresh = CustomUser.objects.get(pk=self.account.pk)
        self.assertTrue(access.has_all_books(fresh))
        self.assertFalse(access.has_all_books(CustomUser.objects.get(pk=self.guest.pk)))
        access.revoke(fresh, everything, order_id=order.pk, reason="refunded")
        self.assertFalse(access.has_all_books(CustomUser.objects.get(pk=self.account.pk)))

    def test_all_books_that_staff_gave_the_account_stay_after_a_refund(self):
        access.give_permission(self.account, by=None)
        everything = Bundle.objects.get(everything=True)
        order = make_order(self.guest, product=everything, status=OrderStatus.PAID)

        claim(self.guest, self.account)
        access.revoke(self.account, everything, order_id=order.pk, reason="refunded")

        self.assertTrue(access.has_all_books(CustomUser.objects.get(pk=self.account.pk)))

    def test_money_that_arrives_after_the_claim_pays_the_account_s_order(self):
        tram = make_book("The Tram", price=700)
        sent = {"item": Client().get(f"/orders/?book={tram.pk}").context["offer"].signed(), "email": ADDRESS}
        self.client.post(reverse("checkout_session"), sent)
        [session] = self.stripe.ledger("checkout_sessions")["checkout_sessions"]
        before = Order.objects.select_related("user").get(item=tram.reference)

        claim(self.guest, self.account)
        self.stripe.pay_session(session["id"], number="4242424242424242")
        settle(before, session["id"])

        self.assertTrue(access.owns(self.account, tram))
