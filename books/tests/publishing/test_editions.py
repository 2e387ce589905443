"""What a new edition changed, as release notes would say it."""

from django.test import SimpleTestCase

from books.publishing.editions.comparing import Changes, compare

RAIN, MUD, SUN = ("Rain", "Rain\nIt rained.\nAll day."), ("Mud", "Mud\nMud."), ("Sun", "Sun\nIt shone.")


class Counted(str):
    """A text that counts how often texts are taken apart into lines."""

    times = 0

    def splitlines(self, keepends=False):
        Counted.times += 1
        return super().splitlines(keepends)


class CompareTests(SimpleTestCase):
    def test_the_same_edition_changed_nothing(self):
        changes = compare([RAIN, MUD], [RAIN, MUD])

        self.assertEqual((changes, bool(changes), str(changes)), (Changes(), False, ""))

    def test_chapters_come_and_go_anywhere(self):
        self.assertEqual(compare([RAIN, MUD], [SUN, RAIN, MUD]), Changes(added=1))
        self.assertEqual(compare([SUN, RAIN, MUD], [RAIN, MUD]), Changes(removed=1))
        self.assertEqual(compare([RAIN, SUN], [RAIN, MUD]), Changes(added=1, removed=1))

    def test_a_text_under_another_title_is_the_same_chapter(self):
        rain = ("1. Rain", "1. Rain\nIt rained.\nAll day.")

        self.assertEqual(compare([RAIN, MUD], [rain, MUD]), Changes(renamed=1))

    def test_another_text_under_the_same_title_is_the_same_chapter(self):
        self.assertEqual(compare([RAIN, MUD], [("Rain", "Rain\nIt poured."), MUD]), Changes(revised=1))

    def test_of_two_chapters_that_have_its_lines_the_one_of_its_title_is_the_same(self):
        new = [(title, f"{title}\nIt rained.\nAll day.\nAgain.") for title in ("Foreword", "Rain")]

        self.assertEqual(compare([RAIN], new), Changes(added=1, revised=1))

    def test_chapters_that_change_places_are_moved(self):
        self.assertEqual(compare([RAIN, MUD, SUN], [SUN, RAIN, MUD]), Changes(moved=1))

    def test_a_foreword_that_takes_the_first_title_makes_no_chapter_another(self):
        old = [("1", "1\nIt rained."), ("2", "2\nIt dried.")]
        new = [("1", "1\nBefore."), ("2", "2\nIt rained."), ("3", "3\nIt dried.")]

        self.assertEqual(compare(old, new), Changes(added=1, renamed=2))

    def test_a_book_emptied_or_filled(self):
        self.assertEqual(compare([], [RAIN, MUD]), Changes(added=2))
        self.assertEqual(compare([RAIN, MUD], []), Changes(removed=2))

    def test_changes_are_one_phrase(self):
        self.assertEqual(
            str(Changes(added=1, removed=2, renamed=0, revised=1_200)),
            "1 chapter added, 2 chapters removed, 1,200 chapters revised",
        )

    def test_thousands_of_chapters_that_are_hardly_alike_are_compared_at_once(self):
        refrain = "\n".join(f"Line {number}" for number in range(20))
        old, new = (
            [(f"{word} {number}", f"{refrain}\n{word}\n{number}\n" * 3) for number in range(3_000)]
            for word in ("Low", "High")
        )

        self.assertEqual(compare(old, new), Changes(renamed=3_000))
        self.assertEqual(compare(old, [(title, text[-9:]) for title, text in new]).renamed, 0)

    def test_each_text_is_taken_apart_once_however_many_it_is_compared_with(self):
        old, new = (
            [(f"{word} {number}", Counted(f"{word}\n{number}")) for number in range(50)]
            for word in ("Low", "High")
        )
        Counted.times = 0

        compare(old, new)

        self.assertLessEqual(Counted.times, 100)

    def test_thousands_of_chapters_of_one_title_are_compared_at_once(self):
        old = [("Chapter", str(number)) for number in range(5_000)]

        self.assertEqual(compare(old, old), Changes())
        self.assertEqual(compare(old, [*old, ("Chapter", "new")]), Changes(added=1))
