"""Pages that change by the clock: rendered again at the first request after the moment, in every process."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory, TestCase
from django.utils import timezone

from books.models import Book, Moment, current_revision, moments
from books.rendering import memory, shared_page
from books.tests.builders import make_book

OPENING = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class MomentsTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_book()

    def setUp(self):
        memory.forget()
        self.clock = self.enterContext(patch("django.utils.timezone.now", return_value=OPENING - SECOND))

    def revision_at(self, now):
        self.clock.return_value = now
        return current_revision()


class RevisionTests(MomentsTestCase):
    def test_a_moment_to_come_changes_nothing_until_it_has_passed(self):
        before = current_revision()

        moments.expect(OPENING)

        self.assertEqual(self.revision_at(OPENING - timedelta(microseconds=1)), before)
        after = self.revision_at(OPENING)
        self.assertNotEqual(after, before)
        self.assertEqual(self.revision_at(OPENING + timedelta(days=400)), after)

    def test_each_moment_is_a_revision_of_its_own(self):
        for days in (0, 3, 30):
            moments.expect(OPENING + timedelta(days=days))

        seen = {self.revision_at(OPENING + timedelta(days=days)) for days in (-1, 0, 2, 3, 29, 30, 31)}

        self.assertEqual(len(seen), 4)

    def test_a_change_of_a_row_is_a_revision_after_a_moment_too(self):
        moments.expect(OPENING)
        before = self.revision_at(OPENING)

        Book.objects.update(price=1200)

        self.assertNotEqual(current_revision(), before)

    def test_one_that_is_expected_twice_is_one(self):
        for _ in range(2):
            moments.expect(OPENING)

        self.assertEqual(Moment.objects.count(), 1)

    def test_an_emptied_table_of_tokens_is_unknown_still(self):
        moments.expect(OPENING)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM books_cataloguerevision")

        self.assertEqual(self.revision_at(OPENING), ())

    def test_it_is_asked_with_one_query(self):
        moments.expect(OPENING)

        with self.assertNumQueries(1):
            current_revision()


class TidyTests(MomentsTestCase):
    def test_those_that_are_long_past_go_and_the_revision_stays(self):
        for days in (0, 1, 2, 3):
            moments.expect(OPENING + timedelta(days=days))
        seen = self.revision_at(OPENING + timedelta(days=2, hours=1))

        moments.tidy()

        kept = [
            (moment - OPENING).days for moment in Moment.objects.order_by("at").values_list("at", flat=True)
        ]
        self.assertEqual(kept, [1, 2, 3])
        self.assertEqual(current_revision(), seen)

    def test_the_latest_stays_however_old_it_is(self):
        for days in (0, 1):
            moments.expect(OPENING + timedelta(days=days))
        seen = self.revision_at(OPENING + timedelta(days=500))

        for _ in range(2):
            moments.tidy()

        self.assertEqual(Moment.objects.get().at, OPENING + timedelta(days=1))
        self.assertEqual(current_revision(), seen)

    def test_without_any_nothing_happens(self):
        with self.assertNumQueries(1):
            moments.tidy()


class PageTests(MomentsTestCase):
    def setUp(self):
        super().setUp()
        self.rendered = []

        @shared_page()
        def page(request):
            self.rendered.append(timezone.now())
            return HttpResponse("Open" if timezone.now() >= OPENING else "Not yet")

        self.page = page

    def read(self, now):
        self.clock.return_value = now
        request = RequestFactory().get("/")
        request.user, request.resolver_match = AnonymousUser(), None
        return self.page(request)

    def test_a_kept_page_changes_at_the_first_request_from_the_moment_on_and_is_kept_again(self):
        moments.expect(OPENING)

        said = [self.read(OPENING + number * SECOND).text for number in (-2, -1, 0, 1, 2)]

        self.assertEqual(said, ["Not yet", "Not yet", "Open", "Open", "Open"])
        self.assertEqual(self.rendered, [OPENING - 2 * SECOND, OPENING])

    def test_a_process_whose_clock_is_behind_never_shows_what_another_has_yet_to_show(self):
        moments.expect(OPENING)

        said = [self.read(OPENING + number * SECOND).text for number in (1, -1, 1)]

        self.assertEqual(said, ["Open", "Not yet", "Open"])
        self.assertEqual(len(self.rendered), 2)
