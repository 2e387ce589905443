"""What reading leaves behind: the place, bookmarks and preferences; and what happens to them."""

from django.db import IntegrityError, transaction
from django.test import Client, SimpleTestCase, TestCase
from django.urls import reverse

from books import access
from books.models import Mark, Position, Preferences
from books.models.places import offset_at, words_at
from books.tests.builders import make_book, make_reader
from tests.shop import shop
from users.personal_data.erasure import erase
from users.personal_data.export import export

SCRIPT = {"Accept": "application/json"}


def write(book, *texts):
    """Give the chapters these texts, which are one character shorter than their length."""
    for number, text in enumerate(texts, 1):
        book.chapters.filter(number=number).update(plain_text=text)


class ReadingTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = make_book("The Ferry", chapters=4)
        # Of 200 characters: chapter 1 is a half of the book, the others a sixth each and a bit.
        write(cls.book, "a" * 99, "b" * 39, "c" * 39, "d" * 19)
        cls.ada = make_reader("ada", all_books=True)
        cls.bob = make_reader("bob")

    def setUp(self):
        self.client.force_login(self.ada)

    def keep(self, chapter, fraction=0, client=None, **extra):
        data = {"chapter": chapter, "fraction": fraction}
        return (client or self.client).post(f"/books/{self.book.pk}/place/", data, **extra)

    def open(self, client=None):
        """Return where opening the book leads."""
        response = (client or self.client).get(f"/books/{self.book.pk}/read/")
        return response.url.removeprefix(f"/books/{self.book.pk}/read/")

    def read(self, number, **extra):
        return self.client.get(f"/books/{self.book.pk}/read/{number}/", **extra)


