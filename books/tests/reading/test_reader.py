"""Reading a chapter: who may, what is shown around it, and what it costs the database."""

from django.test import TestCase

from books.models import Book, Bundle, Illustration
from books.publishing.importing import import_epub
from books.tests.builders import make_book, make_reader
from books.tests.epubs import make_epub, make_picture

PICTURES = {
    "one.xhtml": '<h1>One</h1><p><img src="a.png" alt="A"/> It rained.</p>',
    "two.xhtml": '<h1>Two</h1><p><img src="b.png" alt="B"/> <a href="one.xhtml#x">Back</a></p>',
}


class ReadingTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = make_book("The Ferry", chapters=3)
        cls.reader = make_reader(all_books=True)

    def read(self, number, user=None):
        if user:
            self.client.force_login(user)
        return self.client.get(f"/books/{self.book.pk}/read/{number}/")

    def assert_tag(self, response, part):
        """Look for part of a tag, on however many lines the template has it."""
        self.assertIn(part, " ".join(response.text.split()))

    def test_anybody_may_read_the_sample(self):
        response = self.read(1)

        self.assertContains(response, "<p>It rained.</p>", html=True)
        self.assertContains(response, "Chapter 1 of 3")

    def test_whoever_has_all_books_may_read_on(self):
        self.assertContains(self.read(2, self.reader), "<p>It rained.</p>", html=True)

    def test_a_stranger_is_told_how_to_come_by_the_rest(self):
        response = self.read(2)

        self.assertContains(response, "The Ferry", status_code=403)
        self.assertContains(response, "Buy for $9.00", status_code=403)
        self.assertContains(response, f'href="/orders/?book={self.book.pk}"', status_code=403)
        self.assertContains(response, "$39.00", status_code=403)
        self.assertContains(
            response, f'href="/accounts/login/?next=%2Fbooks%2F{self.book.pk}%2Fread%2F2%2F"', status_code=403
        )
        self.assertNotContains(response, "It rained.", status_code=403)
        self.assertEqual(response.headers["Cache-Control"], "private, no-store")

    def test_a_reader_who_owns_nothing_is_not_told_to_log_in(self):
        response = self.read(2, make_reader("eve"))

        self.assertContains(response, "Buy for $9.00", status_code=403)
        self.assertNotContains(response, "Already bought it?", status_code=403)

    def test_a_shop_that_sells_nothing_says_so(self):
        Bundle.objects.all().delete()
        Book.objects.update(price=None)

        self.assertContains(self.read(2), "This book isn’t for sale right now.", status_code=403)

    def test_the_sample_ends_with_a_way_to_buy(self):
        self.assertContains(self.read(1), "The sample ends here")
        self.assertNotContains(self.read(1), 'rel="next"')

    def test_whoever_has_all_books_is_offered_nothing(self):
        response = self.read(1, self.reader)

        self.assertNotContains(response, "Buy All Books")
        self.assert_tag(response, f'rel="next" href="/books/{self.book.pk}/read/2/"')

    def test_a_longer_sample_goes_on(self):
        self.book.sample_chapters = 2
        self.book.save()

        self.assertContains(self.read(1), 'rel="next"')
        self.assertEqual((self.read(2).status_code, self.read(3).status_code), (200, 403))

    def test_a_chapter_leads_back_on_and_to_its_book(self):
        response = self.read(2, self.reader)

        self.assert_tag(response, f'rel="prev" href="/books/{self.book.pk}/read/1/"')
        self.assert_tag(response, f'rel="next" href="/books/{self.book.pk}/read/3/"')
        self.assert_tag(response, f'class="reader-back" href="/books/{self.book.pk}/"')

    def test_the_last_chapter_leads_nowhere_on(self):
        response = self.read(3, self.reader)

        self.assertNotContains(response, 'rel="next"')
        self.assertContains(response, "The end")

    def test_the_contents_show_where_one_is_and_what_is_closed(self):
        response = self.read(1)

        self.assertContains(response, f'<a href="/books/{self.book.pk}/read/1/" aria-current="page">')
        self.assertContains(response, "(not in the sample)", count=2)
        self.assertNotContains(self.read(1, self.reader), "(not in the sample)")

    def test_a_link_beyond_the_end_leads_to_the_nearest_chapter(self):
        for number, nearest in [(0, 1), (4, 3), (10**30, 3)]:
            for reader in (self.reader, None):
                with self.subTest(number, reader=reader):
                    response = self.read(number, reader)

                    self.assertRedirects(
                        response, f"/books/{self.book.pk}/read/{nearest}/", fetch_redirect_response=False
                    )

    def test_what_is_not_there_is_not_found(self):
        Book.objects.create(pk="00000000-0000-0000-0000-000000000001", title="Without text")
        self.assertEqual(
            self.client.get("/books/00000000-0000-0000-0000-000000000001/read/1/").status_code, 404
        )
        self.assertEqual(
            self.client.get("/books/00000000-0000-0000-0000-000000000000/read/1/").status_code, 404
        )

    def test_opening_a_book_leads_to_its_first_chapter(self):
        response = self.client.get(f"/books/{self.book.pk}/read/")

        self.assertRedirects(response, f"/books/{self.book.pk}/read/1/")

    def test_a_book_without_text_cannot_be_opened(self):
        empty = make_book("Empty", chapters=0)

        self.assertEqual(self.client.get(f"/books/{empty.pk}/read/").status_code, 404)

    def test_a_page_is_in_the_language_and_direction_of_its_book(self):
        self.book.language = "he"
        self.book.save()

        self.assert_tag(self.read(1), '<article class="reader-text" id="place" lang="he" dir="rtl">')

    def test_a_book_of_columns_is_shown_in_columns_and_no_other(self):
        self.assertNotContains(self.read(1), "data-writing-mode")

        self.book.writing_mode = "vertical-rl"
        self.book.save()

        # A box that scrolls by itself must be within reach of the keyboard.
        self.assert_tag(self.read(1), 'data-writing-mode="vertical-rl" tabindex="0"')

    def test_the_next_chapter_is_on_the_side_that_the_book_says_or_else_its_script(self):
        for language, writing_mode, progression, is_left in [
            ("en", "horizontal", "default", False),
            ("he", "horizontal", "default", True),
            ("ja", "vertical-rl", "default", True),
            ("ja", "horizontal", "rtl", True),
            ("he", "horizontal", "ltr", False),
        ]:
            with self.subTest(language=language, progression=progression):
                self.book.language, self.book.writing_mode = language, writing_mode
                self.book.page_progression = progression
                self.book.save()
                page = self.read(1)

                self.assertContains(page, f"<kbd>j</kbd> or <kbd>{'←' if is_left else '→'}</kbd>")
                self.assertEqual("data-turns-leftwards" in page.content.decode(), is_left)

    def test_a_page_has_one_main_heading(self):
        self.assertContains(self.read(1), "<h1>Chapter 1</h1>", html=True)

        self.book.chapters.update(html="<div><h2>Mud</h2></div>")

        self.assertContains(self.read(1), '<h1 class="visually-hidden">Chapter 1</h1>', html=True)
        self.assertContains(self.read(1), "<h1", count=1)

    def test_nothing_can_be_sent_to_a_page(self):
        self.assertEqual(self.client.post(f"/books/{self.book.pk}/read/1/").status_code, 405)

    def test_what_is_only_for_some_is_kept_by_no_cache(self):
        self.assertEqual(self.read(2, self.reader).headers["Cache-Control"], "private, no-store")


