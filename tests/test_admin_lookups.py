"""What a list in the admin does not show cannot be read through it by any column, order or search."""

import re
from html import unescape

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db.models.constants import LOOKUP_SEP
from django.test import RequestFactory, TestCase
from django.urls import reverse
from django.utils import timezone
from post_office.models import STATUS, Email

from books.tests.builders import make_book, make_reader, make_staff
from orders.models import OrderStatus, StripeEvent
from orders.tests.builders import make_order
from users.model_admin import ShopModelAdmin

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
