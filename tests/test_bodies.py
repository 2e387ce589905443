"""How large a body may be, at which address and from whom."""

import re
from io import BytesIO
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory, TestCase
from django.urls import get_resolver, resolve, reverse

from books.models import Intake, Review
from books.tests.builders import make_book, make_reader, make_staff
from users.requests.bodies import LONG, USUAL, WITH_FILES, limit_for


class BodyTestCase(TestCase):
    def setUp(self):
        self.book = make_book()
        self.ada = make_reader("ada", all_books=True)
        self.grace = make_staff()

    def helper(self, *permissions):
        """Save a member of staff with these permissions and no others."""
        helper = make_reader("helen")
        helper.is_staff = True
        helper.save()
        helper.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        return helper

    def largest_at(self, path, user=None):
        """Return the largest of the three sizes that is not refused at this address."""
        browser = Client()
        if user:
            browser.force_login(user)
        taken = [size for size in (USUAL, LONG, WITH_FILES) if self.send(browser, path, size) != 413]
        refused = [self.send(browser, path, size + 1) for size in taken[-1:]]
        self.assertEqual(refused, [413])
        return taken[-1]

    @staticmethod
    def send(browser, path, length, **how):
        # Only the length is declared, and no body is sent: a refusal can be due to the declared length alone.
        sent = {"CONTENT_LENGTH": str(length), "wsgi.input": BytesIO()} | how
        return browser.generic("POST", path, **sent).status_code


class DeclaredLengthTests(BodyTestCase):
    def test_everybody_may_send_usual_bodies_and_stripe_long_ones(self):
        for path in ("/", "/accounts/login/", f"/books/{self.book.pk}/review/", "/admin/login/"):
            for user in (None, self.ada):
                with self.subTest(path, user=user):
                    self.assertEqual(self.largest_at(path, user), USUAL)
        self.assertEqual(self.largest_at(reverse("stripe_webhook")), LONG)

    def test_staff_may_send_long_forms_in_the_admin_only(self):
        for path in (reverse("admin:books_bundle_changelist"), reverse("money_doctor_repair")):
            with self.subTest(path):
                self.assertEqual(self.largest_at(path, self.grace), LONG)
                self.assertEqual(self.largest_at(path, self.ada), USUAL)
        self.assertEqual(self.largest_at("/accounts/", self.grace), USUAL)

    def test_files_may_be_sent_by_staff_with_the_permission_and_by_nobody_else(self):
        change = reverse("admin:books_book_change", args=[self.book.pk])
        add, uploads = reverse("admin:books_book_add"), reverse("admin:books_intake_list")
        for path, right in {change: "change_book", add: "add_book", uploads: "add_book"}.items():
            with self.subTest(path):
                helper = self.helper(right)
                self.assertEqual(self.largest_at(path, helper), WITH_FILES)
                helper.delete()
                other = self.helper("view_book", "change_author")
                self.assertEqual(self.largest_at(path, other), LONG)
                other.delete()
                self.assertEqual(self.largest_at(path, self.ada), USUAL)
                self.assertEqual(self.largest_at(path), USUAL)

    def test_the_longest_review_that_can_be_written_fits(self):
        browser = Client()
        browser.force_login(self.ada)

        browser.post(f"/books/{self.book.pk}/review/", {"rating": 5, "text": "📚" * 5000})

        self.assertEqual(Review.objects.get().text, "📚" * 5000)

    def test_a_file_larger_than_a_long_form_arrives(self):
        browser = Client()
        browser.force_login(self.grace)

        page = browser.post(
            reverse("admin:books_intake_list"),
            {"files": SimpleUploadedFile("large.epub", b"x" * (LONG + 1))},
            follow=True,
        )

        self.assertContains(page, "large.epub")
        self.assertEqual(Intake.objects.count(), 0)

    def test_health_checks_read_no_body(self):
        self.assertEqual(self.send(Client(), "/healthz/", 5 * LONG), 405)


class UndeclaredLengthTests(BodyTestCase):
    """Bodies in chunks, as gunicorn passes them on: without a length, but with an end."""

    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}

    def test_they_are_cut_off_at_the_same_limit(self):
        for path, most in {"/accounts/login/": USUAL, reverse("stripe_webhook"): LONG}.items():
            with self.subTest(path):
                body = BytesIO(b"x" * 5 * LONG)
                self.assertEqual(self.send(Client(), path, 0, **self.chunked, **{"wsgi.input": body}), 413)
                self.assertEqual(body.tell(), most + 1)

    def test_where_files_are_expected_they_may_only_be_as_long_as_a_form(self):
        browser = Client()
        browser.force_login(self.grace)
        body = BytesIO(b"x" * 5 * LONG)

        status = self.send(
            browser, reverse("admin:books_intake_list"), 0, **self.chunked, **{"wsgi.input": body}
        )

        self.assertEqual((status, body.tell()), (413, LONG + 1))

    def test_a_short_one_is_read_as_if_its_length_had_been_declared(self):
        browser = Client()
        browser.force_login(self.ada)
        body = BytesIO(b"rating=5&text=Chunked")

        browser.generic(
            "POST",
            f"/books/{self.book.pk}/review/",
            CONTENT_TYPE="application/x-www-form-urlencoded",
            **self.chunked,
            **{"wsgi.input": body},
        )

        self.assertEqual(Review.objects.get().text, "Chunked")


class Unreadable:
    """A body that breaks whoever reads it."""

    def read(self, *size):
        raise AssertionError("The body was read.")

    readline = read


URLENCODED = "application/x-www-form-urlencoded"


