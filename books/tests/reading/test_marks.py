"""Bookmarks, highlights and notes: made, changed, deleted, and whose they are."""

import re
from datetime import timedelta
from time import time
from unittest import mock

from django.db import IntegrityError, connection, transaction
from django.test import Client, TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from books.models import Mark
from books.reading.marks import marking
from books.reading.marks.shown import MOST_SHOWN
from books.tests.builders import make_book, make_reader

SCRIPT = {"Accept": "application/json"}
RAIN = "It rained. The ferry did not come,\nand nobody minded. It rained."


def highlight_in(reader, book, chapter=2, fraction=0.5, colour="green", quotation="the ferry", **fields):
    """Save a highlight, without looking for its words in the book."""
    return reader.marks.create(
        book=book, chapter=chapter, fraction=fraction, colour=colour, quotation=quotation, **fields
    )


class MarksTestCase(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = make_book("The Ferry", chapters=4)
        cls.book.chapters.update(plain_text=RAIN, html=f"<p>{RAIN.replace(chr(10), '</p><p>')}</p>")
        cls.ada = make_reader("ada", all_books=True)
        cls.bob = make_reader("bob")

    def setUp(self):
        self.client.force_login(self.ada)

    def mark(self, chapter=2, fraction=0, client=None, headers=None, **fields):
        data = {"chapter": chapter, "fraction": fraction, **fields}
        return (client or self.client).post(f"/books/{self.book.pk}/bookmarks/", data, headers=headers)

    def highlight(self, quotation, colour="yellow", **fields):
        return self.mark(quotation=quotation, colour=colour, headers=SCRIPT, **fields)

    def marked(self, *names):
        return list(self.ada.marks.values_list(*names or ("chapter", "fraction", "excerpt", "note")))


class BookmarkTests(MarksTestCase):
    def test_it_keeps_the_words_at_its_place_and_the_title_of_the_chapter(self):
        response = self.mark(2, 0.3, note="Why not?")

        self.assertRedirects(
            response, f"/books/{self.book.pk}/read/2/?at=0.3#place", fetch_redirect_response=False
        )
        [mark] = self.ada.marks.all()
        self.assertEqual(mark.excerpt, "ferry did not come, and nobody minded. It rained.")
        self.assertEqual((mark.before, mark.chapter_title), ("It rained. The", "Chapter 2"))
        self.assertEqual((mark.note, mark.kind, mark.colour), ("Why not?", "bookmark", ""))

    def test_it_is_in_the_book_and_among_all(self):
        self.mark(2, 0.5, note="Why <not>?")

        for address in (f"/books/{self.book.pk}/read/1/", reverse("bookmarks")):
            response = self.client.get(address)
            self.assertContains(response, "Why &lt;not&gt;?")
            self.assertContains(response, f'href="/books/{self.book.pk}/read/2/?at=0.5#place"')

    def test_the_same_place_twice_is_one_bookmark_with_the_later_note(self):
        self.mark(2, 0.5, note="First")
        self.mark(2, 0.5, note="Second")
        self.mark(2, 0.5)

        self.assertEqual(self.marked("note"), [("Second",)])

    def test_a_line_s_end_in_a_note_counts_as_one_character_as_it_does_in_the_browser(self):
        self.mark(note="x\r\n" * 999)

        self.assertEqual(self.marked("note"), [("x\n" * 998 + "x",)])

    def test_a_note_that_is_too_long_is_refused_with_its_length(self):
        response = self.mark(note="x" * 2001, headers=SCRIPT)

        self.assertEqual(response.status_code, 400)
        sentence = "A note holds up to 2,000 characters. Yours has 2,001."
        self.assertEqual(response.json(), {"error": sentence})
        self.assertEqual(self.mark(note="x" * 2001).status_code, 400)
        self.assertEqual(self.marked(), [])

    def test_what_a_reader_may_not_read_cannot_be_marked_and_the_sample_can(self):
        self.client.force_login(self.bob)

        self.assertEqual(self.mark(2).status_code, 403)
        self.assertEqual(self.mark(2, colour="blue", quotation="The ferry").status_code, 403)
        self.assertEqual(self.mark(9).status_code, 404)
        self.assertEqual(self.mark(1).status_code, 302)
        self.assertEqual(self.bob.marks.get().chapter, 1)

    def test_a_visitor_marks_nothing(self):
        response = self.mark(1, client=Client())

        self.assertTrue(response.url.startswith("/accounts/login/"))
        self.assertFalse(Mark.objects.exists())

    def test_a_script_gets_the_marks_of_the_chapter_and_no_page(self):
        highlight_in(self.ada, self.book, chapter=3)

        answer = self.mark(note="Here", headers=SCRIPT).json()

        self.assertEqual(answer["id"], str(self.ada.marks.get(note="Here").pk))
        self.assertIn("Here", answer["marks"])
        self.assertLess(answer["marks"].index("In this chapter"), answer["marks"].index("In other chapters"))
        self.assertNotIn("<html", answer["marks"])


class HighlightTests(MarksTestCase):
    def test_it_keeps_the_book_s_own_words_their_place_and_the_colour(self):
        self.highlight("ferry  did not come, and nobody", "pink", fraction=0.2, note="Odd")

        [mark] = self.ada.marks.all()
        self.assertEqual(mark.quotation, "ferry did not come,\nand nobody")
        self.assertEqual(mark.excerpt, "ferry did not come, and nobody minded. It rained.")
        self.assertEqual((mark.colour, mark.note, mark.kind), ("pink", "Odd", "highlight"))
        self.assertEqual(mark.fraction, RAIN.index("ferry") / len(RAIN))

    def test_of_words_that_are_there_twice_the_nearer_are_meant(self):
        for near, start in [(0, 0), (0.9, RAIN.rindex("It rained."))]:
            with self.subTest(near=near):
                self.highlight("It rained.", fraction=near)
                self.assertTrue(self.ada.marks.filter(fraction=start / len(RAIN)).exists())

    def test_the_words_before_them_say_more_than_the_place(self):
        self.highlight("It rained.", before="nobody minded.", fraction=0)

        self.assertEqual(self.marked("fraction"), [(RAIN.rindex("It rained.") / len(RAIN),)])

    def test_it_may_begin_and_end_inside_a_word(self):
        self.highlight("erry d", fraction=0.2)

        self.assertEqual(self.marked("quotation", "before"), [("erry d", "It rained. The f")])

    def test_words_that_are_not_in_the_chapter_are_refused(self):
        response = self.highlight("The bus did not come")

        self.assertEqual(response.status_code, 409)
        self.assertIn("aren’t in the book any more", response.json()["error"])
        self.assertEqual(self.marked(), [])

    def test_highlights_overlap_and_the_same_words_are_one_highlight_in_the_later_colour(self):
        self.highlight("The ferry did", note="First")
        self.highlight("The ferry did not", "blue")
        self.highlight("ferry")
        self.mark(2, RAIN.index("The ferry") / len(RAIN))
        self.highlight("The ferry did", "green")

        self.assertCountEqual(
            self.marked("quotation", "colour", "note"),
            [
                ("The ferry did", "green", "First"),
                ("The ferry did not", "blue", ""),
                ("ferry", "yellow", ""),
                ("", "", ""),
            ],
        )

    def test_a_passage_is_as_long_as_2000_characters_and_no_longer(self):
        self.book.chapters.update(plain_text="rain " * 1000)

        refused = self.highlight("rain " * 400 + "rain")
        kept = self.highlight("rain " * 400)

        self.assertEqual(refused.status_code, 409)
        self.assertEqual(
            refused.json()["error"], "A highlight holds up to 2,000 characters. Select a shorter passage."
        )
        self.assertEqual(kept.status_code, 200)
        self.assertEqual(len(self.ada.marks.get().quotation), 1999)

    def test_a_colour_is_one_of_four_and_needs_words(self):
        self.assertEqual(self.highlight("ferry", "black").status_code, 400)
        self.assertEqual(self.highlight("").json()["error"], "Select some text to highlight it.")
        self.assertEqual(self.marked(), [])

    def test_the_database_takes_no_colour_without_words_and_no_words_without_a_colour(self):
        for wrong in [
            {"colour": "green", "quotation": ""},
            {"colour": "", "quotation": "ferry"},
            {"colour": "black", "quotation": "ferry"},
            {"fraction": 1.5},
        ]:
            with self.subTest(wrong), self.assertRaises(IntegrityError), transaction.atomic():
                Mark.objects.create(user=self.ada, book=self.book, chapter=1, **wrong)


class AnswerTests(MarksTestCase):
    def test_a_script_gets_the_marks_as_the_open_chapter_shows_them(self):
        mark = highlight_in(self.ada, self.book, chapter=3)
        address, data = f"/library/bookmarks/{mark.pk}/", {"note": "Far", "colour": "green"}

        for beside, state in [("2", "elsewhere"), ("3", "here"), ("", "here"), ("x", "here")]:
            with self.subTest(beside=beside):
                answer = self.client.post(address, data | {"beside": beside}, headers=SCRIPT).json()
                self.assertIn(f'data-mark="{state}"', answer["marks"])


class FullBookTests(MarksTestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(setattr, marking, "MOST_IN_A_BOOK", marking.MOST_IN_A_BOOK)
        marking.MOST_IN_A_BOOK = 3
        for number in range(3):
            self.mark(1, number / 4)

    def test_it_takes_no_more_and_says_so(self):
        sentence = "A book holds up to 3 marks. Delete some to make room."

        self.assertEqual(self.highlight("ferry").json(), {"error": sentence})
        self.assertEqual(self.highlight("ferry").status_code, 409)
        self.assertContains(self.client.get(self.mark(2).url), sentence)
        self.assertEqual(len(self.marked()), 3)

    def test_a_mark_that_is_there_still_takes_a_note_and_another_book_a_mark(self):
        self.mark(1, 0, note="Noted")
        other = make_book("Night Bus")
        self.client.post(f"/books/{other.pk}/bookmarks/", {"chapter": 1, "fraction": 0})

        self.assertEqual(self.ada.marks.filter(book=self.book).first().note, "Noted")
        self.assertEqual(self.ada.marks.filter(book=other).count(), 1)


class LimitTests(MarksTestCase):
    @override_settings(ACCOUNT_RATE_LIMITS={"mark": "2/m/user"})
    def test_marks_in_quick_succession_are_limited_by_reader(self):
        answers = [self.mark(1, number / 4).status_code for number in range(3)]
        self.client.force_login(self.bob)

        self.assertEqual(answers, [302, 302, 429])
        self.assertEqual(self.mark(1).status_code, 302)
        self.assertEqual(Mark.objects.count(), 3)


class ChangeTests(MarksTestCase):
    def setUp(self):
        super().setUp()
        self.highlight("ferry", note="First")
        self.mark_of_ada = self.ada.marks.get()
        self.address = f"/library/bookmarks/{self.mark_of_ada.pk}/"

    def test_the_note_and_the_colour_can_be_changed(self):
        self.assertContains(self.client.get(self.address), "First")
        for note, colour in [("Second", "blue"), ("", "pink")]:
            response = self.client.post(self.address, {"note": note, "colour": colour})
            self.assertRedirects(response, reverse("bookmarks"))
            self.assertEqual(self.marked("note", "colour"), [(note, colour)])

    def test_a_highlight_keeps_a_colour_and_a_bookmark_gets_none(self):
        self.mark(3, 0.5)
        bookmark = self.ada.marks.get(colour="")

        self.assertContains(
            self.client.post(self.address, {"note": "", "colour": ""}), "This field is required"
        )
        self.client.post(f"/library/bookmarks/{bookmark.pk}/", {"note": "Here", "colour": "pink"})

        self.assertEqual(self.marked("colour", "note"), [("yellow", "First"), ("", "Here")])

    def test_a_script_changes_it_and_is_told_what_is_wrong(self):
        changed = self.client.post(self.address, {"note": "Second", "colour": "blue"}, headers=SCRIPT)
        wrong = self.client.post(self.address, {"note": "x" * 2001, "colour": "blue"}, headers=SCRIPT)

        self.assertIn("Second", changed.json()["marks"])
        self.assertEqual(wrong.status_code, 400)
        self.assertIn("Yours has 2,001", wrong.json()["error"])
        self.assertEqual(self.marked("note"), [("Second",)])

    def test_deleting_is_asked_about_on_a_page_and_not_by_a_script(self):
        page = self.client.get(f"{self.address}delete/")
        self.assertContains(page, "Delete this highlight?")
        self.assertEqual(len(self.marked()), 1)

        response = self.client.post(f"{self.address}delete/", follow=True)

        self.assertContains(response, "Your highlight is deleted.")
        self.assertEqual(self.marked(), [])
        self.mark(2)
        address = f"/library/bookmarks/{self.ada.marks.get().pk}/delete/"
        self.assertNotIn("data-mark=", self.client.post(address, headers=SCRIPT).json()["marks"])
        self.assertEqual(self.marked(), [])

    def test_nobody_else_sees_changes_deletes_or_exports_it(self):
        self.client.force_login(self.bob)

        for address in (f"/books/{self.book.pk}/read/1/", reverse("bookmarks")):
            self.assertNotContains(self.client.get(address), "First")
        for address in (self.address, f"{self.address}delete/"):
            self.assertEqual(self.client.get(address).status_code, 404)
            self.assertEqual(self.client.post(address, {"note": "His", "colour": "blue"}).status_code, 404)
        export = reverse("bookmarks_export", args=[self.book.pk, "json"])
        self.assertEqual(self.client.get(export).status_code, 404)
        self.assertEqual(self.marked("note"), [("First",)])


class UndoTests(MarksTestCase):
    def setUp(self):
        super().setUp()
        self.highlight("ferry", "pink", fraction=0.2, note="Odd")
        a_week_ago = timezone.now() - timedelta(days=7)
        self.ada.marks.update(created_at=a_week_ago)
        [self.before] = self.ada.marks.values()
        self.address = f"/library/bookmarks/{self.before['id']}/"

    def delete(self):
        return self.client.post(f"{self.address}delete/", headers=SCRIPT).json()["deleted"]

    def undo(self, deleted, client=None):
        return (client or self.client).post(f"{self.address}undo/", {"deleted": deleted}, headers=SCRIPT)

    def test_the_mark_is_as_it_was_with_its_id_its_colour_its_note_and_its_time(self):
        deleted = self.delete()
        self.assertFalse(Mark.objects.exists())

        answer = self.undo(deleted)

        self.assertEqual(list(self.ada.marks.values()), [self.before])
        self.assertEqual(answer.json()["id"], str(self.before["id"]))
        self.assertIn("Odd", answer.json()["marks"])

    def test_so_are_a_bookmark_and_a_mark_whose_words_are_gone(self):
        for fields in ({"colour": "", "quotation": "", "note": ""}, {"is_lost": True}):
            with self.subTest(fields):
                self.ada.marks.update(**fields)
                before = list(self.ada.marks.values())

                self.undo(self.delete())

                self.assertEqual(list(self.ada.marks.values()), before)

    def test_a_second_time_it_adds_nothing(self):
        deleted = self.delete()

        self.assertEqual([self.undo(deleted).status_code for _ in range(2)], [200, 200])

        self.assertEqual(self.ada.marks.count(), 1)

    def test_a_bookmark_made_at_the_same_place_in_the_meantime_stays(self):
        self.ada.marks.update(colour="", quotation="", fraction=0.5)
        deleted = self.delete()
        self.mark(2, 0.5, note="New")

        answer = self.undo(deleted)

        self.assertEqual(self.marked("note"), [("New",)])
        self.assertEqual(answer.json()["id"], str(self.ada.marks.get().pk))

    def test_it_is_too_late_after_an_hour_and_nothing_is_added(self):
        deleted = self.delete()

        with mock.patch("django.core.signing.time.time", return_value=time() + 3601):
            late = self.undo(deleted)

        self.assertEqual((late.status_code, late.json()), (409, {"error": "It’s too late to undo that."}))
        self.assertFalse(Mark.objects.exists())

    def test_what_is_not_sealed_by_the_shop_for_this_mark_and_reader_is_refused(self):
        other = highlight_in(self.ada, self.book)
        answer = self.client.post(f"/library/bookmarks/{other.pk}/delete/", headers=SCRIPT)
        deleted, of_other = self.delete(), answer.json()["deleted"]
        bob = Client()
        bob.force_login(self.bob)

        for wrong, client in [("", None), (deleted[:-1], None), (of_other, None), (deleted, bob)]:
            with self.subTest(wrong[:10]):
                self.assertEqual(self.undo(wrong, client).status_code, 409)

        self.assertFalse(Mark.objects.exists())
        self.assertEqual(self.undo(deleted, Client()).status_code, 302)
        self.assertRedirects(self.client.get(f"{self.address}undo/"), reverse("bookmarks"))

    def test_a_book_that_is_full_or_gone_takes_no_mark_back(self):
        deleted = self.delete()
        with mock.patch.object(marking, "MOST_IN_A_BOOK", 0):
            self.assertIn("A book holds up to", self.undo(deleted).json()["error"])
        self.book.delete()

        self.assertEqual(self.undo(deleted).json(), {"error": "It’s too late to undo that."})
        self.assertFalse(Mark.objects.exists())

    def test_the_longest_mark_fits_into_a_request(self):
        self.ada.marks.update(note="ø𝄞" * 1000, quotation="ø𝄞" * 1000)

        self.assertEqual(self.undo(self.delete()).status_code, 200)


class ChapterPageTests(MarksTestCase):
    def test_a_page_has_at_most_so_many_marks_those_of_its_chapter_first(self):
        Mark.objects.bulk_create(
            Mark(user=self.ada, book=self.book, chapter=number % 2 + 1, fraction=number / 2000)
            for number in range(MOST_SHOWN + 100)
        )

        text = self.client.get(f"/books/{self.book.pk}/read/2/").text

        self.assertEqual(text.count('data-mark="here"'), 300)
        self.assertEqual(text.count('data-mark="elsewhere"'), MOST_SHOWN - 300)

    def test_25_marks_cost_as_many_queries_as_one(self):
        address = f"/books/{self.book.pk}/read/2/"
        self.mark(2)
        self.client.get(address)
        with CaptureQueriesContext(connection) as one:
            self.client.get(address)
        for number in range(24):
            highlight_in(self.ada, self.book, fraction=number / 24)

        with self.assertNumQueries(len(one)):
            self.client.get(address)

    def test_a_visitor_s_page_has_no_token_and_no_way_to_highlight(self):
        text = Client().get(f"/books/{self.book.pk}/read/1/").text

        self.assertIn("Log in to highlight", text)
        self.assertNotIn("csrfmiddlewaretoken", text)
        self.assertNotIn("Highlight in yellow", text)

    def test_whoever_is_logged_in_has_the_forms_with_a_token_of_their_own_even_in_a_sample(self):
        address = f"/books/{self.book.pk}/read/1/"
        visitors = Client().get(address).text
        bob = Client()
        bob.force_login(self.bob)
        pages = [self.client.get(address), bob.get(address)]

        for page in pages:
            self.assertContains(page, "Highlight in yellow")
            self.assertContains(page, "data-elsewhere")
        first, second = (set(re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page.text)) for page in pages)
        self.assertTrue(first and second)
        self.assertTrue(first.isdisjoint(second))
        # What readers were shown is not what visitors get.
        self.assertEqual(Client().get(address).text, visitors)


class ParagraphTests(MarksTestCase):
    def setUp(self):
        super().setUp()
        self.chapter = f"/books/{self.book.pk}/read/2/"

    def test_a_chapter_shows_a_link_in_each_paragraph_when_asked(self):
        self.assertNotContains(self.client.get(self.chapter), "pilcrow")
        self.assertContains(self.client.get(self.chapter), f'href="{self.chapter}?mark#place"')
        page = self.client.get(f"{self.chapter}?mark")

        self.assertContains(page, '<p><a class="pilcrow" href="mark/1/">¶</a>It rained. The ferry', count=1)
        self.assertContains(page, '<a class="pilcrow" href="mark/2/">¶</a>and nobody', count=1)

    def test_visitors_get_none(self):
        page = Client().get(f"/books/{self.book.pk}/read/1/?mark")

        self.assertNotContains(page, "¶")

    def test_its_page_quotes_the_paragraph_and_a_post_bookmarks_it(self):
        address = f"{self.chapter}mark/2/"
        self.assertContains(self.client.get(address), "and nobody minded. It rained.")

        response = self.client.post(address, {"note": "Who?"}, follow=True)

        self.assertContains(response, "Your bookmark is saved.")
        share = RAIN.index("and nobody") / len(RAIN)
        self.assertEqual(self.marked(), [(2, share, "and nobody minded. It rained.", "Who?")])

    def test_with_a_colour_all_of_it_is_highlighted(self):
        self.client.post(f"{self.chapter}mark/1/", {"colour": "blue"})

        self.assertEqual(self.marked("quotation", "colour"), [("It rained. The ferry did not come,", "blue")])

    def test_what_cannot_be_marked_is_said_beside_the_form(self):
        self.book.chapters.update(plain_text="rain " * 1000, html=f"<p>{'rain ' * 1000}</p>")

        response = self.client.post(f"{self.chapter}mark/1/", {"colour": "blue", "note": "Wet"})

        self.assertContains(response, "A highlight holds up to 2,000 characters.")
        self.assertContains(response, "Wet")
        self.assertEqual(self.marked(), [])

    def test_only_who_may_read_the_chapter_finds_its_paragraphs(self):
        self.assertEqual(self.client.get(f"{self.chapter}mark/3/").status_code, 404)
        self.assertEqual(self.client.get(f"{self.chapter}mark/0/").status_code, 404)
        self.client.force_login(self.bob)
        self.assertEqual(self.client.get(f"{self.chapter}mark/1/").status_code, 403)
        self.assertEqual(self.client.post(f"{self.chapter}mark/1/").status_code, 403)
        self.assertFalse(Mark.objects.exists())