class PlaceTests(ReadingTestCase):
    def test_a_book_opens_where_its_reader_left_off(self):
        self.keep(3, 0.25)

        self.assertEqual(self.open(), "3/?at=0.25#place")

    def test_it_opens_at_the_first_page_for_everybody_else(self):
        self.keep(3)
        stranger = Client()

        self.assertEqual(self.open(stranger), "1/")
        stranger.force_login(self.bob)
        self.assertEqual(self.open(stranger), "1/")

    def test_the_place_is_the_same_on_every_device(self):
        phone = Client()
        phone.force_login(self.ada)

        self.keep(2, client=phone)

        self.assertEqual(self.open(), "2/")

    def test_the_latest_place_holds_even_if_it_is_further_back(self):
        self.keep(3)
        self.keep(2)

        self.assertEqual(self.open(), "2/")
        self.assertEqual(Position.objects.count(), 1)

    def test_looking_at_a_chapter_keeps_no_place(self):
        self.read(3)

        self.assertFalse(Position.objects.exists())

    def test_a_form_leads_back_to_the_chapter_and_says_so(self):
        response = self.client.post(
            f"/books/{self.book.pk}/place/", {"chapter": 2, "fraction": 0}, follow=True
        )

        self.assertEqual(response.redirect_chain[-1][0], f"/books/{self.book.pk}/read/2/")
        self.assertContains(response, "Your place is saved.")

    def test_a_script_gets_no_page(self):
        response = self.keep(2, headers=SCRIPT)

        self.assertEqual((response.status_code, response.content), (204, b""))
        self.assertEqual(self.open(), "2/")

    def test_whoever_had_to_log_in_first_is_led_back_to_the_book(self):
        for address in ("place", "bookmarks"):
            with self.subTest(address):
                response = self.client.get(f"/books/{self.book.pk}/{address}/")

                self.assertRedirects(response, f"/books/{self.book.pk}/read/", fetch_redirect_response=False)

    def test_a_visitor_keeps_none(self):
        response = self.keep(1, client=Client())

        self.assertTrue(response.url.startswith("/accounts/login/"))
        self.assertFalse(Position.objects.exists())

    def test_the_sample_has_a_place_and_what_is_closed_has_none(self):
        self.client.force_login(self.bob)

        self.assertEqual(self.keep(2, headers=SCRIPT).status_code, 403)
        self.assertFalse(Position.objects.exists())
        self.assertEqual(self.keep(1, 0.5, headers=SCRIPT).status_code, 204)
        self.assertEqual(self.open(), "1/?at=0.5#place")

    def test_what_is_no_place_is_refused_and_the_place_stays(self):
        self.keep(2, 0.5)
        for chapter, fraction in [(2, 1.01), (2, -0.1), (2, "nan"), (2, ""), ("", 0), (0, 0), ("two", 0)]:
            with self.subTest(chapter=chapter, fraction=fraction):
                self.assertEqual(self.keep(chapter, fraction).status_code, 400)
        self.assertEqual(self.keep(9).status_code, 404)
        self.assertEqual(self.open(), "2/?at=0.5#place")

    def test_in_a_new_edition_that_is_shorter_it_is_the_last_chapter(self):
        self.keep(4, 0.5)
        self.book.chapters.filter(number__gt=2).delete()

        self.assertEqual(self.open(), "2/")

    def test_whoever_may_no_longer_read_on_is_led_to_the_sample(self):
        self.keep(4, 0.5)
        self.ada.user_permissions.clear()

        self.assertEqual(self.open(), "1/")

    def test_the_progress_is_of_the_text_and_not_of_the_chapters(self):
        for chapter, fraction, progress in [(1, 0, 0), (1, 1, 0.5), (2, 0.5, 0.6), (4, 0, 0.9), (4, 1, 1)]:
            with self.subTest(chapter=chapter, fraction=fraction):
                self.keep(chapter, fraction)

                self.assertAlmostEqual(Position.objects.get().progress, progress)
        # Exactly: it is how one knows that the book is finished.
        self.assertEqual(Position.objects.get().progress, 1)

    def test_a_book_of_pictures_is_read_chapter_by_chapter(self):
        self.book.chapters.update(plain_text="")

        self.keep(3)

        self.assertEqual(Position.objects.get().progress, 0.5)

    def test_the_database_takes_no_place_outside_the_book(self):
        for wrong in [{"fraction": 1.5}, {"progress": -0.1}]:
            with self.subTest(wrong), self.assertRaises(IntegrityError), transaction.atomic():
                Position.objects.create(user=self.ada, book=self.book, chapter=1, **wrong)

    def test_whoever_jumps_in_the_book_finds_the_way_back(self):
        self.keep(1, 0.5)
        way = f'<a href="/books/{self.book.pk}/read/1/?at=0.5#place">Back to 25%</a>'

        for chapter, query, is_jump in [
            (4, "", True),
            (1, "", True),
            (1, "?at=0.25", True),
            (1, "?at=0.5", False),
            # Turning the page is no jump.
            (2, "", False),
        ]:
            with self.subTest(chapter=chapter, query=query):
                page = self.client.get(f"/books/{self.book.pk}/read/{chapter}/{query}")

                self.assertContains(page, way, html=True)
                self.assertEqual("data-left-off hidden" not in " ".join(page.text.split()), is_jump)

    def test_whoever_has_finished_the_book_has_nothing_to_go_back_to(self):
        self.keep(4, 1)

        self.assertIn("data-left-off hidden", " ".join(self.read(1).text.split()))

    def test_a_chapter_says_how_far_into_the_book_it_begins(self):
        for number, percent in [(1, 0), (2, 50), (3, 70), (4, 90)]:
            with self.subTest(number):
                self.assertContains(self.read(number), f"<span data-percent>{percent}%</span>", html=True)

    def test_percentages_are_written_as_the_shop_writes_numbers(self):
        self.keep(1, 0.5)

        with self.settings(SHOP=shop(locale="de_DE")):
            page = self.read(4)

        self.assertContains(page, "<span data-percent>90\xa0%</span>", html=True)
        self.assertContains(page, "Back to 25\xa0%</a>")
        self.assertContains(page, '<span class="visually-hidden">, from </span>70\xa0%</span>')
        # From this, scripts see how.
        self.assertContains(page, 'data-percentage="0\xa0%"')

    def test_the_last_chapter_alone_can_be_finished_by_a_button(self):
        self.assertContains(self.read(4), "I’ve finished this book")
        self.assertNotContains(self.read(3), "I’ve finished this book")
        self.assertNotContains(Client().get(f"/books/{self.book.pk}/read/1/"), "Save my place")


class WordsTests(SimpleTestCase):
    def test_an_excerpt_begins_and_ends_with_whole_words(self):
        text = "It rained. " * 40

        self.assertEqual(words_at(text, 0.01).excerpt, "rained. " + "It rained. " * 17 + "It")

    def test_they_are_one_line(self):
        self.assertEqual(words_at("One.\nTwo.\nThree.", 0.5), ("One.", "Two. Three."))

    def test_a_language_without_spaces_is_cut_at_a_character(self):
        self.assertEqual(words_at("雨" * 400, 0.5), ("雨" * 100, "雨" * 200))

    def test_at_the_end_are_the_last_words(self):
        self.assertEqual(words_at("It rained again.", 1), ("It rained", "again."))
        self.assertEqual(words_at("", 0.5), ("", ""))

    def test_a_share_made_from_an_offset_leads_back_to_it(self):
        text = "".join(f"{number:>4} " for number in range(4_000))

        for offset in range(5, len(text), 35):
            self.assertEqual(offset_at(text, round(offset / len(text), 9)), offset)


