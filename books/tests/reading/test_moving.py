"""A guest's places, marks, preferences and reviews become an account's."""

from django.test import TestCase

from books.models import Download, Mark, Position, Preferences, Review, ReviewReport
from books.reading.moving import move
from books.tests.builders import make_book, make_reader, make_review
from users.tests.builders import make_guest

PLACE = {"chapter": 1, "fraction": 0.25}


class MovingTests(TestCase):
    def setUp(self):
        self.guest = make_guest()
        self.account = make_reader("ada")
        self.book = make_book("The Ferry", chapters=3)

    def place(self, user, progress, **fields):
        return Position.objects.create(
            user=user, book=self.book, chapter=2, fraction=0.5, progress=progress, **fields
        )

    def test_the_place_that_is_further_on_stays_whoever_s_it_is(self):
        for guests, accounts in ((0.7, 0.3), (0.3, 0.7)):
            with self.subTest(guests=guests):
                Position.objects.all().delete()
                self.place(self.guest, guests)
                own = self.place(self.account, accounts, version=4)

                move(self.guest, self.account)

                [kept] = Position.objects.all()
                self.assertEqual((kept.pk, kept.user, kept.progress), (own.pk, self.account, 0.7))
                # Devices of the account learn that it was moved, if it was.
                self.assertEqual(kept.version, 5 if guests > accounts else 4)

    def test_a_place_in_a_book_that_the_account_has_not_begun_is_moved(self):
        self.place(self.guest, 0.4)

        move(self.guest, self.account)

        self.assertEqual(self.account.positions.get().progress, 0.4)

    def test_all_marks_are_kept_two_bookmarks_at_one_place_too(self):
        for user, note in ((self.guest, "A guest's"), (self.account, "The account's")):
            Mark.objects.create(user=user, book=self.book, note=note, **PLACE)
            Mark.objects.create(user=user, book=self.book, colour="green", quotation="It rained.", **PLACE)

        move(self.guest, self.account)

        marks = self.account.marks.all()
        self.assertEqual((marks.count(), Mark.objects.count()), (4, 4))
        bookmarks = {mark.note for mark in marks if not mark.is_highlight}
        self.assertEqual(bookmarks, {"A guest's", "The account's"})
        self.assertEqual({round(mark.fraction, 6) for mark in marks}, {0.25})

    def test_preferences_are_moved_unless_the_account_has_its_own(self):
        Preferences.objects.create(user=self.guest, colours="dark")
        move(self.guest, self.account)
        self.assertEqual(Preferences.objects.get().user, self.account)

        other = make_guest("b")
        Preferences.objects.create(user=other, colours="sepia")
        move(other, self.account)
        self.assertEqual([each.colours for each in Preferences.objects.all()], ["dark"])

    def test_of_two_reviews_of_a_book_the_account_s_stays(self):
        tram = make_book("The Tram")
        make_review(self.book, self.guest, text="A guest's.")
        make_review(self.book, self.account, text="The account's.")
        make_review(tram, self.guest, text="Wet.")

        move(self.guest, self.account)

        texts = set(Review.objects.filter(author=self.account).values_list("text", flat=True))
        self.assertEqual(texts, {"The account's.", "Wet."})
        self.assertEqual(Review.objects.count(), 2)

    def test_reports_and_downloads_are_moved(self):
        review = make_review(self.book, make_reader("bob"))
        ReviewReport.objects.create(review=review, reporter=self.guest)
        Download.objects.create(user=self.guest, book=self.book, format="epub")

        move(self.guest, self.account)

        self.assertEqual(ReviewReport.objects.get().reporter, self.account)
        self.assertEqual(Download.objects.get().user, self.account)
