"""Letters about books that are sold before they open: everybody has each of them once."""

from datetime import timedelta
from unittest.mock import patch

from django.test import TestCase
from django.utils import timezone

from books import access
from books.models import Announcement, Book, Told
from books.models.preorders import days
from books.tests.builders import make_book, make_bundle, make_reader, make_staff
from orders import preorders
from orders.claiming import claim
from orders.giving.redeeming import redeem
from orders.models import Order, OrderStatus
from orders.models.giving.wishes import GiftWish
from orders.preorders import announcing
from orders.reconciliation.differences import find_shop_differences
from orders.reconciliation.shop_side import find_books_not_announced, read_cases
from orders.tests.builders import make_order
from orders.tests.giving.cases import link_of, make_copies, token_of
from orders.tests.preorders.cases import mail_to
from users.formats import day
from users.tests.builders import make_guest

HOUR = timedelta(hours=1)
OPEN, MOVED = "“Night Bus” is open: start reading", "“Night Bus” opens later than planned"


class AnnouncingTests(TestCase):
    """Ada bought the book, Bob has it with a bundle, a guest bought it, Carol has nothing."""

    @classmethod
    def setUpTestData(cls):
        cls.grace = make_staff()
        cls.book = make_book("Night Bus", opens_at=timezone.now() + HOUR, epub="epubs/night-bus.epub")
        cls.ada, cls.bob, cls.carol = make_reader("ada"), make_reader("bob"), make_reader("carol")
        cls.guest = make_guest()
        make_order(cls.ada, product=cls.book, status=OrderStatus.PAID)
        access.give(cls.bob, make_bundle("Two by Water", cls.book), by=cls.grace, note="")
        make_order(cls.guest, product=cls.book, status=OrderStatus.PAID, email="guest@example.com")

    def open(self, ago=HOUR):
        Book.objects.filter(pk=self.book.pk).update(opens_at=timezone.now() - ago)

    def subjects(self, name):
        return [letter.subject for letter in mail_to(f"{name}@example.com")]

    def move_to(self, opens_at):
        book = Book.objects.get(pk=self.book.pk)
        before, book.opens_at = book.opens_at, opens_at
        book.save()
        days.day_chosen(book, before=before)

    def test_nobody_is_written_to_before_it_opens(self):
        self.assertEqual(preorders.announce(), 0)
        self.assertEqual(Announcement.objects.count(), 0)

    def test_everybody_who_has_it_has_one_letter_once_it_is_open(self):
        self.open()

        self.assertEqual([preorders.announce() for _ in range(3)], [3, 0, 0])
        self.assertEqual(
            {name: self.subjects(name) for name in ("ada", "bob", "guest", "carol", "grace")},
            {"ada": [OPEN], "bob": [OPEN], "guest": [OPEN], "carol": [], "grace": []},
        )

    def take_copy(self, *, copies=1, email=""):
        """Have a guest take what Carol gives; return the order."""
        wish = GiftWish(giver="Carol", recipient="Tom", email=email, day="2026-01-01")
        order = make_copies(self.carol, self.book, copies, wish=wish if copies == 1 else None)
        redeem(token_of(order), make_guest(f"taker{order.pk}"))
        return order

    def test_a_guest_who_took_a_gift_is_told_where_the_gift_was_sent(self):
        gift = self.take_copy(email="tom@example.com")
        self.take_copy()
        self.take_copy(copies=2)
        self.open()

        self.assertEqual(preorders.announce(), 4)

        [letter] = mail_to("tom@example.com")
        self.assertEqual(letter.subject, OPEN)
        self.assertIn(f"in which you took your gift:\nhttp://testserver{link_of(gift)}", letter.body)
        self.assertNotIn("/orders/claim/", letter.body)

    def test_whoever_was_given_it_is_not_offered_the_money(self):
        self.take_copy(email="tom@example.com")
        self.move_to(self.book.opens_at + 24 * HOUR)
        preorders.announce()

        [letter] = mail_to("tom@example.com")
        self.assertIn("opens later than planned", letter.body)
        self.assertNotIn("money", letter.body)

    def test_a_reader_is_led_to_the_book_and_a_guest_to_their_books(self):
        self.open()
        preorders.announce()

        self.assertIn(f"/books/{self.book.pk}/read/", mail_to("ada@example.com")[0].body)
        letter = mail_to("guest@example.com")[0].body
        self.assertIn("/orders/claim/", letter)
        self.assertNotIn("/read/", letter)

    def test_who_has_it_twice_has_one_letter(self):
        access.give(self.ada, make_bundle("Two by Night", self.book), by=self.grace, note="")
        self.open()
        preorders.announce()

        self.assertEqual(self.subjects("ada"), [OPEN])

    def test_who_took_their_money_back_has_none(self):
        order = self.ada.orders.get()
        access.revoke(self.ada, self.book, order_id=order.pk, reason=access.REFUNDED)
        self.open()
        preorders.announce()

        self.assertEqual(self.subjects("ada"), [])

    def test_a_worker_that_dies_amid_the_letters_goes_on_where_it_was(self):
        self.open()
        with patch.object(announcing, "BATCH", 1):
            announcing._note_what_is_due(timezone.now())
            key = Announcement.objects.get().pk
            announcing._write_some(key)
            with (
                patch.object(announcing, "queue_letters", side_effect=RuntimeError("killed")),
                self.assertRaises(RuntimeError),
            ):
                announcing._write_some(key)
            self.assertEqual(Told.objects.count(), 1)

            self.assertEqual(preorders.announce(), 2)

        self.assertEqual([self.subjects(name) for name in ("ada", "bob", "guest")], [[OPEN]] * 3)
        self.assertIsNotNone(Announcement.objects.get().finished_at)

    def test_a_guest_who_is_an_account_by_now_is_not_told_again(self):
        self.open()
        with patch.object(announcing, "_orders_of", return_value=[]), patch.object(announcing, "BATCH", 100):
            announcing._note_what_is_due(timezone.now())
            announcing._write_some(Announcement.objects.get().pk)
        dora = make_reader("dora")

        claim(self.guest, dora)

        self.assertEqual((preorders.announce(), self.subjects("dora")), (0, []))

    def test_an_earlier_day_needs_no_letter_and_a_later_one_has_it_once(self):
        self.move_to(self.book.opens_at - timedelta(minutes=5))
        self.assertEqual(preorders.announce(), 0)

        self.move_to(self.book.opens_at + 24 * HOUR)

        self.assertEqual([preorders.announce(), preorders.announce()], [3, 0])
        self.assertEqual(self.subjects("bob"), [MOVED])
        self.assertIn("Would you rather have your money back?", mail_to("ada@example.com")[0].body)

    def test_a_day_that_moves_twice_before_the_worker_comes_is_told_once(self):
        self.move_to(self.book.opens_at + 24 * HOUR)
        self.move_to(self.book.opens_at + 48 * HOUR)
        preorders.announce()

        [letter] = mail_to("ada@example.com")
        self.assertIn(f"on {day(self.book.opens_at + 48 * HOUR)}", letter.body)

    def test_readers_of_all_books_are_told_and_closed_accounts_are_not(self):
        make_reader("dora", all_books=True)
        self.ada.is_active = False
        self.ada.save()
        self.open()
        preorders.announce()

        self.assertEqual((self.subjects("dora"), self.subjects("ada")), ([OPEN], []))

    def test_a_book_that_is_not_published_is_announced_to_nobody(self):
        Book.objects.update(is_published=False)
        self.open()

        self.assertEqual(preorders.announce(), 0)

    def test_staff_are_warned_before_the_day_and_on_it_while_there_is_no_file(self):
        Book.objects.update(epub="")
        for _ in range(2):
            preorders.announce()
        self.assertEqual(self.subjects("grace"), ["“Night Bus” opens soon and has no file"])

        self.open()
        for _ in range(2):
            preorders.announce()

        self.assertEqual(self.subjects("grace")[1:], ["“Night Bus” should be open and has no file"])
        self.assertEqual(self.subjects("ada"), [])

    def test_it_is_announced_when_the_file_comes_after_the_day(self):
        Book.objects.update(epub="")
        self.open()
        preorders.announce()

        Book.objects.update(epub="epubs/night-bus.epub")
        preorders.announce()

        self.assertEqual(self.subjects("ada"), [OPEN])

    def test_many_who_have_it_take_no_more_queries_than_a_few(self):
        self.open()
        announcing._note_what_is_due(timezone.now())
        key = Announcement.objects.get().pk
        for number in range(25):
            access.give(make_reader(f"reader{number}"), self.book, by=self.grace, note="")

        with self.assertNumQueries(7):
            announcing._write_some(key)

    def test_the_doctor_misses_the_letters_of_a_worker_that_stands_still(self):
        self.open(ago=HOUR / 2)
        self.assertEqual(find_books_not_announced(), [])
        self.open(ago=2 * HOUR)
        self.assertEqual(find_books_not_announced(), [self.book])

        preorders.announce()

        self.assertEqual(find_books_not_announced(), [])

    def test_the_doctor_finds_nothing_wrong_with_a_pre_order(self):
        for case in read_cases(Order.objects.all()):
            self.assertEqual(list(find_shop_differences(case)), [])
            self.assertTrue(case.has_access)
