"""What is true of every page, so that checkers of HTML and accessibility find nothing wrong."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from lxml import html

from books.models import Intake, Mark, Series
from books.tests.builders import make_book, make_bundle, make_reader, make_review, make_staff
from books.tests.epubs import make_epub
from orders.giving.redeeming import redeem
from orders.models import AttemptOutcome, OrderStatus
from orders.models.buying.claim_links import claim_address
from orders.tests.builders import make_order
from orders.tests.giving.cases import make_copies, token_of
from pages.models import ShopSettings
from pages.tests.builders import make_page
from tests.hostile import Visitor, filled, parameters, routes
from tests.programs import PROJECT
from users.tests.builders import log_in_as, make_guest

pytestmark = pytest.mark.postgresql  # takes a while, and pages are the same on SQLite

OURS = {path.name: path.read_text() for path in PROJECT.glob("static/css/*.css")}
# A date, or a time without microseconds, which HTML does not allow here.
DATETIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d[+-]\d{4})?")
FIELDS = "//input[not(@type='hidden' or @type='submit' or @hidden)] | //select | //textarea"
LABELLED = "ancestor::label or @aria-label or @aria-labelledby or @id = //label/@for"


# Pages of an order for others.
GIVEN = ("", "cards/", "seats/", "gift/address/")


@cache
def classes_in(stylesheet):
    """Return the classes that a stylesheet has a rule for."""
    selectors = re.sub(r"\{[^{}]*\}|/\*.*?\*/", " ", stylesheet, flags=re.DOTALL)
    return set(re.findall(r"\.([a-z][\w-]*)", selectors))


class EveryPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        """Open every page as a visitor, as Ada (owns All Books), Bob (owns a book) and Carol (in doubt)."""
        tides = Series.objects.create(title="The Tides")
        book, other = make_book(chapters=3, subjects=["Sea"], series=tides), make_book("Night Bus")
        bundle = make_bundle("Two Journeys", book, other)
        ada, bob = make_reader("ada", all_books=True), make_reader("bob")
        make_review(book, ada)
        make_review(book, bob, text="I did not finish it.")
        make_order(bob, product=book)
        order = make_order(bob, product=other, status=OrderStatus.PAID)
        bookmark = Mark.objects.create(user=ada, book=book, chapter=1, fraction=0)
        Mark.objects.create(
            user=ada, book=book, chapter=1, colour="green", quotation="It rained.", note="Again"
        )
        claim = make_order(make_guest(), product=book, status=OrderStatus.PAID, email="dan@example.com")
        gift, copies = make_copies(bob, make_book("The Pier")), make_copies(bob, make_book("The Quay"), 2)
        redeem(token_of(copies), bob)
        arguments = {
            "token": claim_address(claim).split("/")[-2],
            "code": token_of(gift),
            "slug": bundle.slug,
            "uidb36": "1",
            "paragraph": 1,
            "digits": "9c3418",
            "form": "markdown",
            "key": "made-up",
            "review": 1,
            "name": "x",
            "path": "x",
            "address": "x",
            "section": "books",
            "file": "all",
        }
        cls.pages = {}
        visitors = {"visitor": Visitor(), "ada": Visitor(ada), "bob": Visitor(bob)}
        # With its key, because sessions that have ended are not listed.
        key = visitors["ada"].client.session.session_key
        UserSession.objects.create(user=ada, ip="127.0.0.1", session_key=key, user_agent="Firefox")
        for who, visitor in visitors.items():
            for route in (route for route in routes() if not route.startswith("admin/")):
                pk = (
                    order.pk
                    if route.startswith("orders/")
                    else bookmark.pk
                    if "bookmarks/<" in route
                    else book.pk
                )
                for number in (1, 2, 3) if "number" in parameters(route) else (1,):
                    path = filled(route, arguments | {"number": number, "pk": pk})
                    cls.keep(who, visitor, path)
            for path in (
                "/books/search/?q=night",
                "/books/search/inside/?q=rained",
                f"/orders/?book={book.pk}",
                "/books/?language=en&view=list",
                "/orders/give/",
                f"/orders/give/?book={book.pk}",
                *(f"{each.get_absolute_url()}{page}" for each in (gift, copies) for page in GIVEN),
                *(named.get_absolute_url() for named in (tides, book.authors.get(), book.subjects.get())),
            ):
                cls.keep(who, visitor, path)
        carol = make_reader("carol")
        # In Stripe's other mode, so that its page does not ask Stripe.
        doubtful = make_order(carol, livemode=True)
        doubtful.attempts.create(number=1, api="hosted_page", outcome=AttemptOutcome.PROCESSING)
        cls.keep("carol", Visitor(carol), doubtful.get_absolute_url())
        guest = Visitor()
        guest.client = log_in_as(claim.user)
        for path in (
            "/orders/claim/",
            "/accounts/",
            "/accounts/erase/",
            "/library/",
            claim.get_absolute_url(),
        ):
            cls.keep("guest", guest, path)

    @classmethod
    def keep(cls, who, visitor, path):
        answer = visitor.ask(path)
        if answer.get("Content-Type", "").startswith("text/html") and answer.content:
            cls.pages[f"{who}: {path}"] = html.fromstring(answer.content)

    def assert_nowhere(self, find):
        """Fail with the pages on which `find` finds something."""
        found = {name: find(page) for name, page in self.pages.items()}
        self.assertGreater(len(found), 60)
        self.assertFalse(any(found.values()), {name: each for name, each in found.items() if each})

    def assert_none(self, xpath):
        self.assert_nowhere(lambda page: [html.tostring(each)[:200] for each in page.xpath(xpath)])

    def test_it_loads_the_stylesheets_of_its_classes(self):
        ours = set().union(*map(classes_in, OURS.values()))

        def unstyled(page):
            named = {word for words in page.xpath("//@class") for word in words.split()}
            loaded = page.xpath("//link[@rel='stylesheet']/@href")
            files = [Path(finders.find(address.removeprefix("/static/"))) for address in loaded]
            return (named & ours).difference(*(classes_in(file.read_text()) for file in files))

        self.assert_nowhere(unstyled)

    def test_every_field_has_a_label(self):
        self.assert_none(f"({FIELDS})[not({LABELLED})]")

    def test_fields_inside_details_keep_their_names(self):
        # Some screen readers skip what is not drawn, such as a label in a closed `details`: there the label
        # has to contain its field, or the field to name it by id.
        named = "ancestor::label or @aria-label or @aria-labelledby = //@id"
        self.assert_none(f"({FIELDS})[ancestor::details][not({named})]")
        self.assert_none("//fieldset[ancestor::details][not(@aria-labelledby = legend/@id)]")

    def test_a_label_belongs_to_a_field(self):
        self.assert_none(
            "//legend[@for] | //label[@for][not(@for = //input/@id | //select/@id | //textarea/@id)]"
        )

    def test_a_field_for_an_address_says_so_to_the_browser(self):
        self.assert_none("//input[@type='email'][not(@autocomplete='email')]")

    def test_articles_have_headings_and_names_of_their_own(self):
        self.assert_none("//article[not(.//h1 | .//h2 | .//h3)]")
        self.assert_none("//article[count(//article) > 1][not(@aria-labelledby = .//@id)]")

    def test_no_list_is_empty(self):
        self.assert_none("//ul[not(li)] | //ol[not(li)]")

    def test_sections_have_headings(self):
        self.assert_none("//section[not(.//h2 | .//h3)]")

    def test_groups_of_fields_have_names(self):
        self.assert_none("//fieldset[not(legend[normalize-space()])]")

    def test_tables_say_what_they_list(self):
        self.assert_none("//table[not(ancestor::article[@id='place'])][not(caption[normalize-space()])]")

    def test_forms_on_one_page_have_different_names(self):
        def twice(page):
            names = page.xpath("//form[not(@role='search')]")
            counted = Counter(form.get("aria-label", "") for form in names)
            return [name for name, count in counted.items() if count > 1]

        self.assert_nowhere(twice)

    def test_times_are_valid_in_html(self):
        self.assert_nowhere(
            lambda page: [each for each in page.xpath("//time/@datetime") if not DATETIME.fullmatch(each)]
        )


class AdminPagesTests(TestCase):
    """The admin: our own pages, and the lists and forms of every model."""

    @classmethod
    def setUpTestData(cls):
        bob, book, cls.grace = make_reader("bob"), make_book(), make_staff()
        orders = [
            make_order(bob, product=product, status=OrderStatus.PAID) for product in (book, make_book("Bus"))
        ]
        make_review(book, bob).reports.create(reporter=cls.grace)
        Group.objects.create(name="Helpers")
        ShopSettings.objects.create()
        make_page("Terms", "## One", "## Two")
        visitor = Visitor(cls.grace)
        file = SimpleUploadedFile("ferry.epub", make_epub().getvalue(), "application/epub+zip")
        visitor.client.post("/admin/books/book/intake/", {"files": [file]})
        chosen = "&".join(f"order={order.pk}" for order in orders)
        paths = [
            "/admin/",
            "/admin/money-doctor/",
            "/admin/pages/shopsettings/first-steps/",
            "/admin/books/book/intake/",
            f"/admin/books/book/intake/{Intake.objects.get().pk}/",
            f"/admin/books/grant/explain/?reader={bob.email}&book={book.pk}",
            f"/admin/orders/order/refund/?{chosen}",
            f"/admin/users/customuser/{bob.pk}/password/",
            "/admin/books/author/add/?_popup=1",
            *cls.paths_of_models(),
        ]
        answers = {path: visitor.ask(path) for path in paths}
        cls.pages = {
            path: html.fromstring(answer.content)
            for path, answer in answers.items()
            if answer.status_code == 200
        }

    @staticmethod
    def paths_of_models():
        """Yield the addresses of each model's list, with rows and without, of its form and its last row."""
        for model in admin.site._registry:
            start = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
            yield from (start, f"{start}?q=nothing", f"{start}add/")
            if row := model._default_manager.order_by("pk").last():
                yield f"{start}{row.pk}/change/"

    def assert_nowhere(self, find):
        """Fail with the pages on which `find` finds something."""
        found = {path: find(page) for path, page in self.pages.items()}
        self.assertGreater(len(found), 40)
        self.assertFalse(any(found.values()), {path: each for path, each in found.items() if each})

    def assert_none(self, xpath):
        self.assert_nowhere(lambda page: [html.tostring(each)[:200] for each in page.xpath(xpath)])

    def test_forms_have_different_names_and_can_be_sent(self):
        def twice(page):
            counted = Counter(form.get("aria-label", "") for form in page.xpath("//form"))
            return [name for name, count in counted.items() if count > 1 or not name]

        self.assert_nowhere(twice)
        self.assert_none("//form[not(.//*[@type='submit'])]")

    def test_groups_of_fields_have_names(self):
        self.assert_none("//fieldset[not(legend[normalize-space()])]")
        self.assert_none("//*[@role='group'][not(@aria-labelledby = .//@id)]")

    def test_groups_about_different_orders_have_different_names(self):
        names = self.pages[next(path for path in self.pages if "/refund/" in path)].xpath(
            "//*[@role='group']/h2/text()"
        )
        self.assertEqual((len(names), len(set(names))), (3, 3))

    def test_every_field_has_a_label(self):
        self.assert_none(f"({FIELDS})[not({LABELLED})]")

    def test_every_description_that_a_field_names_exists(self):
        self.assert_none("//*[@aria-describedby][not(@aria-describedby = //@id)]")

    def test_links_have_names(self):
        self.assert_none("//a[not(normalize-space() or @title or img[@alt!=''])]")

    def test_tables_say_what_they_list_and_what_each_column_is(self):
        self.assert_none("//table[not(caption[normalize-space()])]")
        self.assert_none("//th[not(@scope)]")
        self.assert_none("//th[not(normalize-space() or .//input)]")

    def test_tables_have_rows_and_rows_have_as_many_cells_as_the_heading(self):
        def uneven(page):
            return [
                html.tostring(row)[:200]
                for table in page.xpath("//table[thead]")
                for row in table.xpath("tbody/tr")
                if len(row) != len(table.xpath("thead/tr")[0])
            ]

        self.assert_nowhere(uneven)
        self.assert_none("//tbody[not(tr)] | //ul[not(li)] | //ol[not(li)]")

    def test_everything_to_be_read_is_inside_a_landmark(self):
        self.assert_none(
            "//body//*[self::a or self::button][not(ancestor::header or ancestor::nav or ancestor::main)]"
        )

    def test_a_required_list_of_choices_begins_with_an_empty_one(self):
        self.assert_none("//select[@required][not(@multiple)][not(option[1][@value=''])]")

    def test_every_choice_has_words(self):
        self.assert_none("//option[not(normalize-space())]")

    def test_no_more_is_disabled_than_can_be(self):
        self.assert_none("//*[@disabled][self::div]")