class QueryTests(TestCase):
    def test_a_page_takes_as_many_queries_in_a_long_book_as_in_a_short_one(self):
        self.client.force_login(make_reader(all_books=True))
        for chapters in (3, 60):
            book = make_book(f"Of {chapters}", chapters=chapters)
            with self.subTest(chapters), self.assertNumQueries(11):
                self.client.get(f"/books/{book.pk}/read/2/")
            with self.subTest(chapters), self.assertNumQueries(7):
                self.client.get(f"/books/{book.pk}/read/2/")

    def test_a_stranger_takes_fewer(self):
        book = make_book()

        with self.assertNumQueries(5):
            self.client.get(f"/books/{book.pk}/read/1/")
        with self.assertNumQueries(1):
            response = self.client.get(f"/books/{book.pk}/read/1/")

        self.assertEqual(response.cookies, {})


class PictureTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.pictures = {"a.png": make_picture(), "b.png": make_picture(colour="red")}
        cls.book = import_epub(make_epub(chapters=PICTURES, files=cls.pictures)).book
        cls.first, cls.second = (
            f"/books/{cls.book.pk}/pictures/{illustration.name}"
            for illustration in Illustration.objects.order_by("first_chapter")
        )

    def test_the_address_in_the_text_is_the_one_that_is_served(self):
        response = self.client.get(f"/books/{self.book.pk}/read/1/")

        self.assertContains(response, f'src="../../pictures/{self.first.rpartition("/")[2]}"')

    def test_anybody_sees_a_picture_of_the_sample_and_caches_may_keep_it(self):
        response = self.client.get(self.first)

        self.assertEqual(response.getvalue(), self.pictures["a.png"])
        self.assertEqual(response.headers["Content-Type"], "image/png")
        self.assertEqual(response.headers["Cache-Control"], "public, max-age=86400")
        self.assertNotIn("Vary", response.headers)
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")

    def test_a_stranger_does_not_see_the_other_pictures(self):
        self.assertEqual(self.client.get(self.second).status_code, 403)

    def test_a_reader_sees_them_and_no_cache_keeps_them(self):
        self.client.force_login(make_reader(all_books=True))

        response = self.client.get(self.second)

        self.assertEqual(response.getvalue(), self.pictures["b.png"])
        self.assertEqual(response.headers["Cache-Control"], "private, no-store")

    def test_a_picture_that_is_not_there_is_not_found(self):
        Illustration.objects.create(
            book=self.book, name="lost.png", file="illustrations/lost.png", first_chapter=1
        )
        for name in ("other.png", "lost.png", "..%2fone.png"):
            with self.subTest(name):
                self.assertEqual(self.client.get(f"/books/{self.book.pk}/pictures/{name}").status_code, 404)

    def test_a_drawing_is_served_as_one_in_which_nothing_runs(self):
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><path d="M0 0"/></svg>'
        # In a sample, which a book of one chapter has none of.
        chapters = {
            "one.xhtml": '<p>It rained.</p><img src="d.svg" alt=""/>',
            "two.xhtml": "<p>It dried.</p>",
        }
        book = import_epub(make_epub(chapters=chapters, files={"d.svg": drawing})).book
        name = book.illustrations.get().name

        response = self.client.get(f"/books/{book.pk}/pictures/{name}")

        self.assertTrue(name.endswith(".svg"))
        self.assertNotIn(b"onload", response.getvalue())
        self.assertEqual(response.headers["Content-Type"], "image/svg+xml")
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        self.assertEqual(
            response.headers["Content-Security-Policy"],
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
        )

    def test_a_picture_has_no_address_beside_that(self):
        name = Illustration.objects.get(first_chapter=1).file.name

        self.assertEqual(self.client.get(f"/media/{name}").status_code, 404)
