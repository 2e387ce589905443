"""One reader with two devices: which of them moves the place, and when the reader is asked."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone

from books.models import Position, ReadElsewhere
from books.tests.builders import make_book, make_reader
from books.tests.reading.test_places import SCRIPT, ReadingTestCase


class DevicesTests(ReadingTestCase):
    """Two devices that read the same book: what each sends, and what it knows of the other."""

    def read_on(self, chapter, fraction=0, *, version, age=0):
        data = {"chapter": chapter, "fraction": fraction, "version": version, "age": age, "how": "read"}
        return self.client.post(f"/books/{self.book.pk}/place/", data, headers=SCRIPT)

    def place(self):
        return self.client.get(f"/books/{self.book.pk}/place/", headers=SCRIPT).json()

    def test_reading_on_moves_the_place_and_counts_its_versions(self):
        first = self.read_on(1, 0.5, version=0)
        second = self.read_on(2, 0.5, version=1)

        self.assertEqual([first.status_code, second.status_code], [204, 204])
        self.assertEqual([first["Place-Version"], second["Place-Version"]], ["1", "2"])
        self.assertEqual(
            self.place(),
            {
                "version": 2,
                "chapter": 2,
                "fraction": 0.5,
                "percent": 60,
                "address": f"/books/{self.book.pk}/read/2/?at=0.5#place",
            },
        )

    def test_a_book_that_was_never_begun_has_no_version(self):
        self.assertEqual(self.place(), {"version": 0})

    def test_whoever_read_further_on_elsewhere_is_asked(self):
        self.read_on(1, 0.5, version=0)
        self.read_on(3, 0, version=1)

        late = self.read_on(2, 0, version=1)

        self.assertEqual((late.status_code, late.json()), (409, self.place()))
        self.assertEqual(self.open(), "3/")

    def test_who_is_further_on_now_needs_no_question(self):
        self.read_on(1, 0.5, version=0)
        self.read_on(2, 0, version=1)

        self.assertEqual(self.read_on(3, 0, version=1)["Place-Version"], "3")
        self.assertEqual(self.open(), "3/")

    def test_a_late_message_neither_sets_the_place_back_nor_on(self):
        self.read_on(1, 0.5, version=0, age=3600)
        # The reader has gone back by choice since.
        self.keep(1, 0.25)

        for chapter in (1, 4):
            with self.subTest(chapter):
                self.assertEqual(self.read_on(chapter, version=1, age=600).status_code, 409)
        self.assertEqual(self.open(), "1/?at=0.25#place")

    def test_the_place_was_reached_when_the_device_says(self):
        self.read_on(1, 0.5, version=0, age=3600)

        ago = timezone.now() - Position.objects.get().updated_at
        self.assertEqual(round(ago.total_seconds(), -1), 3600)

    def test_the_same_message_twice_asks_nothing(self):
        self.read_on(1, 0.5, version=0)

        self.assertEqual(self.read_on(1, 0.5, version=0).status_code, 204)
        self.assertEqual(self.open(), "1/?at=0.5#place")

    def test_what_the_reader_chooses_counts_whatever_the_other_device_says(self):
        self.read_on(4, 0.5, version=0)

        self.assertEqual(self.keep(2, headers=SCRIPT)["Place-Version"], "2")
        self.assertEqual(self.open(), "2/")

    def test_without_a_script_the_page_says_where_the_other_device_was(self):
        self.read_on(4, 0.5, version=0)
        form = {"chapter": 2, "fraction": 0}
        way = f'<a href="/books/{self.book.pk}/read/4/?at=0.5#place">Go there</a>'

        knew = self.client.post(f"/books/{self.book.pk}/place/", form | {"version": 1}, follow=True)
        self.read_on(4, 0.5, version=2)
        knew_not = self.client.post(f"/books/{self.book.pk}/place/", form | {"version": 2}, follow=True)

        self.assertNotContains(knew, "on another device. ")
        self.assertContains(knew_not, f"You had read on to 95% on another device. {way}")

    def test_nonsense_is_refused_and_the_place_stays(self):
        self.read_on(2, 0.5, version=0)
        for wrong in [{"how": "guessed"}, {"version": -1}, {"version": "x"}, {"age": -1}, {"age": 1e9}]:
            with self.subTest(wrong):
                data = {"chapter": 3, "fraction": 0, "how": "read", "version": 1, **wrong}
                response = self.client.post(f"/books/{self.book.pk}/place/", data, headers=SCRIPT)

                self.assertEqual(response.status_code, 400)
        self.assertEqual(self.open(), "2/?at=0.5#place")

    def test_nobody_sees_or_moves_another_s_place(self):
        self.read_on(1, 0.5, version=0)
        self.client.force_login(self.bob)

        self.assertEqual(self.place(), {"version": 0})
        self.assertEqual(self.read_on(1, 0.75, version=1).status_code, 204)
        self.assertEqual(self.ada.positions.get().fraction, 0.5)


class SameMomentTests(TransactionTestCase):
    """Only PostgreSQL lets two requests write at the same time."""

    @pytest.mark.postgresql
    def test_of_two_devices_that_begin_at_the_same_time_one_is_asked(self):
        book, ada = make_book(chapters=3), make_reader("ada", all_books=True)
        chapters = list(book.chapters.all())
        barrier = Barrier(len(chapters))

        def send(chapter):
            barrier.wait()
            try:
                Position.objects.read_on(ada, chapter, 0, known=0, reached_at=timezone.now())
            except ReadElsewhere:
                return "asked"
            finally:
                connection.close()
            return "moved"

        with ThreadPoolExecutor() as devices:
            answers = list(devices.map(send, chapters))

        position = Position.objects.get()
        # Each that moved it is one version; those that were asked moved nothing.
        self.assertEqual(position.version, answers.count("moved"))
        self.assertIn("moved", answers)
        self.assertEqual(answers[position.chapter - 1], "moved")
