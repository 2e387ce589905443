"""Pages that are rendered once for each revision: what visitors and caches get, and how much is kept."""

import re
from itertools import pairwise
from unittest import mock
from uuid import uuid4

from cachetools import LRUCache
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render
from django.test import Client, RequestFactory, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from books.models import Book, Moment, Series, current_revision
from books.models.revision import CatalogueRevision
from books.rendering import memory, shared_page
from books.tests.builders import make_book, make_bundle, make_reader, make_review, make_staff
from books.tests.catalogue.test_revision import SHOWN
from users.models import CustomUser

FOR_VISITORS = "public, max-age=0, s-maxage=5"


class Size:
    def __init__(self, size):
        self.size = size


class SharedPagesTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book, cls.other = make_book(subjects=["Fiction"]), make_book("Night Bus", subjects=["Fiction"])
        cls.book.series = Series.objects.create(title="The Tides")
        cls.book.save()
        cls.bundle = make_bundle("Two Journeys", cls.book, cls.other)
        cls.ada = make_reader("ada", all_books=True)
        make_review(cls.book, cls.ada)
        cls.pages = [
            "/",
            "/about/",
            cls.book.get_absolute_url(),
            cls.bundle.get_absolute_url(),
            reverse("book_read", args=[cls.book.pk, 1]),
        ]


class VisitorsTests(SharedPagesTestCase):
    def test_a_visitor_s_page_may_be_shared_and_has_nothing_of_one_visitor(self):
        for path in self.pages:
            with self.subTest(path):
                response = self.client.get(path)

                self.assertEqual(response.headers["Cache-Control"], FOR_VISITORS)
                self.assertEqual(response.headers["Vary"], "Cookie")
                self.assertRegex(response.headers["ETag"], r'^"[0-9a-f]{32}"$')
                self.assertEqual(response.cookies, {})
                self.assertNotContains(response, "csrfmiddlewaretoken")

    def test_it_is_answered_after_one_query(self):
        for path in self.pages:
            self.client.get(path)
            with self.subTest(path), self.assertNumQueries(1):
                self.client.get(path)

    def test_a_head_is_answered_like_a_get(self):
        for path in self.pages:
            with self.subTest(path):
                got, asked = self.client.get(path), self.client.head(path)

                self.assertEqual(asked.headers["ETag"], got.headers["ETag"])
                self.assertEqual(asked.content, b"")

    def test_who_has_the_page_is_told_so_until_it_changes(self):
        for number, path in enumerate(self.pages):
            with self.subTest(path):
                known = {"if-none-match": self.client.get(path).headers["ETag"]}

                same = self.client.get(path, headers=known)
                Book.objects.update(title=f"Title {number}")
                changed = self.client.get(path, headers=known)

                self.assertEqual((same.status_code, same.content), (304, b""))
                self.assertEqual(same.headers["ETag"], known["if-none-match"])
                self.assertEqual(same.headers["Cache-Control"], FOR_VISITORS)
                self.assertEqual(same.headers["Vary"], "Cookie")
                # One page shows no book, and is the same at another revision.
                self.assertEqual(changed.status_code, 304 if path == "/about/" else 200)

    def test_a_log_in_gets_another_page_than_304(self):
        known = {"if-none-match": self.client.get("/").headers["ETag"]}
        self.client.force_login(self.ada)

        response = self.client.get("/", headers=known)

        self.assertContains(response, "Log out")
        self.assertNotIn("ETag", response.headers)

    def test_each_theme_is_a_page_and_no_other_cookie_is(self):
        etags = {}
        for colours in ("", "dark", "light", "sepia", "mauve", "x" * 99):
            visitor = Client()
            visitor.cookies.load({"colours": colours, "made": "up", settings.CSRF_COOKIE_NAME: "c" * 32})
            response = visitor.get("/")
            etags[colours] = response.headers["ETag"]
            self.assertEqual(
                f'data-colours="{colours}"' in response.text, colours in {"dark", "light", "sepia"}
            )

        self.assertEqual(len(set(etags.values())), 4)
        self.assertEqual(etags["mauve"], etags[""])

    def test_parameters_that_a_page_does_not_know_make_no_other_page(self):
        self.client.get(self.pages[2])
        kept = memory.used()

        for number in range(20):
            response = self.client.get(self.pages[2], {"utm_source": "x" * 100, "y": number})
            self.assertNotContains(response, "utm_source")

        self.assertEqual(memory.used(), kept)

    def test_what_is_not_there_is_not_kept(self):
        for path in ("/books/bundles/none/", f"{self.pages[2]}?page=9", f"/books/{uuid4()}/read/1/"):
            with self.subTest(path):
                response = self.client.get(path)

                self.assertEqual(response.status_code, 404)
                self.assertNotIn("ETag", response.headers)
        self.assertEqual(memory.used(), 0)