class PreferencesTests(ReadingTestCase):
    def choose(self, client=None, **chosen):
        return (client or self.client).post(reverse("reading_preferences"), chosen)

    def assert_page(self, client, **expected):
        page = " ".join(client.get(f"/books/{self.book.pk}/read/1/").text.split())
        for name, value in expected.items():
            self.assertIn(f'data-{name.replace("_", "-")}="{value}"', page)

    def test_a_page_comes_as_it_was_chosen(self):
        self.choose(type_size="5", typeface="sans", measure="wide", shortcuts="off", colours="dark")

        self.assert_page(
            self.client, type_size="5", typeface="sans", measure="wide", shortcuts="off", colours="dark"
        )

    def test_they_follow_the_account_to_another_device_and_all_its_pages(self):
        self.choose(type_size="5", colours="sepia")
        phone = Client()
        phone.force_login(self.ada)

        self.assertNotIn('data-colours="sepia"', phone.get("/about/").text)
        self.assert_page(phone, type_size="5", colours="sepia", bs_theme="light")
        self.assertIn('data-colours="sepia"', phone.get("/about/").text)

    def test_what_is_not_sent_stays(self):
        self.choose(type_size="5")
        self.choose(colours="dark")

        self.assert_page(self.client, type_size="5", colours="dark")

    def test_a_visitor_s_are_kept_in_the_browser_and_nowhere_else(self):
        visitor = Client()

        self.choose(visitor, type_size="1", colours="dark")

        self.assert_page(visitor, type_size="1", colours="dark")
        self.assertFalse(Preferences.objects.exists())
        self.assert_page(Client(), type_size="3")

    def test_nobody_s_page_has_another_s(self):
        self.choose(type_size="5")
        other = Client()
        other.force_login(self.bob)

        self.assert_page(other, type_size="3")

    def test_they_outlive_a_log_out(self):
        self.choose(colours="dark")
        self.client.post(reverse("account_logout"))

        self.assertIn('data-bs-theme="dark"', self.client.get("/").text)

    def test_what_cannot_be_chosen_is_refused_or_ignored(self):
        self.assertEqual(self.choose(type_size="99").status_code, 400)
        self.assertFalse(Preferences.objects.exists())
        visitor = Client()
        visitor.cookies["colours"] = '"><script>'
        self.assertNotIn("data-colours", visitor.get("/").text)

    def test_it_leads_back_to_the_page_and_nowhere_else(self):
        here = f"/books/{self.book.pk}/read/1/"

        self.assertEqual(self.choose(next=here).url, here)
        for elsewhere in ("https://example.com/", "//example.com/", ""):
            self.assertEqual(self.choose(next=elsewhere).url, "/")

    def test_a_page_that_knows_sets_no_cookie(self):
        self.choose(type_size="5")

        self.assertNotIn("type_size", self.read(1).cookies)


class AccountTests(ReadingTestCase):
    def setUp(self):
        super().setUp()
        for reader in (self.ada, self.bob):
            self.client.force_login(reader)
            self.keep(1, 0.5)
            self.client.post(
                f"/books/{self.book.pk}/bookmarks/", {"chapter": 1, "fraction": 0.5, "note": "Rain"}
            )
            self.client.post(reverse("reading_preferences"), {"colours": "dark"})

    def test_they_are_taken_along(self):
        data = export(self.ada)

        [position], [bookmark] = data["positions"], data["marks"]
        self.assertEqual((position["book__title"], position["chapter"]), ("The Ferry", 1))
        self.assertEqual((bookmark["book__title"], bookmark["note"]), ("The Ferry", "Rain"))
        self.assertEqual(data["reading preferences"][0]["colours"], "dark")

    def test_they_go_with_the_account_and_only_with_it(self):
        erase(self.ada)

        for model in (Position, Mark, Preferences):
            self.assertEqual([row.user for row in model.objects.all()], [self.bob])

    def test_they_stay_when_the_access_ends_and_are_there_when_it_comes_back(self):
        self.client.force_login(self.ada)
        self.keep(3)
        self.ada.user_permissions.clear()
        self.assertEqual(self.open(), "1/")

        access.give_permission(self.ada, by=None)

        self.assertEqual(self.open(), "3/")
