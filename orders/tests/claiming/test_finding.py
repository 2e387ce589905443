"""Finding an order again: always the same answer, and a letter only to the address of the order."""

from django.core import mail
from django.core.cache import cache
from django.test import Client, TestCase
from django.urls import reverse

from books.tests.builders import make_book
from orders.claiming import send_link_to_order
from orders.models import OrderStatus
from orders.tests.builders import make_order
from users.tests.builders import make_guest, make_reader

ADDRESS = "carol@example.com"


class FindingTests(TestCase):
    def setUp(self):
        cache.clear()
        self.ferry = make_book("The Ferry", price=900)
        self.order = make_order(make_guest(), product=self.ferry, status=OrderStatus.PAID, email=ADDRESS)

    def ask(self, email=ADDRESS, number=None):
        sent = {"email": email, "number": number or self.order.number}
        return Client().post(reverse("order_find"), sent)

    def test_a_visitor_finds_the_form_also_from_the_log_in_page(self):
        self.assertContains(Client().get(reverse("order_find")), "Order number")
        self.assertContains(Client().get(reverse("account_login")), reverse("order_find"))

    def test_address_and_number_together_mail_a_link(self):
        self.ask()

        [letter] = mail.outbox
        self.assertEqual(letter.to, [ADDRESS])
        self.assertIn("http://testserver/orders/claim/", letter.body)

    def test_the_number_counts_as_it_is_read_from_a_receipt(self):
        for number in (self.order.number.lower(), f" Order {self.order.number} ", str(self.order.pk)):
            with self.subTest(number):
                cache.clear()
                mail.outbox.clear()
                self.ask(email="  Carol@Example.com", number=number)

                self.assertEqual(len(mail.outbox), 1 if number != str(self.order.pk) else 0)

    def test_every_other_pair_gets_the_same_answer_and_mails_nothing(self):
        unpaid = make_order(make_guest("b"), product=make_book("The Tram"), email=ADDRESS)
        make_reader("dan@example.com")
        right = self.ask().text.replace(ADDRESS, "ADDRESS")
        mail.outbox.clear()
        for email, number in (
            ("dan@example.com", self.order.number),
            ("nobody@example.com", self.order.number),
            (ADDRESS, "0" * 8),
            (ADDRESS, "not a number"),
            (ADDRESS, unpaid.number),
        ):
            with self.subTest(email=email, number=number):
                response = self.ask(email, number)

                self.assertEqual(response.status_code, 200)
                self.assertEqual(without_token(response.text.replace(email, "ADDRESS")), without_token(right))
        self.assertEqual(mail.outbox, [])

    def test_an_order_of_an_account_mails_how_to_log_in_and_no_link(self):
        order = make_order(make_reader("dan@example.com"), product=self.ferry, status=OrderStatus.PAID)

        self.ask("dan@example.com", order.number)

        [letter] = mail.outbox
        self.assertIn("is in your account", letter.body)
        self.assertNotIn("/orders/claim/", letter.body)

    def test_a_mailbox_gets_two_such_letters_an_hour(self):
        for _ in range(4):
            send_link_to_order(ADDRESS, self.order.number)

        self.assertEqual(len(mail.outbox), 2)

    def test_too_many_questions_from_one_network_address_are_refused(self):
        answers = [self.ask("nobody@example.com").status_code for _ in range(11)]

        self.assertEqual(answers, [200] * 10 + [429])


def without_token(page):
    """Return a page without what differs from one answer to the next."""
    return page.split("<main")[1]