class BeforeAnythingReadsTests(BodyTestCase):
    """Forms as browsers send them: Django reads these whenever anybody looks at what was posted."""

    def too_long(self, kind, length=USUAL + 1):
        return {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(length), "wsgi.input": Unreadable()}

    def test_no_byte_of_a_form_that_is_too_long_is_read(self):
        paths = ["/", "/books/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
        paths += [f"/books/{self.book.pk}/review/", "/library/preferences/", "/admin/login/"]
        for path in paths:
            for kind in ("multipart/form-data; boundary=x", URLENCODED):
                with self.subTest(path, kind=kind):
                    browser = Client(enforce_csrf_checks=True)
                    answer = browser.generic("POST", path, **self.too_long(kind))
                    self.assertEqual(answer.status_code, 413)

    def test_nor_of_one_that_is_too_long_for_what_its_sender_may(self):
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(self.grace)
        address = reverse("admin:books_bundle_changelist")

        answer = browser.generic(
            "POST", address, **self.too_long("multipart/form-data; boundary=x", LONG + 1)
        )

        self.assertEqual(answer.status_code, 413)

    def test_a_form_in_chunks_is_read_and_its_token_looked_at_as_with_a_length(self):
        EmailAddress.objects.create(user=self.ada, email=self.ada.email, verified=True, primary=True)
        for with_token, chunks in ((True, True), (True, False), (False, True), (False, False)):
            with self.subTest(with_token=with_token, chunks=chunks):
                cache.clear()
                browser = Client(enforce_csrf_checks=True)
                page = browser.get("/accounts/login/")
                form = {"login": "ada@example.com", "password": "testpass123"}
                token = {"csrfmiddlewaretoken": page.context["csrf_token"]} if with_token else {}
                body = urlencode(form | {name: str(value) for name, value in token.items()}).encode()
                announced = {"CONTENT_LENGTH": str(len(body))}
                sent = UndeclaredLengthTests.chunked if chunks else announced
                answer = browser.generic(
                    "POST",
                    "/accounts/login/",
                    CONTENT_TYPE=URLENCODED,
                    **sent,
                    **{"wsgi.input": BytesIO(body)},
                )
                self.assertEqual(answer.status_code, 302 if with_token else 403)
                self.assertEqual("_auth_user_id" in browser.session, with_token)


class FormsWithFilesTests(BodyTestCase):
    def test_every_form_of_the_admin_that_takes_a_file_has_room_for_it(self):
        request = RequestFactory().get("/")
        request.user = self.grace
        found = set()
        for model, model_admin in admin.site._registry.items():
            if not model_admin.has_change_permission(request):
                continue
            inlines = [formset.form for formset, _ in model_admin.get_formsets_with_inlines(request)]
            fields = [
                field
                for form in (model_admin.get_form(request), *inlines)
                for field in form.base_fields.values()
            ]
            takes_files = any(isinstance(field, forms.FileField) for field in fields)
            for view in (model_admin.add_view, model_admin.change_view):
                self.assertEqual(takes_files, hasattr(view, "body_limit"), model)
            found |= {model.__name__} if takes_files else set()
        self.assertEqual(found, {"Book", "ShopSettings"})

    def test_no_view_but_these_takes_more_than_a_long_form(self):
        generous = {name for name, view in _views(get_resolver()) if getattr(view, "body_limit", None)} - {
            "stripe_webhook"
        }

        books = {"books_book_add", "books_book_change", "books_intake_list"}
        self.assertEqual(generous, books | {"pages_shopsettings_add", "pages_shopsettings_change"})
        self.assertEqual(resolve(reverse("stripe_webhook")).func.body_limit.size, LONG)


def _views(resolver):
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _views(pattern)
        else:
            yield pattern.name, pattern.callback


class ProxyTests(BodyTestCase):
    """nginx passes on what the shop accepts, and no more: docs/nginx.conf."""

    configuration = (settings.BASE_DIR / "docs" / "nginx.conf").read_text()
    locations = re.findall(r"location (=|~|) ?(/\S*|\^\S+) \{(.*?)\}", configuration, re.DOTALL)

    def size_at(self, path):
        """Return how much nginx passes on: an exact location wins, then a pattern, then the longest path."""
        exact = [block for kind, place, block in self.locations if kind == "=" and place == path]
        matching = [block for kind, place, block in self.locations if kind == "~" and re.search(place, path)]
        within = [
            (len(place), block)
            for kind, place, block in self.locations
            if not kind and path.startswith(place)
        ]
        [block, *_] = [*exact, *matching, max(within)[1]]
        # A location without a limit of its own gets the first one in the file.
        number, unit = re.search(r"client_max_body_size (\d+)([km]);", block + self.configuration).groups()
        return int(number) * {"k": 1024, "m": 1024**2}[unit]

    def test_every_address_has_the_same_limit_there(self):
        sizes = set()
        for route in _routes(get_resolver()):
            path = re.sub(r"<uuid:\w+>", str(self.book.pk), route)
            path = re.sub(r"<int:\w+>|<\w+>|<\w+:\w+>", "1", path)
            if "(" in path:  # one of allauth's regular expressions, for a link in a mail
                continue
            with self.subTest(path):
                request = RequestFactory().post(path)
                request.user = self.grace
                size = self.size_at(path)
                sizes.add(size)
                self.assertEqual(size, limit_for(request, resolve(path).func))
        self.assertEqual(sizes, {USUAL, LONG, WITH_FILES})


def _routes(resolver, before="/"):
    """Yield the whole route of every address."""
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern, route)
        else:
            yield route
