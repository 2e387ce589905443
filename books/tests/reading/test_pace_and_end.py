"""What is kept and said at the end of a book, and how long there is to go."""

from django.test import TestCase

from books import access
from books.models import Book, Position, Series
from books.reading.pace import FASTEST, SLOWEST, usual_pace
from books.tests.builders import make_book, make_reader, make_staff


class PaceTests(TestCase):
    """How fast somebody reads a book is kept with their place in it."""

    @classmethod
    def setUpTestData(cls):
        cls.book = make_book(chapters=3)
        cls.ada = make_reader("ada", all_books=True)

    def send(self, **fields):
        self.client.force_login(self.ada)
        known = self.ada.positions.values_list("version", flat=True).first() or 0
        fields = {"chapter": 1, "fraction": 0.5, "how": "read", "version": known} | fields
        return self.client.post(
            f"/books/{self.book.pk}/place/", fields, headers={"accept": "application/json"}
        )

    def test_it_is_kept_within_the_bounds_of_what_is_reading(self):
        for sent, kept in [("1234.5", 1234), ("1", SLOWEST), ("1e300", FASTEST), ("-5", SLOWEST)]:
            with self.subTest(sent):
                self.assertEqual(self.send(pace=sent).status_code, 204)

                self.assertEqual(self.ada.positions.get().pace, kept)

    def test_a_place_that_says_nothing_of_it_leaves_it(self):
        self.send(pace="1200")
        self.send(fraction=0.6)
        self.send(fraction=0.7, pace="")

        self.assertEqual(self.ada.positions.get().pace, 1200)

    def test_what_is_no_number_is_refused_and_moves_nothing(self):
        for sent in ("quick", "nan", "inf"):
            with self.subTest(sent):
                self.assertEqual(self.send(pace=sent).status_code, 400)

        self.assertFalse(Position.objects.exists())

    def test_a_device_that_comes_too_late_does_not_change_it(self):
        self.send(pace="1200", fraction=0.9)

        self.assertEqual(self.send(pace="500", version=0, age=600).status_code, 409)

        self.assertEqual(self.ada.positions.get().pace, 1200)

    def test_the_page_has_the_usual_pace_of_such_a_text_and_the_reader_s_own(self):
        self.book.chapters.update(plain_text="x" * 599)
        Book.objects.filter(pk=self.book.pk).update(word_count=300)
        self.assertContains(self.client.get(f"/books/{self.book.pk}/read/1/"), 'data-pace="1500"')
        self.send(pace="1200")

        response = self.client.get(f"/books/{self.book.pk}/read/1/")

        own = '<input type="hidden" name="pace" value="1200" data-own-pace>'
        self.assertContains(response, own, html=True)
        self.assertContains(response, 'data-length="1800"')

    def test_a_text_without_words_has_a_usual_pace_too(self):
        self.assertEqual(usual_pace(1, 0), 1500)
        self.assertEqual(usual_pace(1, 10**9), SLOWEST)

    def test_the_contents_say_where_each_chapter_begins(self):
        self.book.chapters.filter(number=1).update(plain_text="x" * 97)

        response = self.client.get(f"/books/{self.book.pk}/read/1/")

        for percent in (0, 98, 99):
            self.assertContains(response, f", from </span>{percent}%</span>")


class AfterwardsTests(TestCase):
    """What follows the last chapter, for whoever reads it."""

    @classmethod
    def setUpTestData(cls):
        cls.series = Series.objects.create(title="Ferries")
        cls.first, cls.second, cls.apart = (
            make_book(title, chapters=3) for title in ("Low Water", "High Water", "Quays")
        )
        cls.third = make_book("No Water", chapters=3, authors=["Bo"])
        for position, book in enumerate([cls.first, cls.second, cls.third], 1):
            Book.objects.filter(pk=book.pk).update(series=cls.series, series_position=position)
        cls.reader = make_reader(all_books=True)
        cls.owner = make_reader("ada")
        access.give(cls.owner, cls.first, by=make_staff(), note="A gift.")

    def read(self, book, number=3, reader=None):
        self.client.force_login(reader or self.reader)
        return self.client.get(f"/books/{book.pk}/read/{number}/")

    def test_the_next_book_of_the_series_follows_and_others_like_it(self):
        response = self.read(self.first, reader=self.owner)

        self.assertContains(response, "Next in the series", count=1)
        self.assertContains(response, f'href="/books/{self.second.pk}/"', count=1)
        self.assertContains(response, f'href="/orders/?book={self.second.pk}"')
        self.assertContains(response, "You may also like")
        self.assertContains(response, f'href="/books/{self.apart.pk}/"', count=1)
        self.assertNotContains(response, f'href="/books/{self.third.pk}/"')

    def test_a_book_that_the_reader_owns_is_read_and_not_bought(self):
        response = self.read(self.first, reader=self.reader)

        self.assertContains(response, f'href="/books/{self.second.pk}/read/"')
        self.assertNotContains(response, f'href="/orders/?book={self.second.pk}"')

    def test_nothing_follows_the_last_of_a_series_nor_what_is_not_published(self):
        self.assertNotContains(self.read(self.third), "Next in the series")
        Book.objects.filter(pk=self.second.pk).update(is_published=False)

        response = self.read(self.first, reader=self.reader)

        self.assertNotContains(response, f"/books/{self.second.pk}/")
        self.assertContains(response, f'href="/books/{self.third.pk}/"')

    def test_the_reader_says_how_it_was(self):
        reader = self.reader
        response = self.read(self.apart, reader=reader)
        self.assertContains(response, "How was it?")
        self.assertContains(response, "Write a review")

        self.client.post(f"/books/{self.apart.pk}/review/", {"rating": 4, "text": "It rained."})

        self.assertEqual(self.apart.reviews.get().rating, 4)
        self.assertContains(self.read(self.apart, reader=reader), "Change your review")

    def test_it_follows_the_last_chapter_only(self):
        response = self.read(self.first, number=2)

        for words in ("Next in the series", "You may also like", "How was it?", "covers.css"):
            self.assertNotContains(response, words)

    def test_it_takes_as_many_queries_for_many_books_as_for_few(self):
        self.client.force_login(self.reader)
        for more in (0, 5):
            for number in range(more):
                make_book(f"More {number}")
            book = make_book("Another", series=self.series, series_position=1 - more, chapters=3)
            with self.subTest(more), self.assertNumQueries(20):
                self.client.get(f"/books/{book.pk}/read/3/")
            with self.subTest(more), self.assertNumQueries(10):
                self.client.get(f"/books/{book.pk}/read/3/")
