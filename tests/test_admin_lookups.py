"""What a list in the admin does not show cannot be read through it by any column, order or search."""

import re
from html import unescape
from unittest.mock import patch
from uuid import uuid4

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import CharField
from django.db.models.constants import LOOKUP_SEP
from django.test import Client, RequestFactory, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from post_office.models import STATUS, Email

from books.models import Book
from books.tests.builders import make_book, make_reader, make_staff
from orders.models import OrderStatus, StripeEvent
from orders.tests.builders import make_order
from users.model_admin import MOST_CHARACTERS, MOST_WORDS, ShopModelAdmin

# What nobody may find out, in whatever way.
SECRETS = {"password", "message", "html_message", "headers", "context", "session_key", "session_data"}


def admins():
    return list(admin.site._registry.values())


def address_of(model_admin):
    return reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")


def columns_of(model):
    """Yield each column of a model and of its related models, as (path, field)."""
    for field in model._meta.get_fields(include_hidden=True):
        if field.is_relation and field.related_model and hasattr(field, "path_infos"):
            name = field.name if field.concrete or field.many_to_many else field.field.related_query_name()
            for column in field.related_model._meta.concrete_fields:
                yield f"{name}{LOOKUP_SEP}{column.name}", column
        if field.concrete:
            yield field.name, field


class LookupsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.grace = make_staff()

    def setUp(self):
        self.client.force_login(self.grace)
        self.request = RequestFactory().get("/")
        self.request.user = self.grace

    def is_offered(self, model_admin, path):
        """Tell whether a list shows a column, filters by it, or shows the object whose key it is."""
        filters = [each[0] if isinstance(each, tuple) else each for each in model_admin.list_filter]
        shown = {*model_admin.list_display, *filters, model_admin.date_hierarchy}
        relation, _, column = path.rpartition(LOOKUP_SEP)
        is_key = relation in shown and model_admin.model._meta.get_field(relation).target_field.name == column
        return path in shown or is_key

    def test_every_admin_class_is_based_on_shop_model_admin(self):
        others = [each for each in admins() if not isinstance(each, ShopModelAdmin)]

        self.assertEqual(others, [])

    def test_a_hidden_column_cannot_be_asked_about(self):
        for model_admin in admins():
            for path, field in columns_of(model_admin.model):
                if self.is_offered(model_admin, path):
                    continue
                asked = [path, f"{path}__isnull", *(f"{path}__{each}" for each in field.get_lookups())]
                answered = [each for each in asked if model_admin.lookup_allowed(each, "a", self.request)]
                self.assertEqual(answered, [], model_admin)

    def test_the_list_answers_400(self):
        for model_admin in admins():
            for path, _ in columns_of(model_admin.model):
                relation, _, column = path.rpartition(LOOKUP_SEP)
                if self.is_offered(model_admin, path) or (relation and column not in SECRETS):
                    continue
                response = self.client.get(address_of(model_admin), {f"{path}__startswith": "a"})
                self.assertEqual(response.status_code, 400, (model_admin, path))

    def test_a_shown_column_is_asked_for_one_value_and_for_no_part_of_one(self):
        users = admin.site._registry[get_user_model()]

        allowed = [
            name
            for name in ("email", "email__exact", "email__regex", "email__startswith", "email__in")
            if users.lookup_allowed(name, "a", self.request)
        ]

        self.assertEqual(allowed, ["email", "email__exact"])

    def test_every_filter_that_a_list_offers_works(self):
        make_order(make_reader("ada"), status=OrderStatus.PAID)
        make_book("The Ferry")
        Email.objects.create(to=["ada@example.com"], from_email="books@example.com", status=STATUS.sent)
        followed = 0
        for model_admin in admins():
            page = self.client.get(address_of(model_admin)).content.decode()
            for link in sorted(set(re.findall(r'href="(\?[^"]+)"', page))):
                with self.subTest(str(model_admin), link=link):
                    response = self.client.get(address_of(model_admin) + unescape(link))
                    self.assertEqual(response.status_code, 200)
                    followed += 1

        self.assertGreater(followed, 50)

    def test_links_from_other_pages_work(self):
        book = make_book("The Ferry")
        StripeEvent.objects.create(id="evt_1", type="x", livemode=False, created_at=timezone.now())
        pages = [reverse("money_doctor"), reverse("admin:books_book_change", args=[book.pk])]

        links = {
            unescape(link)
            for page in pages
            for link in re.findall(r'href="(/admin/[^"]+\?[^"]+)"', self.client.get(page).content.decode())
            if "_popup" not in link
        }

        self.assertEqual(
            links,
            {f"/admin/books/review/?book__id__exact={book.pk}", "/admin/orders/stripeevent/?state=open"},
        )
        self.assertEqual({self.client.get(link).status_code for link in links}, {200})

    def test_no_list_is_ordered_or_searched_by_a_secret(self):
        for model_admin in admins():
            with self.subTest(str(model_admin)):
                changelist = model_admin.get_changelist_instance(self.list_request())
                ordered = [changelist.get_ordering_field(each) for each in changelist.list_display]
                used = [str(each) for each in (*ordered, *model_admin.search_fields)]
                columns = {part for each in used for part in each.strip("-=^@").split(LOOKUP_SEP)}
                self.assertEqual(columns & SECRETS, set())

    def test_no_list_returns_another_column_than_its_key(self):
        for model_admin in admins():
            for field in model_admin.opts.concrete_fields:
                asked = {"_popup": "1", "_to_field": field.name}
                response = self.client.get(address_of(model_admin), asked)
                expected = 200 if field.primary_key else 400
                self.assertEqual(response.status_code, expected, (model_admin, field.name))

    def test_a_refund_shows_the_address_by_which_it_is_found(self):
        order = make_order(make_reader("ada"), status=OrderStatus.PAID)
        refund = order.refunds.create(amount=1, origin="dashboard", stripe_charge_id=order.stripe_charge_id)

        page = self.client.get(reverse("admin:orders_refund_change", args=[refund.pk]))

        self.assertContains(page, "ada@example.com")

    def list_request(self):
        request = RequestFactory().get("/")
        request.user = self.grace
        return request


