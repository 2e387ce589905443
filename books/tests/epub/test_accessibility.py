"""What a book says about its accessibility, and the sentences that readers see."""

from django.test import SimpleTestCase

from books.reading.accessibility import NOTHING_KNOWN, statements
from books.tests.epubs import METADATA, make_epub, read_epub

SCHEMA = '<meta property="schema:{}">{}</meta>'
OLD_SCHEMA = '<meta name="schema:{}" content="{}"/>'
FACTS = {
    "accessMode": "textual",
    "accessModeSufficient": "textual",
    "accessibilityFeature": "alternativeText",
    "accessibilityHazard": "none",
    "accessibilitySummary": "All pictures are described.",
}
LEVEL_AA = "EPUB Accessibility 1.1 - WCAG 2.1 Level AA"
OLD_LEVEL = "http://www.idpf.org/epub/a11y/accessibility-20170105.html#wcag-"
HEADINGS = [
    "Ways of reading",
    "Conformance",
    "Navigation",
    "Rich content",
    "Hazards",
    "Additional accessibility information",
    "Accessibility summary",
]


def facts_of(metadata):
    return read_epub(make_epub(metadata=METADATA + metadata)).accessibility


def said(heading, *, layout="reflowable", **facts):
    """Return the sentences of one section."""
    return dict(statements(facts, layout=layout))[heading]


class FactTests(SimpleTestCase):
    def test_a_book_that_says_nothing_has_no_facts(self):
        self.assertEqual(facts_of(""), {})

    def test_epub_3_and_epub_2_say_the_same(self):
        for form in (SCHEMA, OLD_SCHEMA):
            with self.subTest(form):
                facts = facts_of("".join(form.format(*fact) for fact in FACTS.items()))

                self.assertEqual(facts, {name: [value] for name, value in FACTS.items()})

    def test_a_value_said_twice_is_one(self):
        facts = facts_of(
            (SCHEMA.format("accessMode", " textual ") + SCHEMA.format("accessMode", "visual")) * 2
        )

        self.assertEqual(facts, {"accessMode": ["textual", "visual"]})

    def test_certification_is_found_by_what_it_refines(self):
        facts = facts_of(
            '<meta property="dcterms:conformsTo" id="other">Some other standard</meta>'
            f'<meta property="dcterms:conformsTo" id="claim">{LEVEL_AA}</meta>'
            '<meta property="a11y:certifiedBy" refines="#other">Nobody</meta>'
            '<meta property="a11y:certifiedBy" refines="#claim" id="certifier">Ada Ink</meta>'
            '<meta property="dcterms:date" refines="#claim">2024-05-06</meta>'
            '<meta property="dcterms:date">1999-01-01</meta>'
            '<meta property="a11y:certifierCredential" refines="#certifier">Gold</meta>'
            '<link rel="a11y:certifierReport" refines="#certifier" href="https://example.com/report"/>'
        )

        self.assertEqual(
            facts,
            {
                "conformsTo": [LEVEL_AA, "Some other standard"],
                "certifiedBy": ["Ada Ink"],
                "certificationDate": ["2024-05-06"],
                "certifierCredential": ["Gold"],
                "certifierReport": ["https://example.com/report"],
            },
        )

    def test_an_older_claim_is_a_link(self):
        facts = facts_of(f'<link rel="dcterms:conformsTo" href="{OLD_LEVEL}aa"/>')

        self.assertEqual(facts, {"conformsTo": [f"{OLD_LEVEL}aa"]})

    def test_endless_facts_end(self):
        facts = facts_of(
            "".join(SCHEMA.format("accessMode", " ".join(map(str, range(n, n + 800)))) for n in range(200))
        )

        self.assertEqual(len(facts["accessMode"]), 50)
        self.assertLessEqual(max(map(len, facts["accessMode"])), 2_000)


