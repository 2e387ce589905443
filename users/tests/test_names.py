"""Names and titles hold nothing that cannot be seen."""

import unicodedata
from itertools import product

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase, TestCase

from users.fields import NameField
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
            "Mongolian selector": "\u180b", "another": "\u180f", "null notehead": "\U0001d159",
            "Egyptian control": "\U00013430", "Khitan filler": "\U00016fe4", "text selector": "\ufe0e",
            "selector of mathematics": "\ufe00", "joiner": "\u200d", "non-joiner": "\u200c",
            "non-character": "\uffff", "surrogate": "\ud800",
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
            "heart": "❤\ufe0f\u200d🔥", "key": "1\ufe0f\u20e3", "eye": "👁\ufe0f\u200d🗨\ufe0f",
            "pilot": "👩🏽\u200d✈\ufe0f", "rainbow": "🏳\ufe0f\u200d🌈", "sign": "❤\ufe0e ©\ufe0f",
            "Arabic": "ه\u200dه", "Syriac": "ܐ\u200dܒ", "N’Ko": "ߞ\u200dߎ", "Sinhala": "ක්\u200dෂ",
            "Mongolian": "ᠨ\u180bᠠ\u200dᠮ", "Burmese": "က\ufe00", "mathematics": "∩\ufe00",
            "Japanese": "葛\U000e0100城",
            "Hebrew": "C++\u200e בעברית",
            "England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
            "Wales": "🏴\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f",
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

    def test_what_changes_nothing_where_it_stands_is_taken_out(self):
        for name, (text, seen) in {
            "joiner between letters of no joining script": (
                "Б\u200dо\u200cб 雨\u200d雨 ま\u200cま",
                "Боб 雨雨 まま",
            ),
            "joiner beside a figure or a stop": ("क\u200d१ ۱\u200c۲ ب\u200d،ب", "क१ ۱۲ ب،ب"),
            "joiner of two scripts": ("ب\u200db 👩\u200dب ب\u200d👩", "بb 👩ب ب👩"),
            "non-joiner of emoji": ("👩\u200c👧", "👩👧"),
            "selector of an emoji on a digit": ("1\ufe0f 2\ufe0e #\ufe0f", "1 2 #"),
            "selector of an emoji on an ideograph": ("雨\ufe0f 雨\ufe0e", "雨 雨"),
            "selector of an ideograph elsewhere": ("ま\U000e0100 、\U000e0100 ∩\U000e0100", "ま 、 ∩"),
            "selector that nothing has": ("雨\ufe0d ∩\ufe05 က\ufe01", "雨 ∩ က"),
            "tags of no region": ("🏴\U000e0067\U000e0062\U000e007f🏴\U000e0075\U000e0073\U000e007f", "🏴🏴"),
            "tags without an end": ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067", "🏴"),
        }.items():
            with self.subTest(name):
                self.assertEqual(visible(text), seen)

    def test_what_is_taken_out_once_leaves_nothing_for_a_second_time(self):
        unseen = [
            "\u200c",
            "\u200d",
            "\ufe00",
            "\ufe0f",
            "\U000e0100",
            "\u180b",
            "\u200e",
            "\u202e",
            "\U000e007f",
        ]
        for parts in product([*unseen, "ب", "雨", "1", "❤", "ᠨ", " "], repeat=4):
            once = visible("".join(parts))
            self.assertEqual(visible(once), once, ascii(parts))

    def test_a_name_of_nothing_visible_is_empty(self):
        for name in (
            "",
            " ",
            "\u2800",
            "\u2800 \u3000\u00a0",
            "\u180b",
            "\ufe0f\u200d",
            "\n\u2028",
            "\U000e0067",
        ):
            with self.subTest(ascii(name)):
                self.assertEqual(visible(name), "")

    def test_breaks_of_lines_and_empty_cells_of_braille_are_blanks(self):
        self.assertEqual(visible("⠠⠇⠕⠺\u2800⠠⠺"), "⠠⠇⠕⠺ ⠠⠺")
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

        for name in ("\u200b\u2060", "\u2800\u2800", "\u180b", "a\u2800"):
            self.client.post("/accounts/", {"username": name})
            expected = "a" if "a" in name else "A reader"
            self.assertEqual(CustomUser.objects.get(pk=ada.pk).public_name, expected)

    def test_nor_is_it_one_where_a_name_is_required(self):
        for title in ("\u2800", "\u180b\ufe0f", "\u200b"):
            with self.subTest(ascii(title)), self.assertRaisesMessage(ValidationError, "cannot be blank"):
                NameField(max_length=20).clean(title, None)
