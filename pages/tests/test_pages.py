"""Pages that staff write: drafts, versions, and where visitors find them."""

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import TestCase, TransactionTestCase, override_settings
from django.urls import reverse

from books.tests.builders import make_reader, make_staff
from pages.models import Page, PageVersion, ShopSettings
from pages.tests.builders import make_page
from tests.shop import shop

LIST = reverse("admin:pages_page_changelist")
ADD = reverse("admin:pages_page_add")


class VisitorsTests(TestCase):
    def test_a_published_page_is_shown_at_its_address_and_listed_for_search_engines(self):
        make_page("Terms", "You may *read*.")

        response = self.client.get("/pages/terms/")

        self.assertContains(response, "<h1>Terms</h1>")
        self.assertContains(response, "<p>You may <em>read</em>.</p>")
        self.assertContains(response, "Version 1, published on")
        self.assertContains(self.client.get(reverse("sitemap")), "<loc>http://testserver/pages/terms/</loc>")

    def test_a_draft_is_nowhere(self):
        Page.objects.create(title="Terms", slug="terms").save_draft("You may read.")

        for address in ("/pages/terms/", "/pages/terms/1/"):
            self.assertEqual(self.client.get(address).status_code, 404)
        self.assertNotContains(self.client.get(reverse("sitemap")), "/pages/")

    def test_a_new_draft_of_a_published_page_changes_nothing_for_visitors(self):
        make_page("Terms", "You may read.").save_draft("You may not.")

        self.assertContains(self.client.get("/pages/terms/"), "You may read.")

    def test_an_earlier_version_stays_at_its_own_address(self):
        make_page("Terms", "Once.", "Now.")

        earlier, current = self.client.get("/pages/terms/1/"), self.client.get("/pages/terms/")

        self.assertContains(earlier, "<p>Once.</p>")
        self.assertContains(earlier, "This is an earlier version.")
        self.assertContains(current, "<p>Now.</p>")
        self.assertNotContains(current, "earlier version")
        self.assertContains(current, '<a href="/pages/terms/1/">Version 1</a>', html=True)

    def test_it_takes_as_many_queries_with_25_versions(self):
        make_page("Terms", "Once.")
        with self.assertNumQueries(4):
            self.client.get("/pages/terms/")
        page = make_page("Privacy", *map(str, range(25)))
        with self.assertNumQueries(4):
            self.client.get(page.get_absolute_url())
        with self.assertNumQueries(1):
            self.client.get(page.get_absolute_url())

    def test_the_footer_lists_the_pages_that_have_a_place_in_their_order(self):
        second, first, nowhere = (
            make_page("Terms", "x", footer_place=2),
            make_page("Imprint", "x", footer_place=1),
            make_page("Hidden", "x"),
        )

        with override_settings(SHOP=shop(second, first, nowhere)):
            text = self.client.get(reverse("about")).text

        self.assertLess(text.index('<a href="/pages/imprint/">Imprint</a>'), text.index("/pages/terms/"))
        self.assertNotIn("/pages/hidden/", text)


class StoredPagesTests(TransactionTestCase):
    serialized_rollback = True

    @pytest.fixture(autouse=True)
    def _as_stored(self, shop_as_stored):
        pass

    def test_a_page_is_in_the_footer_at_the_next_request_after_it_is_published(self):
        page = Page.objects.create(title="Terms", slug="terms", footer_place=1)
        page.save_draft("You may read.")
        before = self.client.get(reverse("about"))

        page.publish(by=None)

        self.assertNotContains(before, "/pages/terms/")
        self.assertContains(self.client.get(reverse("about")), "/pages/terms/")
        self.assertEqual([page.title for page in settings.SHOP.published_pages], ["Terms"])


class VersionsTests(TestCase):
    def test_the_database_refuses_to_change_what_was_published(self):
        version = make_page("Terms", "You may read.").current

        for change in ({"text": "You may not."}, {"number": 7}, {"published_at": None}):
            with self.subTest(change), self.assertRaises(DatabaseError), transaction.atomic():
                PageVersion.objects.filter(pk=version.pk).update(**change)

        version.refresh_from_db()
        self.assertEqual((version.text, version.number), ("You may read.", 1))

    def test_a_draft_is_one_and_may_change(self):
        page = make_page("Terms", "Once.")

        page.save_draft("Soon.")
        page.save_draft("Soon, really.")

        self.assertEqual(page.versions.count(), 2)
        self.assertEqual(page.draft.text, "Soon, really.")
        self.assertEqual(page.publish(by=None).number, 2)
        self.assertIsNone(page.publish(by=None))

    def test_a_draft_like_the_current_version_is_none(self):
        page = make_page("Terms", "Once.")
        page.save_draft("Soon.")

        page.save_draft("Once.")

        self.assertIsNone(page.draft)

    def test_who_published_it_may_erase_their_account(self):
        grace = make_staff()
        page = make_page("Terms")
        page.save_draft("x")
        page.publish(by=grace)

        PageVersion.objects.filter(published_by=grace).update(published_by=None)

        self.assertIsNone(PageVersion.objects.get().published_by)


class AdminTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.grace = make_staff()

    def setUp(self):
        self.client.force_login(self.grace)

    def begin(self, **typed):
        return self.client.post(ADD, {"began_as": "terms", "title": "", "slug": "", **typed})

    def save(self, page, button="_save", **typed):
        values = {
            "title": page.title,
            "slug": page.slug,
            "footer_place": "1",
            "text": page.newest_text,
            button: "x",
        }
        return self.client.post(
            reverse("admin:pages_page_change", args=[page.pk]), values | typed, follow=True
        )

    def test_a_new_page_begins_with_our_text_as_a_draft(self):
        response = self.begin()

        page = Page.objects.get()
        self.assertEqual(response.url, reverse("admin:pages_page_change", args=[page.pk]))
        self.assertEqual((page.title, page.slug, page.is_agreed_to), ("Terms of sale", "terms", True))
        self.assertIn("[your name]", page.draft.text)
        self.assertIsNone(page.current)
        self.assertContains(self.client.get(response.url), "no legal advice")

    def test_every_beginning_has_gaps_and_a_blank_page_none(self):
        for beginning in ("imprint", "terms", "privacy", "returns", "accessibility"):
            with self.subTest(beginning):
                self.begin(began_as=beginning)

                self.assertIn("[your", Page.objects.get(slug=beginning).draft.text)
        self.begin(began_as="blank", title="Our dog", slug="dog")

        self.assertEqual(Page.objects.get(slug="dog").newest_text, "")

    def test_what_the_settings_know_is_filled_in_as_it_was_typed_there(self):
        # Browsers end a line of a form with both characters.
        known = {"postal_address": "1 Quay Street\r\nHull", "register_numbers": "VAT 1\r\nHRB 2"}
        ShopSettings.objects.create(seller_name="Salt Ltd", contact="hello@salt.example", **known)

        self.begin(began_as="imprint")

        text = Page.objects.get().draft.text
        self.assertIn("Salt Ltd\\\n1 Quay Street, Hull\n", text)
        self.assertIn("\nVAT 1\\\nHRB 2\n", text)
        self.assertNotIn("\r", text)

    def test_two_pages_cannot_have_one_address(self):
        self.begin()

        self.assertContains(self.begin(), "There is a page at this address.")
        self.assertContains(self.begin(began_as="blank"), "A blank page needs one.")
        self.assertEqual(Page.objects.count(), 1)

    def test_it_is_not_published_while_a_gap_is_left(self):
        self.begin()
        page = Page.objects.get()

        response = self.save(page, "_publish", text="Sold by [your name] and [your dog].")

        self.assertContains(
            response, "Fill in what is still missing: [your name], [your dog]. Nothing was published."
        )
        page.refresh_from_db()
        self.assertIsNone(page.current)

    def test_a_gap_is_whatever_visitors_would_read_in_brackets(self):
        self.begin()
        page = Page.objects.get()
        gaps = [
            "[ADDRESS]",
            "[name of the *shop*]",
            "[two\nlines]",
            "[ ]",
            "    [by chance code]",
            "| a |\n|-|\n| [cell] |",
        ]
        for gap in gaps:
            with self.subTest(gap):
                response = self.save(page, "_publish", text=f"Sold by Salt Ltd.\n\n{gap}\n")

                self.assertContains(response, "Fill in what is still missing: [")
        self.assertIsNone(Page.objects.get().current)

    def test_links_code_and_escaped_brackets_are_no_gaps(self):
        self.begin()
        links = "[your rights](https://example.com), [terms][1], [1] and ![a ship](ship.png)"
        others = "He wrote \\[sic\\] and `[x]`."

        text = f"{links}\n\n{others}\n\n[1]: /pages/terms/"
        self.save(Page.objects.get(), "_publish", text=text)

        self.assertIsNotNone(Page.objects.get().current)

    def test_it_is_published_once_it_is_complete_with_who_did_it(self):
        self.begin()
        page = Page.objects.get()
        self.save(page, text="Sold by Salt Ltd.")
        draft = Page.objects.get()
        self.assertIsNone(draft.current)

        response = self.save(draft, "_publish", text="Sold by Salt Ltd.\r\nSee [the list](/books/).")

        self.assertContains(response, "Visitors now see")
        version = Page.objects.get().current
        self.assertEqual((version.number, version.published_by), (1, self.grace))
        self.assertEqual(version.text, "Sold by Salt Ltd.\nSee [the list](/books/).")
        self.assertContains(
            self.client.get(reverse("admin:pages_page_history", args=[page.pk])), "Published version 1"
        )

    def test_a_published_page_keeps_its_address_and_cannot_be_deleted(self):
        page = make_page("Terms", "Once.")
        delete = reverse("admin:pages_page_delete", args=[page.pk])

        self.save(page, slug="elsewhere", title="Our terms")

        page.refresh_from_db()
        self.assertEqual((page.slug, page.title), ("terms", "Our terms"))
        self.assertEqual(self.client.post(delete, {"post": "yes"}).status_code, 403)

    def test_a_page_that_was_never_published_can_be(self):
        self.begin()

        self.client.post(reverse("admin:pages_page_delete", args=[Page.objects.get().pk]), {"post": "yes"})

        self.assertEqual(Page.objects.count() + PageVersion.objects.count(), 0)

    def test_readers_and_staff_without_the_permission_stay_outside(self):
        page = make_page("Terms", "Once.")
        helper = make_reader("helper")
        helper.is_staff = True
        helper.save()
        self.client.force_login(helper)

        self.assertEqual(self.save(page, "_publish", text="Mine.").status_code, 403)
        self.assertEqual(Page.objects.get().current.text, "Once.")

    def test_the_list_takes_as_many_queries_for_25_pages(self):
        def queries():
            with self.assertNumQueries(4):
                self.client.get(LIST)

        make_page("Terms", "Once.")
        self.client.get(LIST)
        queries()
        for number in range(24):
            make_page(f"Page{number}", "x")
        queries()
