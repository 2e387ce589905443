"""Places, bookmarks and whatever else marks a place stay with their words when a new edition comes."""

from math import nextafter
from unittest.mock import patch

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as PropertyTestCase

from books.epub import Chapter
from books.models import Book, Mark, Position
from books.models.places import Words, offset_at
from books.publishing import importing
from books.publishing.chapters import replace_chapters
from books.publishing.editions import reanchoring, searching
from books.reading.marks.marking import add_highlight
from books.tests.builders import make_reader
from books.tests.cases import case
from books.tests.epubs import make_epub

ONE = [
    "The ferry left at low water, and nobody on the quay looked up from the nets.",
    "Ada counted the posts as they went by, eleven of them, each with its own gull.",
    "On the far side a dog was waiting, as it had waited on every day since the spring.",
]
TWO = [
    "High water came at noon and took the lower step, as it did twice a month.",
    "Bob read the tables aloud; they were wrong, but they were printed very well.",
]
THREE = ["In the evening the lamp was lit, and the bread was cut, and the letter lay unopened."]
FOREWORD = ["This book was written in a single winter, and the author regrets nothing in it."]
BOOK = {"Low Water": ONE, "High Water": TWO, "Evening": THREE}


def edition(chapters):
    """Return an EPUB of chapters, each a title with its paragraphs."""
    bodies = {
        f"{number}.xhtml": f"<h1>{title}</h1>{''.join(f'<p>{line}</p>' for line in lines)}"
        for number, (title, lines) in enumerate(chapters.items())
    }
    return make_epub(chapters=bodies)


class EditionCase(TestCase):
    def setUp(self):
        self.ada, self.bob = make_reader("ada"), make_reader("bob")
        self.book = self.publish(BOOK)

    def publish(self, chapters):
        return importing.import_epub(edition(chapters)).book

    def mark(self, words, reader=None):
        """Bookmark the place where these words begin."""
        chapter = self.book.chapters.get(plain_text__contains=words)
        fraction = chapter.plain_text.index(words) / len(chapter.plain_text)
        mark = Mark(user=reader or self.ada, book=self.book, chapter=chapter.number, fraction=fraction)
        mark.take_words(chapter.title, chapter.plain_text)
        mark.save()
        return mark

    def words_at(self, place):
        """Return the text of the chapter from the place on, in one line."""
        place.refresh_from_db()
        text = self.book.chapters.get(number=place.chapter).plain_text
        return " ".join(text[offset_at(text, place.fraction) :].split())

    def assert_at(self, place, words):
        self.assertEqual(self.words_at(place)[: len(words)], words)
        self.assertFalse(place.is_lost)


