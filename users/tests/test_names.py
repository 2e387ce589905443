"""Names and titles hold nothing that cannot be seen."""

import unicodedata

from django.test import SimpleTestCase, TestCase

from users.models import CustomUser
from users.names import visible

from .builders import make_reader


class VisibleTests(SimpleTestCase):
    def test_what_cannot_be_seen_is_taken_out(self):
        for name, character in {
            "override": "\u202e", "embedding": "\u202a", "isolate": "\u2067", "end of an isolate": "\u2069",
            "left-to-right mark": "\u200e", "right-to-left mark": "\u200f", "Arabic letter mark": "\u061c",
            "space without width": "\u200b", "word joiner": "\u2060", "byte order mark": "\ufeff",
            "soft hyphen": "\xad", "NUL": "\0", "escape": "\x1b", "C1 control": "\x9b", "filler": "\u3164",
            "tag": "\U000e0041", "selector": "\ufe0f", "ideographic selector": "\U000e0101",
            "joiner": "\u200d", "non-joiner": "\u200c", "non-character": "\uffff", "surrogate": "\ud800",
        }.items():  # fmt: skip
            with self.subTest(name):
                self.assertEqual(visible(f"Low{character} Wa{character}ter{character}"), "Low Water")

    def test_every_character_that_turns_direction_is_taken_out_of_every_script(self):
        turning = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        found = [chr(code) for code in range(0x110000) if unicodedata.bidirectional(chr(code)) in turning]

        self.assertEqual(len(found), 9)
        for text in ("Low Water", "ספר", "کتاب", "雨"):
            self.assertEqual(visible(text.join(found)), text * 8)

    def test_what_changes_how_those_around_it_look_stays(self):
        for name, text in {
            "Persian": "می\u200cخواهم", "Hindi": "क्\u200dष", "family": "👨\u200d👩\u200d👧",
            "heart": "❤\ufe0f\u200d🔥", "key": "1\ufe0f\u20e3", "Japanese": "葛\U000e0100城",
            "Hebrew": "C++\u200e בעברית",
            "Scotland": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "accents": "Cafe\u0301 d’été", "blanks of other kinds": "10\u202f000\u00a0pages",
        }.items():  # fmt: skip
            with self.subTest(name):
                self.assertEqual(visible(text), text)

    def test_what_stays_does_not_do_so_at_an_end_or_in_a_row(self):
        self.assertEqual(visible("\u200fספר\u200f"), "ספר")
        self.assertEqual(visible("کتاب\u200c"), "کتاب")
        self.assertEqual(visible("葛\U000e0100\U000e0101\U000e0102"), "葛\U000e0100")
        self.assertEqual(visible("a\U000e0067\U000e007f"), "a")

    def test_breaks_of_lines_are_blanks(self):
        self.assertEqual(visible("Low\r\nWater\u2028Mark\t1"), "Low  Water Mark 1")


class NameOfReaderTests(TestCase):
    def test_a_public_name_is_kept_without_what_cannot_be_seen(self):
        ada = make_reader("ada@example.com")
        self.client.force_login(ada)

        self.client.post("/accounts/", {"username": "\u202eAda\u200b Quill\u00ad"})

        self.assertEqual(CustomUser.objects.get(pk=ada.pk).username, "Ada Quill")

    def test_programs_save_names_in_the_same_way(self):
        ada = make_reader("ada@example.com")

        CustomUser.objects.filter(pk=ada.pk).update(first_name="A\u202eda", username="A\ufeffda")

        ada.refresh_from_db()
        self.assertEqual((ada.first_name, ada.username), ("Ada", "Ada"))

    def test_a_name_that_nobody_can_see_is_none(self):
        ada = make_reader("ada@example.com")
        self.client.force_login(ada)

        self.client.post("/accounts/", {"username": "\u200b\u2060"})

        self.assertEqual(CustomUser.objects.get(pk=ada.pk).public_name, "A reader")