class PersonalTests(SharedPagesTestCase):
    def test_no_cache_keeps_the_page_of_anybody_with_a_session_or_a_message(self):
        self.client.force_login(self.ada)
        stranger, told = Client(), Client()
        stranger.cookies[settings.SESSION_COOKIE_NAME] = "madeupmadeupmadeup"
        told.cookies["messages"] = "made up"

        for client in (self.client, stranger, told):
            for path in self.pages:
                with self.subTest(path):
                    response = client.get(path)

                    self.assertEqual(response.headers["Cache-Control"], "private, no-store")
                    self.assertNotIn("ETag", response.headers)

    def test_a_message_is_seen_once_and_by_nobody_else(self):
        visitor = Client()
        self.client.force_login(self.ada)
        self.client.post(reverse("account_logout"))

        seen = [client.get("/").text for client in (visitor, self.client, self.client, visitor)]

        said = [re.findall(r'class="message message-\w+"', page) for page in seen]
        self.assertEqual([len(each) for each in said], [0, 1, 0, 0])

    def test_a_form_with_a_token_is_never_shared(self):
        @shared_page()
        def page(request):
            return render(request, "books/preferences.html", {"preferences_form": ()})

        request = RequestFactory().get("/")
        request.resolver_match = None

        with self.assertRaises(ImproperlyConfigured):
            page(request)
        self.assertLess(memory.used(), 20_000)

    def test_a_view_does_not_see_who_asks(self):
        seen = []

        @shared_page("page")
        def page(request):
            seen.append(request)
            return HttpResponse("Same for all")

        request = RequestFactory().get(
            "/", {"page": "2", "name": "Ada"}, headers={"cookie": "sessionid=a; colours=dark"}
        )
        request.user, request.resolver_match = self.ada, None
        page(request)

        [plain] = seen
        self.assertFalse(plain.user.is_authenticated)
        self.assertEqual(plain.COOKIES, {"colours": "dark"})
        self.assertEqual(plain.get_full_path(), "/?page=2")
        self.assertEqual(plain.META.keys(), {"QUERY_STRING"})


class KeepingTests(SharedPagesTestCase):
    def test_every_table_that_visitors_see_is_watched(self):
        watched = {model._meta.db_table for model in SHOWN} | {CustomUser._meta.db_table}
        named = [self.book.authorships.get().author, self.book.subjects.get(), self.book.series]
        lists = [reverse("book_list"), *(each.get_absolute_url() for each in named)]
        searches = [reverse("search_results", query={"q": words}) for words in ("night", "nihgt")]
        with CaptureQueriesContext(connection) as queries:
            for path in [*self.pages, *lists, *searches]:
                self.assertEqual(self.client.get(path).headers["Cache-Control"], FOR_VISITORS)

        read = set(re.findall(r'(?:FROM|JOIN) "?(\w+_\w+)', " ".join(each["sql"] for each in queries)))
        # The revision itself, and SQLite's index of the search entries, which has no rows of its own.
        read -= {CatalogueRevision._meta.db_table, Moment._meta.db_table, "books_searchindex"}
        # PostgreSQL's estimates, by which a search is planned, and which are asked for once in a while.
        read -= {"pg_class", "pg_stats"}

        self.assertGreater(len(read), 12)
        self.assertEqual(read - watched, set())

    def test_ten_thousand_addresses_fit_into_the_bound(self):
        for number in range(10_000):
            memory.keep(("a",), (number,), lambda: Size(40_000))
        used = memory.used()

        self.assertLessEqual(used, memory.MOST)
        self.assertGreater(used, memory.MOST * 0.9)
        # What is asked for often stays.
        for number in range(1_000):
            memory.keep(("a",), ("front page",), lambda: Size(1))
            memory.keep(("a",), (number,), lambda: Size(40_000))
        self.assertEqual(memory.keep(("a",), ("front page",), self.fail).size, 1)

    def test_what_is_larger_than_the_bound_is_answered_and_not_kept(self):
        self.assertEqual(memory.keep(("a",), (1,), lambda: Size(memory.MOST)).size, memory.MOST)
        self.assertEqual(memory.used(), 0)

    def test_a_crawler_fills_no_more_than_the_bound(self):
        for number in range(1, 40):
            self.client.get(f"/books/{self.book.pk}/read/{'0' * number}1/")
        forty = memory.used()
        with mock.patch.object(memory, "_kept", LRUCache(forty // 4, getsizeof=lambda page: page.size)):
            for number in range(1, 40):
                self.client.get(f"/books/{self.book.pk}/read/{'0' * number}1/")

            self.assertLessEqual(memory.used(), forty // 4)

    def test_without_a_revision_every_page_is_rendered_anew(self):
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM books_cataloguerevision")
        self.assertEqual(current_revision(), ())

        for path in self.pages:
            self.assertEqual(self.client.get(path).status_code, 200)

        self.assertEqual(memory.used(), 0)

    def test_with_debug_nothing_is_kept(self):
        with override_settings(DEBUG=True):
            etags = [self.client.get("/").headers["ETag"] for _ in range(2)]

        self.assertEqual(*etags)
        self.assertEqual(memory.used(), 0)

    def test_what_was_changed_is_never_shown_as_it_was(self):
        prices = [f"${price}.00" for price in (11, 12, 11, 13)]
        for before, price in pairwise(["$9.00", *prices]):
            self.book.price = int(price[1:3]) * 100
            self.book.save()
            page = self.client.get(self.pages[2])

            self.assertContains(page, f"Buy for {price}")
            self.assertNotContains(page, f"Buy for {before}")

    def test_staff_see_an_unpublished_book_and_visitors_do_not(self):
        self.assertEqual(self.client.get(self.pages[2]).status_code, 200)
        self.book.unpublish()
        grace, ada = Client(), Client()
        grace.force_login(make_staff())
        ada.force_login(self.ada)

        answers = [client.get(path) for path in (self.pages[2], self.pages[4]) for client in (grace, ada)]

        self.assertEqual([answer.status_code for answer in answers], [200] * 4)
        self.assertEqual({answer.headers["Cache-Control"] for answer in answers}, {"private, no-store"})
        self.assertEqual(
            [self.client.get(path).status_code for path in (self.pages[2], self.pages[4])], [404] * 2
        )
