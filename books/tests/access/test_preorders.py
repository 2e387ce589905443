"""Books that are sold before they open: who has one and who can read it are two questions until then."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase
from django.urls import reverse

from books import access
from books.models import Announcement, Book, Bundle, Moment
from books.rendering import memory
from books.search.inside.full_text import search_inside, terms_of
from books.tests.builders import make_book, make_bundle, make_reader, make_staff

OPENING = datetime(2027, 3, 4, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
WORDS = "Pre-order: opens on March 4, 2027"


class PreorderTestCase(TestCase):
    """Ada has a book that opens on 4 March 2027, Bob has it with a bundle; it is the day before."""

    @classmethod
    def setUpTestData(cls):
        cls.book = make_book("Night Bus", chapters=3, opens_at=OPENING, epub="epubs/night-bus.epub")
        cls.ferry = make_book("The Ferry")
        cls.bundle = make_bundle("Two by Water", cls.book, cls.ferry)
        cls.ada, cls.bob, cls.carol = make_reader("ada"), make_reader("bob"), make_reader("carol")
        cls.grace = make_staff()
        access.give(cls.ada, cls.book, by=cls.grace, note="")
        access.give(cls.bob, cls.bundle, by=cls.grace, note="")

    def setUp(self):
        memory.forget()
        self.clock = self.enterContext(patch("django.utils.timezone.now", return_value=OPENING - SECOND))

    def open(self):
        self.clock.return_value = OPENING

    def book_now(self):
        return Book.objects.get(pk=self.book.pk)

    def status(self, name, *arguments, user):
        self.client.force_login(user)
        return self.client.get(reverse(name, args=[self.book.pk, *arguments])).status_code


class ReadingTests(PreorderTestCase):
    def test_nobody_reads_it_before_its_moment_and_its_owners_from_then_on(self):
        readers = [self.ada, self.bob, self.carol, AnonymousUser()]

        self.assertEqual([access.may_read(each, self.book) for each in readers], [False] * 4)
        self.open()
        self.assertEqual([access.may_read(each, self.book) for each in readers], [True, True, False, False])

    def test_all_books_unlocks_it_at_its_moment(self):
        dora = make_reader("dora", all_books=True)

        self.assertFalse(access.may_read(dora, self.book))
        self.assertTrue(access.owns(dora, Bundle.objects.get(everything=True)))
        self.open()
        self.assertTrue(access.may_read(dora, self.book))

    def test_it_does_not_open_without_a_file_and_opens_when_the_file_is_here(self):
        Book.objects.update(epub="")
        self.open()

        self.assertFalse(access.may_read(self.ada, self.book))
        self.assertEqual(self.book_now().preorder, "Pre-order: opens soon")
        Book.objects.filter(pk=self.book.pk).update(epub="epubs/night-bus.epub")
        self.assertTrue(access.may_read(self.ada, self.book))
        self.assertEqual(self.book_now().preorder, "")

    def test_every_way_to_ask_gives_the_same_answer(self):
        for moment, expected in ((OPENING - SECOND, False), (OPENING, True)):
            self.clock.return_value = moment
            for reader in (self.ada, self.bob):
                with self.subTest(reader=reader, moment=moment):
                    marked = access.mark_open(Book.objects.all(), reader).get(pk=self.book.pk)
                    self.assertIs(access.may_read(reader, self.book), expected)
                    self.assertIs(bool(marked.is_open), expected)
                    self.assertIs(self.book.pk in access.open_among(reader, [self.book]), expected)
                    self.assertIs(access.readable_books(reader).filter(pk=self.book.pk).exists(), expected)
                    self.assertTrue(access.books_of(reader).filter(pk=self.book.pk).exists())
                    self.assertTrue(access.has_book(reader, self.book))
                    self.assertTrue(access.owns(reader, self.book))
                    self.assertEqual(access.theirs_among(reader, [self.book]), {self.book.pk})

    def test_the_sample_is_open_and_the_rest_is_not(self):
        for user in (self.ada, self.carol):
            with self.subTest(user=user):
                self.assertEqual(self.status("book_read", 1, user=user), 200)
                self.assertEqual(self.status("book_read", 2, user=user), 403)
                self.assertEqual(self.status("book_download", user=user), 403)
                self.assertEqual(self.status("book_offline", user=user), 403)

    def test_a_chapter_page_says_when_it_opens_and_does_not_sell_it_twice(self):
        self.client.force_login(self.ada)
        mine = self.client.get(reverse("book_read", args=[self.book.pk, 2]))
        self.client.force_login(self.carol)
        hers = self.client.get(reverse("book_read", args=[self.book.pk, 2]))

        for page in (mine, hers):
            self.assertContains(page, WORDS, status_code=403)
        self.assertNotContains(mine, "Pre-order for $9.00", status_code=403)
        self.assertContains(hers, "Pre-order for $9.00", status_code=403)

    def test_the_end_of_the_sample_does_not_sell_it_to_who_has_it(self):
        address = reverse("book_read", args=[self.book.pk, 1])
        hers = self.client.get(address)
        self.client.force_login(self.ada)
        mine = self.client.get(address)

        self.assertContains(hers, "Pre-order for $9.00")
        self.assertNotContains(mine, "Pre-order for")
        self.assertContains(mine, f"{WORDS}. It’s yours")

    def test_its_words_are_found_inside_only_once_it_is_open(self):
        self.book.chapters.update(plain_text="It rained.")
        terms = terms_of("rained")

        self.assertEqual([chapter.number for chapter in search_inside(terms, self.ada, book=self.book)], [1])
        self.open()
        self.assertEqual(
            [chapter.number for chapter in search_inside(terms, self.ada, book=self.book)], [1, 2, 3]
        )

    def test_staff_who_may_see_books_preview_it(self):
        self.assertEqual(self.status("book_read", 2, user=self.grace), 200)
        self.assertTrue(access.may_preview(self.grace, self.book))
        self.assertFalse(access.may_preview(self.ada, self.book))

    def test_staff_are_told_why_an_owner_cannot_read_it(self):
        explained = access.explain(self.ada, self.book)

        self.assertFalse(explained.may_read)
        self.assertIn(
            f"{WORDS}. Until then, nobody reads more than its sample.",
            [r.sentence for r in explained.reasons],
        )


class PageTests(PreorderTestCase):
    def page_of(self, user, name="book_detail"):
        self.client.logout()
        if user is not None:
            self.client.force_login(user)
        arguments = [self.book.pk] if name == "book_detail" else []
        return self.client.get(reverse(name, args=arguments))

    def test_visitors_see_the_day_and_pre_order(self):
        page = self.page_of(None)

        self.assertContains(page, WORDS)
        self.assertContains(page, "Pre-order for $9.00")
        self.assertContains(page, '"availability": "https://schema.org/PreOrder"')
        self.assertContains(self.page_of(None, "book_list"), WORDS)

    def test_owners_see_that_it_is_theirs_and_nothing_to_read_but_the_sample(self):
        page = self.page_of(self.ada)

        self.assertContains(page, "It’s yours. We’ll write to you when it opens.")
        self.assertNotContains(page, "Download the EPUB")
        self.assertNotContains(page, reverse("book_read", args=[self.book.pk, 2]))
        self.assertNotContains(page, "Write a review")

    def test_the_library_shows_it_with_its_day(self):
        page = self.page_of(self.bob, "library")

        self.assertContains(page, WORDS)
        self.assertContains(page, "Yours when it opens")

    def test_every_page_changes_at_the_moment_though_no_row_does(self):
        Moment.objects.create(at=OPENING)
        for user in (None, self.ada):
            self.assertContains(self.page_of(user), WORDS)
            self.assertContains(self.page_of(user, "book_list"), WORDS)

        self.open()

        for user in (None, self.ada):
            self.assertNotContains(self.page_of(user), "Pre-order")
            self.assertNotContains(self.page_of(user, "book_list"), "Pre-order")
        self.assertContains(self.page_of(self.ada), "Download the EPUB")
        self.assertContains(self.page_of(None), '"availability": "https://schema.org/InStock"')

    def test_a_book_without_a_day_says_nothing_of_one(self):
        page = self.client.get(self.ferry.get_absolute_url())

        self.assertContains(page, "Buy for $9.00")
        self.assertContains(page, "https://schema.org/InStock")
        self.assertNotContains(page, 'class="preorder"')


class DayTests(PreorderTestCase):
    """Grace types the day, in the shop's zone."""

    def save(self, book, opens_at):
        self.client.force_login(self.grace)
        form = {
            **{
                "title": book.title,
                "language": "en",
                "price": "9.00",
                "sample_chapters": 1,
                "opens_at": opens_at,
            },
            **{"published_to": "day", "contributors": "", "title_file_as": "", "subtitle": "", "isbn": ""},
            **{"authorships-TOTAL_FORMS": 0, "authorships-INITIAL_FORMS": 0},
            **{"other_editions-TOTAL_FORMS": 0, "other_editions-INITIAL_FORMS": 0},
            **{"list_prices-TOTAL_FORMS": 0, "list_prices-INITIAL_FORMS": 0},
        }
        return self.client.post(reverse("admin:books_book_change", args=[book.pk]), form, follow=True)

    def test_a_later_day_is_kept_noted_as_a_moment_and_announced(self):
        self.save(self.book, "2027-04-01T10:00")

        self.assertEqual(self.book_now().opens_at, datetime(2027, 4, 1, 10, 0, tzinfo=UTC))
        self.assertTrue(Moment.objects.filter(at=self.book_now().opens_at).exists())
        self.assertEqual([each.kind for each in Announcement.objects.all()], ["moved"])

    def test_an_earlier_day_is_kept_and_not_announced(self):
        self.save(self.book, "2027-03-04T08:00")

        self.assertEqual(self.book_now().opens_at, datetime(2027, 3, 4, 8, 0, tzinfo=UTC))
        self.assertEqual(Announcement.objects.count(), 0)

    def test_saving_without_a_change_announces_nothing(self):
        self.save(self.book, "2027-03-04T09:00")

        self.assertEqual((self.book_now().opens_at, Announcement.objects.count()), (OPENING, 0))

    def test_an_open_book_does_not_close(self):
        Book.objects.filter(pk=self.ferry.pk).update(epub="epubs/ferry.epub")

        for day in ("2027-04-01T10:00", "2027-01-01T10:00"):
            page = self.save(self.ferry, day)

            self.assertContains(page, "The book is open already, and whoever has it keeps reading.")
            self.assertIsNone(Book.objects.get(pk=self.ferry.pk).opens_at)

    def test_a_pre_order_does_not_open_by_an_emptied_field(self):
        page = self.save(self.book, "")

        self.assertContains(page, "To open it now, type a moment that has just passed.")
        self.assertEqual(self.book_now().opens_at, OPENING)

    def test_a_book_without_a_file_can_wait_for_its_day_and_staff_are_warned(self):
        page = self.save(make_book("The Tram"), "2027-04-01T10:00")

        self.assertContains(page, "“The Tram” has no file yet.")
        self.assertNotContains(self.save(self.book, "2027-04-01T10:00"), "has no file yet")
