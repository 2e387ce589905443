"""A book's accessibility metadata → sentences for people who think of buying it.

Sections and order are those of the W3C's Accessibility Metadata Display Guide for Digital Publications 2.0,
https://www.w3.org/publishing/a11y/metadata-display-guide/techniques/epub/
"""

import re

from books.epub import AccessibilityFacts

# A heading and the sentences under it.
type Section = tuple[str, list[str]]

NOTHING_KNOWN = "No information is available."
ALTERNATIVES = {"alternativeText", "longDescription", "describedMath", "transcript"}
NAVIGATION = {
    "pageNavigation": "You can jump to the pages of the printed book.",
    "structuralNavigation": "You can move from heading to heading.",
    "index": "There is an index with links.",
    "tableOfContents": "There is a table of contents.",
}
RICH_CONTENT = {
    "longDescription": "Pictures that carry a lot of information are described at length.",
    "longDescriptions": "Pictures that carry a lot of information are described at length.",
    "latex-chemistry": "Chemical formulas are in LaTeX.",
    "MathML-chemistry": "Chemical formulas are in MathML.",
    "describedMath": "Formulas are described in words.",
    "latex": "Formulas are in LaTeX.",
    "MathML": "Formulas are in MathML.",
    "closedCaptions": "Videos have captions that can be turned on.",
    "openCaptions": "Videos have captions.",
    "transcript": "What is spoken can be read in transcripts.",
}
# The kinds of hazard as present, as unknown and as absent, with the sentence for each.
HAZARDS = (
    ("flashing", "Some content flashes."),
    ("motionSimulation", "Some content simulates motion."),
    ("sound", "Some sounds may be harmful."),
    ("unknownFlashingHazard", "Whether content flashes is not known."),
    ("unknownMotionSimulationHazard", "Whether content simulates motion is not known."),
    ("unknownSoundHazard", "Whether sounds may be harmful is not known."),
    ("noFlashingHazard", "Nothing flashes."),
    ("noMotionSimulationHazard", "Nothing simulates motion."),
    ("noSoundHazard", "No sounds are harmful."),
)
NO_HAZARD = {"noFlashingHazard", "noMotionSimulationHazard", "noSoundHazard"}
UNKNOWN_HAZARD = {"unknownFlashingHazard", "unknownMotionSimulationHazard", "unknownSoundHazard"}
ADDITIONAL = {
    "pageBreakMarkers": "The page breaks of the printed book are marked.",
    "aria": "ARIA roles describe the parts of the text.",
    "audioDescription": "Videos have audio descriptions.",
    "braille": "There is braille in the book.",
    "fullRubyAnnotations": "All ideographic characters have ruby annotations.",
    "highContrastAudio": "Speech stands out from background sounds.",
    "highContrastDisplay": "Text stands out from its background.",
    "largePrint": "The book is set in large print.",
    "rubyAnnotations": "Some ideographic characters have ruby annotations.",
    "signLanguage": "Speech is also given in sign language.",
    "tactileGraphic": "There are tactile graphics.",
    "tactileObject": "There are tactile objects.",
    "ttsMarkup": "Hints on pronunciation help speech synthesis.",
}
LEVELS = {
    "AAA": "The book exceeds accepted accessibility standards.",
    "AA": "The book meets accepted accessibility standards.",
    "A": "The book meets minimum accessibility standards.",
}
CLAIM = re.compile(r"EPUB Accessibility 1\.1 - WCAG (2\.[0-2]) Level (A{1,3})")
OLDER_CLAIM = re.compile(r"https?://www\.idpf\.org/epub/a11y/accessibility-20170105\.html#wcag-(a{1,3})")