class PostedListTests(TestCase):
    """What is sent along with an action on chosen rows."""

    IMPOSSIBLE = ("abc", "9" * 40, "1" * 5000, "-1e400", "1.5")

    def setUp(self):
        self.client = Client(raise_request_exception=False)
        self.client.force_login(make_staff())
        self.book = make_book("The Ferry")
        self.request = RequestFactory().get("/")
        self.request.user = get_user_model().objects.get()

    def actions(self):
        for model_admin in admins():
            for name in model_admin.get_actions(self.request):
                yield model_admin, name

    def test_a_key_that_no_row_can_have_gets_400_from_every_action(self):
        asked = 0
        for model_admin, name in self.actions():
            if isinstance(model_admin.opts.pk, CharField):
                continue  # any text may be a key there
            for key in self.IMPOSSIBLE:
                with self.subTest(str(model_admin), name=name, key=key[:9]):
                    sent = {"action": name, "_selected_action": [key], "index": "0"}
                    self.assertEqual(self.client.post(address_of(model_admin), sent).status_code, 400)
                    asked += 1

        self.assertGreater(asked, 30)
        self.assertEqual(Book.objects.count(), 1)

    def test_a_key_that_no_row_has_is_no_error_and_a_right_one_is_acted_on(self):
        missing = uuid4()
        address = reverse("admin:books_book_changelist")
        sent = {"action": "delete_selected", "post": "yes"}

        first = self.client.post(address, sent | {"_selected_action": [str(missing)]})
        count = Book.objects.count()
        self.client.post(address, sent | {"_selected_action": [str(self.book.pk)]})

        self.assertEqual((first.status_code, count, Book.objects.count()), (302, 1, 0))

    def test_an_odd_index_is_no_error(self):
        for index in ("zz", "-1", "9" * 40, "9" * 5000):
            sent = {"action": "delete_selected", "_selected_action": [str(self.book.pk)], "index": index}
            answer = self.client.post(reverse("admin:books_book_changelist"), sent)
            self.assertIn(answer.status_code, (200, 302), index[:9])

    def test_a_query_that_cannot_be_looked_up_is_no_fault_with_a_form_either(self):
        sent = {"action": "delete_selected", "_selected_action": [str(self.book.pk)]}
        address = reverse("admin:orders_order_changelist")
        month_of_none = "created_at__year=2026&created_at__month=99"
        for query in (
            "created_at__year=99999",
            month_of_none,
            "user__id__exact=abc",
            f"user__id__exact={'9' * 40}",
        ):
            for data in (sent, {}):
                self.assertLess(self.client.post(f"{address}?{query}", data).status_code, 500, query)

    def test_a_fault_of_the_shop_s_own_stays_a_fault(self):
        sent = {"action": "delete_selected", "post": "yes", "_selected_action": [str(self.book.pk)]}
        address = reverse("admin:books_book_changelist")
        with (
            patch.object(ShopModelAdmin, "log_deletions", side_effect=ValueError("a fault")),
            self.assertLogs("django.request", "ERROR") as log,
        ):
            statuses = [self.client.post(address + query, sent).status_code for query in ("", "?q=ferry")]

        self.assertEqual(statuses, [500, 500])
        self.assertIn("ValueError: a fault", log.output[0])