class NewEditionTests(EditionCase):
    def test_many_lost_places_that_meet_in_the_middle_are_all_kept(self):
        Mark.objects.bulk_create(
            Mark(
                user=self.ada, book=self.book, chapter=1, fraction=0.5, excerpt=f"Gone {number}", is_lost=True
            )
            for number in range(2_000)
        )

        self.publish(BOOK | {"Low Water": ["Nothing of it is left."]})

        places = set(self.ada.marks.values_list("chapter", "fraction"))
        self.assertEqual(len(places), 2_000)
        self.assertEqual({(chapter, round(fraction, 6)) for chapter, fraction in places}, {(1, 0.5)})

    def test_a_foreword_moves_nothing_to_another_chapter(self):
        mark = self.mark("Bob read the tables")
        Position.objects.keep(self.ada, self.book.chapters.get(number=2), mark.fraction)

        self.publish({"Foreword": FOREWORD} | BOOK)

        self.assert_at(mark, "Bob read the tables")
        self.assert_at(Position.objects.get(), "Bob read the tables")
        self.assertEqual((mark.chapter, mark.chapter_title), (3, "High Water"))

    def test_a_foreword_that_takes_the_first_number_makes_no_chapter_another(self):
        numbered = {str(number): lines for number, lines in enumerate(BOOK.values(), 1)}
        self.publish(numbered)
        mark = self.mark("Bob read the tables")

        self.publish({str(n): lines for n, lines in enumerate([FOREWORD, *BOOK.values()], 1)})

        self.assert_at(mark, "Bob read the tables")

    def test_a_phrase_of_it_elsewhere_is_not_the_place(self):
        mark = self.mark("High water came at noon")

        later = "Long afterwards, when high water came at noon, nobody thought of the step any more."
        self.publish({"Low Water": ONE, "Evening": [*THREE, later]})

        mark.refresh_from_db()
        self.assertTrue(mark.is_lost)

    def test_new_words_before_a_place_leave_it_at_its_own(self):
        mark = self.mark("On the far side")

        self.publish(BOOK | {"Low Water": [*FOREWORD * 3, *ONE]})

        self.assert_at(mark, "On the far side")

    def test_a_corrected_word_is_no_reason_to_lose_a_place(self):
        mark = self.mark("Ada counted the posts")
        corrected = [line.replace("eleven", "twelve") for line in ONE]

        self.publish(BOOK | {"Low Water": [*FOREWORD, *corrected]})

        self.assert_at(mark, "Ada counted the posts as they went by, twelve")
        self.assertIn("twelve", mark.excerpt)

    def test_a_chapter_taken_in_by_another_brings_its_places_along(self):
        mark = self.mark("In the evening the lamp")

        self.publish({"All of it": [*ONE, *TWO, *THREE]})

        self.assert_at(mark, "In the evening the lamp")

    def test_chapters_that_change_places_keep_theirs(self):
        marks = [self.mark("The ferry left"), self.mark("High water came")]

        self.publish({"Evening": THREE, "High Water": TWO, "Low Water": ONE})

        self.assert_at(marks[0], "The ferry left")
        self.assert_at(marks[1], "High water came")

    def test_words_that_are_gone_are_kept_as_lost_and_return_with_a_later_edition(self):
        mark = self.mark("Bob read the tables")
        Mark.objects.update(note="Why?")
        excerpt = mark.excerpt

        self.publish({"Low Water": ONE, "Evening": THREE})

        mark.refresh_from_db()
        self.assertEqual((mark.is_lost, mark.excerpt, mark.note), (True, excerpt, "Why?"))
        self.assertTrue(self.book.chapters.filter(number=mark.chapter).exists())
        self.publish({"Foreword": FOREWORD, "Low Water": ONE, "Evening": THREE})
        mark.refresh_from_db()
        self.assertTrue(mark.is_lost)
        self.publish(BOOK)
        self.assert_at(mark, "Bob read the tables")
        self.assertEqual(mark.chapter, 2)

    def test_back_to_the_first_edition_every_place_is_where_it_was(self):
        marks = [self.mark(line[:30]) for lines in BOOK.values() for line in lines]
        before = [(mark.chapter, round(mark.fraction, 9)) for mark in marks]

        self.publish({"Foreword": FOREWORD, "All of it": [*THREE, *FOREWORD, *ONE]})
        self.publish({"High Water": [*FOREWORD, *TWO]})
        self.publish(BOOK)

        for mark in marks:
            mark.refresh_from_db()
        self.assertEqual([(mark.chapter, round(mark.fraction, 9)) for mark in marks], before)
        self.assertFalse(any(mark.is_lost for mark in marks))

    def test_marks_of_one_reader_that_end_at_one_place_are_all_kept(self):
        marks = [self.mark(line[:20]) for line in [*TWO, *THREE]]
        others = [self.mark(line[:20], self.bob) for line in TWO]

        self.publish({"Low Water": ONE})

        kept = Mark.objects.filter(is_lost=True)
        self.assertCountEqual(kept, [*marks, *others])
        self.publish(BOOK)
        self.assertFalse(Mark.objects.filter(is_lost=True).exists())

    def test_marks_that_meet_in_the_very_middle_of_a_chapter_are_set_apart(self):
        marks = [Mark(user=self.ada, book=self.book, chapter=1, fraction=0.5) for _ in range(3)]

        # Of steps, more than are needed: without an end to them the test would not end either.
        steps = iter(range(1, 10))
        with patch.object(reanchoring, "nextafter", lambda at, end: next(steps) and nextafter(at, end)):
            reanchoring._keep_apart(marks, Mark.objects.filter(book=self.book))

        self.assertEqual(len({mark.fraction for mark in marks}), 3)
        self.assertTrue(all(abs(mark.fraction - 0.5) < 1e-9 for mark in marks))

    def test_another_books_places_do_not_move(self):
        other = importing.import_epub(
            make_epub(metadata="<dc:identifier id='uid'>urn:uuid:00000000-1</dc:identifier>")
        ).book
        Position.objects.keep(self.ada, other.chapters.get(number=2), 0.5)

        self.publish({"Foreword": FOREWORD} | BOOK)

        self.assertEqual(Position.objects.get().chapter, 2)

    def test_a_part_whose_title_is_all_it_says_keeps_its_place(self):
        self.publish({"Part One": ["Snow."], **BOOK})
        mark = self.mark("Snow.")

        self.publish({"Foreword": FOREWORD, "PART ONE": ["Snow."], **BOOK})

        self.assert_at(mark, "Snow.")

    def test_languages_without_spaces_are_searched_too(self):
        rain = "雨は朝から降っていた。橋の下で猫が二匹、黙って川を見ていた。"
        thai = "เรือข้ามฟากออกตอนน้ำลงและไม่มีใครบนท่าเงยหน้าขึ้นจากอวน"
        self.publish({"一": [rain], "สอง": [thai]})
        marks = [self.mark("橋の下で猫"), self.mark("ไม่มีใครบนท่า")]

        self.publish({"序": ["これは序文です。"], "一": ["新しい行。", rain], "สอง": ["บรรทัดใหม่", thai]})

        self.assert_at(marks[0], "橋の下で猫")
        self.assert_at(marks[1], "ไม่มีใครบนท่า")


