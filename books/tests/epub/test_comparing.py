"""What a book says is shown, or the import says what is missing."""

from django.test import SimpleTestCase
from hypothesis import HealthCheck, Phase, given, settings

from books.epub import FindingKind
from books.epub.comparing.matching import Comparison, LeftOut
from books.tests.epub.generated import WORD, books
from books.tests.epubs import read_epub

LOSSES = {FindingKind.LOST_DOCUMENT, FindingKind.LOST_WORDS}


EXAMPLES = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class ComparisonTests(SimpleTestCase):
    SAID = "itrainedandnobodymindedatallbecausetheferrywaslatethen"

    def test_a_single_letter_is_missed_wherever_it_was(self):
        for at in range(len(self.SAID)):
            with self.subTest(at=at):
                shown = self.SAID[:at] + self.SAID[at + 1 :]

                [lost] = Comparison(self.SAID, shown, []).lost()

                # Of two equal letters next to each other, it may be either.
                self.assertEqual(lost.length, 1)
                self.assertEqual(self.SAID[: lost.start] + self.SAID[lost.start + 1 :], shown)

    def test_what_was_left_out_on_purpose_is_not_missed_and_what_follows_it_is(self):
        without = self.SAID.replace("theferrywaslate", "")

        self.assertEqual(list(Comparison(self.SAID, without, [[LeftOut("theferrywaslate")]]).lost()), [])
        [lost] = Comparison(self.SAID, without.removesuffix("then"), [[LeftOut("theferrywaslate")]]).lost()
        # Where both are out of step at the end, the passage before it may be named too.
        self.assertEqual(lost.start + lost.length, len(self.SAID))


class GeneratedBooksTests(SimpleTestCase):
    """A word is shown, or is on the list of what is left out, or the import says that words are lost."""

    def read(self, generated):
        """Return the words that are neither shown nor left out, and the losses that the import names."""
        file, words = generated
        epub = read_epub(file)
        shown = WORD.findall(" ".join(chapter.html for chapter in epub.chapters))
        self.assertEqual(shown, [word for word in words if word in set(shown)])
        missing = set(words) - {*shown, *WORD.findall(" ".join(epub.left_out))}
        return missing, [finding for finding in epub.findings if finding.kind in LOSSES]

    @EXAMPLES
    @given(books(faults=[]))
    def test_of_well_formed_documents_no_word_is_lost(self, generated):
        self.assertEqual(self.read(generated), (set(), []))

    @EXAMPLES
    @given(books())
    def test_of_malformed_documents_no_word_is_lost_without_a_report(self, generated):
        missing, reported = self.read(generated)

        self.assertTrue(reported or not missing, missing)