class SearchTests(TestCase):
    def setUp(self):
        self.client.force_login(make_staff())

    def test_a_search_looks_for_so_many_words_and_no_more(self):
        make_book("The Ferry")
        for model_admin in admins():
            with self.subTest(str(model_admin)), CaptureQueriesContext(connection) as queries:
                answer = self.client.get(address_of(model_admin), {"q": "a " * 5000})
                self.assertEqual(answer.status_code, 200)
                compared = max(query["sql"].count(" LIKE ") for query in queries)
                self.assertLessEqual(compared, MOST_WORDS * len(model_admin.search_fields))

    def test_nor_for_a_longer_text_than_any_column_that_is_searched_needs(self):
        address = reverse("admin:books_book_changelist")
        with CaptureQueriesContext(connection) as queries:
            for query in ("a" * 60_000, '"' + "a " * 30_000 + '"'):
                self.client.get(address, {"q": query})

        self.assertNotIn("a" * (MOST_CHARACTERS + 1), str([query["sql"] for query in queries]))
        self.assertNotIn("a " * MOST_CHARACTERS, str([query["sql"] for query in queries]))

    def test_what_people_type_is_looked_for_whole(self):
        make_book("The Ferry at Low Water")
        make_book("The Ferry at High Water")

        for query, count in {
            "ferry water": 2,
            '"low water"': 1,
            "the ferry at low water": 1,
            "low high": 0,
        }.items():
            answer = self.client.get(reverse("admin:books_book_changelist"), {"q": query})
            self.assertEqual(answer.context["cl"].result_count, count, query)

    def test_the_search_in_a_field_for_choosing_has_the_same_bounds(self):
        asked = {"app_label": "books", "model_name": "grant", "field_name": "user", "term": "a " * 5000}

        self.assertEqual(self.client.get(reverse("admin:autocomplete"), asked).status_code, 200)


class LetterOfAResetTests(TestCase):
    """A member of staff who may see the mail queue, and nothing else."""

    def setUp(self):
        self.grace = make_staff()
        Email.objects.create(
            to=[self.grace.email],
            from_email="books@example.com",
            subject="Choose a new password",
            message="Open https://books.example/reset/key/secret/",
            html_message="<a href='https://books.example/reset/key/secret/'>Open</a>",
            status=STATUS.sent,
        )
        self.helper = get_user_model().objects.create_user("helper@example.com", "testpass123", is_staff=True)
        self.helper.user_permissions.add(Permission.objects.get(codename="view_email"))
        self.client.force_login(self.helper)
        self.list = reverse("admin:post_office_email_changelist")

    def test_its_link_cannot_be_guessed(self):
        for name in (
            "message__contains",
            "html_message__regex",
            "context__contains",
            "logs__message__startswith",
        ):
            for guess in ("secret", "wrong"):
                with self.subTest(name=name, guess=guess):
                    self.assertEqual(self.client.get(self.list, {name: guess}).status_code, 400)

    def test_a_search_does_not_look_into_its_text(self):
        self.assertEqual(self.client.get(self.list, {"q": "secret"}).context["cl"].result_count, 0)
        self.assertEqual(self.client.get(self.list, {"q": "new password"}).context["cl"].result_count, 1)

    def test_neither_the_list_nor_the_letter_s_page_shows_it(self):
        letter = Email.objects.get()
        for address in (self.list, reverse("admin:post_office_email_change", args=[letter.pk])):
            with self.subTest(address):
                page = self.client.get(address)
                self.assertContains(page, "Choose a new password")
                self.assertContains(page, self.grace.email)
                self.assertNotContains(page, "secret")