class ProgressTests(EditionCase):
    def progress_after(self, chapters, *, at, fraction=0.0):
        Position.objects.keep(self.ada, self.book.chapters.get(number=at), fraction)
        self.publish(chapters)
        return Position.objects.get().progress

    def test_it_is_worked_out_from_the_new_text(self):
        progress = self.progress_after({"Foreword": FOREWORD * 50} | BOOK, at=2)

        lengths = list(self.book.chapters.values_list("length", flat=True))
        self.assertEqual(progress, sum(lengths[:2]) / sum(lengths))

    def test_what_somebody_has_finished_stays_finished(self):
        self.assertEqual(self.progress_after({**BOOK, "Afterword": FOREWORD}, at=3, fraction=1), 1)

    def test_nobody_finishes_a_book_because_its_end_is_cut(self):
        self.assertLess(self.progress_after({"Low Water": ONE}, at=3, fraction=0.5), 1)

    def test_a_device_that_shows_the_old_text_no_longer_knows_the_place(self):
        first = Position.objects.keep(self.ada, self.book.chapters.get(number=2), 0.5).version

        self.publish(BOOK)
        self.assertEqual(Position.objects.get().version, first)
        self.publish({"Foreword": FOREWORD} | BOOK)

        self.assertEqual(Position.objects.get().version, first + 1)

    def test_when_it_was_read_last_does_not_change(self):
        Position.objects.keep(self.ada, self.book.chapters.get(number=2), 0.5)
        read_at = Position.objects.get().updated_at

        self.publish({"Foreword": FOREWORD} | BOOK)

        self.assertEqual(Position.objects.get().updated_at, read_at)


class HighlightTests(EditionCase):
    def test_it_stays_with_its_words_and_keeps_what_was_quoted(self):
        chapter = self.book.chapters.get(plain_text__contains=ONE[0])
        mark = add_highlight(self.ada, chapter, ONE[0], "green", note="Why?")

        self.publish({"Foreword": FOREWORD} | BOOK)

        mark.refresh_from_db()
        self.assertEqual(mark.chapter, chapter.number + 1)
        self.assert_at(mark, " ".join(ONE[0].split()))
        self.assertEqual((mark.quotation, mark.colour, mark.note), (ONE[0], "green", "Why?"))
        # The same words are still the same mark.
        there = self.book.chapters.get(number=mark.chapter)
        self.assertEqual(add_highlight(self.ada, there, ONE[0], "pink").pk, mark.pk)

    def test_it_begins_where_it_did_if_one_of_its_first_words_is_longer_now(self):
        chapter = self.book.chapters.get(plain_text__contains=ONE[1])
        for word in ONE[1].split()[:4]:
            with self.subTest(word):
                mark = add_highlight(self.ada, chapter, ONE[1], "green")
                changed = ONE[1].replace(word, f"{word}whatever", 1)

                self.publish({**BOOK, "Low Water": [ONE[0], changed, ONE[2]]})

                self.assert_at(mark, changed[:40])
                self.publish(BOOK)
                mark.delete()

    def test_one_whose_words_are_gone_says_so_and_keeps_them(self):
        chapter = self.book.chapters.get(plain_text__contains=ONE[0])
        mark = add_highlight(self.ada, chapter, ONE[0], "green")

        self.publish({"Foreword": FOREWORD})

        mark.refresh_from_db()
        self.assertEqual((mark.is_lost, mark.quotation), (True, ONE[0]))