class StatementTests(SimpleTestCase):
    def test_of_a_book_without_facts_it_is_said_that_nothing_is_known(self):
        sections = statements({}, layout="reflowable")

        self.assertEqual([heading for heading, _ in sections], HEADINGS)
        self.assertTrue(all("is not known" in sentence for sentence in sections[0][1]))
        self.assertEqual([sentences for _, sentences in sections[1:]], [[NOTHING_KNOWN]] * 6)

    def test_the_appearance_can_be_changed_cannot_or_may(self):
        way = "Ways of reading"
        self.assertIn(
            "The appearance of the text can be changed.",
            said(way, layout="fixed", accessibilityFeature=["displayTransformability"]),
        )
        self.assertIn("The appearance of the text cannot be changed.", said(way, layout="fixed"))

    def test_how_much_can_be_read_without_sight(self):
        all_of_it, some_of_it = (
            f"{words} can be read aloud or in braille." for words in ("The whole book", "Parts of the book")
        )
        for facts, sentence in (
            ({"accessModeSufficient": ["textual"]}, all_of_it),
            ({"accessMode": ["textual"]}, all_of_it),
            ({"accessMode": ["textual", "visual"]}, some_of_it),
            ({"accessModeSufficient": ["textual,visual"]}, some_of_it),
            ({"accessibilityFeature": ["transcript"]}, some_of_it),
            ({"accessMode": ["visual"]}, "It cannot be read aloud or in braille."),
            ({"accessMode": ["auditory"]}, "It cannot be read aloud or in braille."),
            (
                {"accessMode": ["auditory", "visual"]},
                "Whether it can be read aloud or in braille is not known.",
            ),
        ):
            with self.subTest(facts):
                self.assertEqual(said("Ways of reading", **facts)[1], sentence)

    def test_alternative_text_is_said_where_there_is_some(self):
        sentence = "Pictures and the like have alternative text."
        self.assertIn(sentence, said("Ways of reading", accessibilityFeature=["alternativeText"]))
        self.assertNotIn(sentence, said("Ways of reading", accessModeSufficient=["textual"]))

    def test_recordings_run_along_are_all_or_some(self):
        for facts, sentence in (
            ({"accessibilityFeature": ["synchronizedAudioText"]}, "A recording plays along with the text."),
            ({"accessModeSufficient": ["auditory"]}, "The whole book is a recording."),
            ({"accessMode": ["auditory"]}, "There are recordings in the book."),
        ):
            with self.subTest(facts):
                self.assertEqual(said("Ways of reading", **facts)[-1], sentence)

    def test_conformance_has_a_level_a_claim_and_a_certifier(self):
        sentences = said(
            "Conformance",
            conformsTo=[LEVEL_AA],
            certifiedBy=["Ada Ink"],
            certificationDate=["2024-05-06"],
            certifierCredential=["Gold"],
            certifierReport=["https://example.com/report"],
        )

        self.assertEqual(
            sentences,
            [
                "The book meets accepted accessibility standards.",
                "It was certified by Ada Ink.",
                "The certifier's credential is Gold.",
                "It claims to meet EPUB Accessibility 1.1, WCAG 2.1 Level AA.",
                "It was certified on 2024-05-06.",
                "The certifier's report is at https://example.com/report.",
            ],
        )

    def test_of_older_claims_the_highest_counts_and_of_all_the_newest(self):
        for claims, level in (
            ([f"{OLD_LEVEL}a"], "EPUB Accessibility 1.0, WCAG 2.0 Level A."),
            ([f"{OLD_LEVEL}a", f"{OLD_LEVEL}aaa"], "EPUB Accessibility 1.0, WCAG 2.0 Level AAA."),
            ([f"{OLD_LEVEL}aaa", LEVEL_AA], "EPUB Accessibility 1.1, WCAG 2.1 Level AA."),
        ):
            with self.subTest(claims):
                self.assertIn(f"It claims to meet {level}", said("Conformance", conformsTo=claims))

    def test_an_unknown_standard_says_little(self):
        self.assertEqual(
            said("Conformance", conformsTo=["Ours"]),
            ["How well the book meets accessibility standards is not known."],
        )

    def test_features_are_said_in_the_order_of_the_guide(self):
        features = ["tableOfContents", "pageNavigation", "MathML", "aria", "unheard-of"]

        self.assertEqual(
            said("Navigation", accessibilityFeature=features),
            ["You can jump to the pages of the printed book.", "There is a table of contents."],
        )
        self.assertEqual(said("Rich content", accessibilityFeature=features), ["Formulas are in MathML."])
        self.assertEqual(
            said("Additional accessibility information", accessibilityFeature=features),
            ["ARIA roles describe the parts of the text."],
        )

    def test_hazards_are_there_absent_or_unknown(self):
        none, unknown = ["There are no hazards."], ["Whether there are hazards is not known."]
        every = ["noFlashingHazard", "noMotionSimulationHazard", "noSoundHazard"]
        for hazards, sentences in (
            (["none"], none),
            (every, none),
            (["unknown"], unknown),
            (["noSoundHazard", "flashing"], ["Some content flashes.", "No sounds are harmful."]),
            (["unheard-of"], [NOTHING_KNOWN]),
        ):
            with self.subTest(hazards):
                self.assertEqual(said("Hazards", accessibilityHazard=hazards), sentences)

    def test_summary_and_exemption_are_said_where_there_are_any(self):
        sections = dict(
            statements(
                {"accessibilitySummary": ["Good."], "exemption": ["eaa-microenterprise"]}, layout="fixed"
            )
        )

        self.assertEqual(sections["Accessibility summary"], ["Good."])
        self.assertIn("exemption", sections["Legal considerations"][0])