def statements(facts: AccessibilityFacts, *, layout: str) -> list[Section]:
    """Return what to say about a book; `layout` is "fixed" or "reflowable". Every section has a sentence."""
    features = facts.get("accessibilityFeature", [])
    sections = [
        ("Ways of reading", _ways_of_reading(facts, layout)),
        ("Conformance", _conformance(facts)),
        ("Navigation", _said(NAVIGATION, features)),
        ("Rich content", _said(RICH_CONTENT, features)),
        ("Hazards", _hazards(set(facts.get("accessibilityHazard", [])))),
        ("Additional accessibility information", _said(ADDITIONAL, features)),
        ("Accessibility summary", facts.get("accessibilitySummary", [])[:1]),
    ]
    if facts.get("exemption"):
        exemption = "The publisher claims an exemption from accessibility rules in some countries."
        sections.append(("Legal considerations", [exemption]))
    return [(heading, sentences or [NOTHING_KNOWN]) for heading, sentences in sections]


def _said(sentences: dict[str, str], features: list[str]) -> list[str]:
    """Return the sentences on these features, each once, in the guide's order."""
    return list(dict.fromkeys(sentence for name, sentence in sentences.items() if name in features))


def _ways_of_reading(facts: AccessibilityFacts, layout: str) -> list[str]:
    features = set(facts.get("accessibilityFeature", []))
    return [
        _appearance(features, layout),
        *_without_sight(facts, features),
        _recorded_audio(facts, features),
    ]


def _appearance(features: set[str], layout: str) -> str:
    if "displayTransformability" in features:
        return "The appearance of the text can be changed."
    if layout == "fixed":
        return "The appearance of the text cannot be changed."
    return "Whether the appearance of the text can be changed is not known."


def _without_sight(facts: AccessibilityFacts, features: set[str]) -> list[str]:
    modes, sufficient = facts.get("accessMode", []), facts.get("accessModeSufficient", [])
    has_alternatives = bool(features & ALTERNATIVES)
    some_text = any("textual" in value for value in [*modes, *sufficient])
    if modes == ["textual"] or "textual" in sufficient:
        said = "The whole book can be read aloud or in braille."
    elif some_text or has_alternatives:
        said = "Parts of the book can be read aloud or in braille."
    elif modes in (["auditory"], ["visual"]):
        said = "It cannot be read aloud or in braille."
    else:
        said = "Whether it can be read aloud or in braille is not known."
    return [said, "Pictures and the like have alternative text."] if has_alternatives else [said]


def _recorded_audio(facts: AccessibilityFacts, features: set[str]) -> str:
    if "synchronizedAudioText" in features:
        return "A recording plays along with the text."
    if "auditory" in facts.get("accessModeSufficient", []):
        return "The whole book is a recording."
    if "auditory" in facts.get("accessMode", []):
        return "There are recordings in the book."
    return "Whether there are recordings is not known."


def _conformance(facts: AccessibilityFacts) -> list[str]:
    claim = _claim(facts.get("conformsTo", []))
    if claim is None:
        unknown = "How well the book meets accessibility standards is not known."
        return [unknown] if facts.get("conformsTo") else []
    version, guidelines, level = claim
    said = [LEVELS[level]]
    said += [f"It was certified by {name}." for name in facts.get("certifiedBy", [])[:1]]
    said += [f"The certifier's credential is {name}." for name in facts.get("certifierCredential", [])[:1]]
    said.append(f"It claims to meet EPUB Accessibility {version}, WCAG {guidelines} Level {level}.")
    said += [f"It was certified on {day}." for day in facts.get("certificationDate", [])[:1]]
    said += [f"The certifier's report is at {link}." for link in facts.get("certifierReport", [])[:1]]
    return said


def _claim(standards: list[str]) -> tuple[str, str, str] | None:
    """Return the versions of EPUB Accessibility and of WCAG, and the level, that the book claims to meet."""
    for standard in standards:
        if found := CLAIM.search(standard):
            return "1.1", found[1], found[2]
    older = [found[1].upper() for standard in standards if (found := OLDER_CLAIM.fullmatch(standard))]
    return ("1.0", "2.0", max(older, key=len)) if older else None


def _hazards(hazards: set[str]) -> list[str]:
    if "none" in hazards or hazards >= NO_HAZARD:
        return ["There are no hazards."]
    if "unknown" in hazards or hazards >= UNKNOWN_HAZARD:
        return ["Whether there are hazards is not known."]
    return [sentence for name, sentence in HAZARDS if name in hazards]