class BoundTests(EditionCase):
    def test_hundreds_of_marks_take_as_many_statements_as_one(self):
        changed = {"Foreword": FOREWORD, **BOOK, "Low Water": [*FOREWORD, *ONE]}
        self.mark("Ada counted")
        few = self.statements_of(changed)
        self.publish(BOOK)
        Mark.objects.bulk_create(
            Mark(user=self.bob, book=self.book, chapter=number % 3 + 1, fraction=number / 300)
            for number in range(300)
        )

        # Those without words get them from the old text: twice for each chapter that changes.
        self.assertLessEqual(self.statements_of(changed), few + 6)

        self.assertEqual(Mark.objects.filter(is_lost=False).count(), 301)

    def statements_of(self, chapters):
        with CaptureQueriesContext(connection) as captured:
            self.publish(chapters)
        return len(captured)

    def test_a_book_of_one_word_is_looked_at_to_a_limit(self):
        """Every run of its words is everywhere: without a limit, this would be 38 million comparisons."""
        words = Words("rain " * 20, "rain " * 40)
        sought = [searching.Sought(words, 1, at) for at in range(0, 100_000, 50)]

        with patch.object(searching, "_Run", wraps=searching._Run) as made:
            found = searching.find(sought, [(1, "rain " * 20_000)])

        self.assertEqual({there.share for there in found}, {1.0})
        self.assertEqual(made.call_count, 2_000 * 57)


class CaseTests(TestCase):
    def test_a_foreword_is_added(self):
        book = importing.import_epub(case("F03-first")).book
        ada = make_reader("ada")
        marks = []
        for chapter in book.chapters.all():
            mark = Mark(user=ada, book=book, chapter=chapter.number, fraction=0.5)
            mark.take_words(chapter.title, chapter.plain_text)
            mark.save()
            marks.append((mark, chapter.title, chapter.plain_text))
        Position.objects.keep(ada, book.chapters.get(number=3), 0.5)

        importing.import_epub(case("F03-foreword-added"))

        for mark, title, text in [*marks, (Position.objects.get(), *marks[2][1:])]:
            mark.refresh_from_db()
            there = book.chapters.get(number=mark.chapter)
            self.assertEqual((there.title, there.plain_text, mark.fraction), (title, text, 0.5))


WORDS = st.sampled_from("rain quay nets gull dog lamp bread letter step noon tide post ferry winter".split())
PARAGRAPH = st.lists(WORDS, min_size=8, max_size=30).map(" ".join)
CHAPTERS = st.lists(st.lists(PARAGRAPH, min_size=1, max_size=4), min_size=1, max_size=5)


@st.composite
def editions(draw):
    """Return two editions as chapters of paragraphs: some go, others change places, new ones come between."""
    old = [
        [_unlike_others(line, f"n{at}x{number}") for number, line in enumerate(them)]
        for at, them in enumerate(draw(CHAPTERS))
    ]
    everything = [line for them in old for line in them]
    kept = draw(st.permutations(everything))[: draw(st.integers(1, len(everything)))]
    added = draw(st.lists(PARAGRAPH, max_size=3))
    both = draw(st.permutations([*kept, *added]))
    size = draw(st.integers(1, 4))
    return old, [both[at : at + size] for at in range(0, len(both), size)]


RAIN = [" ".join([f"rain {name} rain rain"] * 2 + [f"rain {name} rain"]) for name in ("n0x0", "n0x1")]


class AnyEditionTests(PropertyTestCase):
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(editions())
    # The second paragraph fits itself again four words later, and what precedes it does so better.
    @example(([RAIN], [[RAIN[1]]]))
    @example(([RAIN], [[RAIN[1]], [RAIN[0]]]))
    def test_a_mark_is_at_its_words_or_lost(self, chapters):
        """Every paragraph is marked."""
        old, new = ({f"Chapter {at}": them for at, them in enumerate(edition)} for edition in chapters)
        everything = [line for them in old.values() for line in them]
        kept = {line for them in new.values() for line in them}
        book = Book.objects.create(title="Any")
        replace_chapters(book, texts(old))
        marks = list(_marks(book, everything, make_reader("ada")))

        replace_chapters(book, texts(new))

        self.check(book, marks, kept)
        replace_chapters(book, texts(old))
        self.check(book, marks, everything)

    def check(self, book, marks, kept):
        for line, mark in marks:
            mark.refresh_from_db()
            text = book.chapters.get(number=mark.chapter).plain_text
            there = text[offset_at(text, mark.fraction) :].startswith(line)
            self.assertEqual((there, mark.is_lost), (line in kept, line not in kept), line)


def texts(chapters):
    """Return the chapters as a file's, each a title with its paragraphs."""
    return [Chapter(title, "", "\n".join([title, *lines])) for title, lines in chapters.items()]


def _unlike_others(line, name):
    """Return a paragraph of which no four words in a row are in another."""
    return " ".join(f"{word} {name}" if at % 3 == 0 else word for at, word in enumerate(line.split()))


def _marks(book, lines, reader):
    for line in lines:
        chapter = book.chapters.get(plain_text__contains=line)
        at = chapter.plain_text.index(line) / len(chapter.plain_text)
        mark = Mark(user=reader, book=book, chapter=chapter.number, fraction=at)
        mark.take_words(chapter.title, chapter.plain_text)
        mark.save()
        yield line, mark
