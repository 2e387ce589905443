"""What readers do not get to see on purpose: the one list of it, with the reasons."""

from collections.abc import Iterator

from lxml import etree

from books.epub.book import MAX_DETAIL, MAX_FINDINGS, Finding, FindingKind
from books.epub.comparing.letters import letters, text_of_markup
from books.epub.comparing.matching import LeftOut
from books.epub.plain_text import one_line

# By the element that is left out with its content.
REASONS = {
    "audio": "the words in place of a recording",
    "canvas": "the words in place of a drawing by a script",
    "embed": "the words in place of a film",
    "iframe": "the words in place of a frame",
    "select": "a form field",
    "template": "a template for scripts",
    "textarea": "a form field",
    "title": "a second title",
    "video": "the words in place of a film",
}
NAVIGATION = "links to other pages"
HIDDEN = "hidden by the book"
CASE = "another version of the same passage"
DRAWING = "the words of a drawing"
NOTATION = "a formula in another notation"
# In HTML, tags in these are text.
RAW = frozenset({"iframe", "textarea"})
# Readers never see what is in these.
UNSEEN = frozenset(
    {"script", "style", "{http://www.w3.org/2000/svg}script", "{http://www.w3.org/2000/svg}style"}
)
# In characters, of the words in a finding.
MAX_QUOTED = 40


class LeavingOut:
    """Keeps the passages of one book that are left out, in its order."""

    def __init__(self) -> None:
        self.passages: list[LeftOut] = []
        self.words: list[str] = []
        self.findings: list[Finding] = []

    def document(self, root: etree._Element) -> None:
        """Note a document that is left out as a whole."""
        self.words.append("".join(_texts(root)))

    def element(self, element: etree._Element, chapter: int, reason: str, instead: str = "") -> None:
        """Note an element that is left out, or in whose place other words are shown."""
        words = "".join(_texts(element))
        said, shown = letters(words), letters(instead)
        if said == shown or not said:
            return
        self.passages.append(LeftOut(said, shown))
        self.words.append(words)
        if not shown and len(self.findings) < MAX_FINDINGS:
            detail = f"{reason}: “{one_line(words)[:MAX_QUOTED]}”"
            self.findings.append(Finding(FindingKind.LEFT_OUT, chapter, detail[:MAX_DETAIL]))


def _texts(element: etree._Element) -> Iterator[str]:
    """Yield the texts in an element, with the alternative texts of its pictures."""
    unseen = 0
    for event, part in etree.iterwalk(element, events=("start", "end")):
        inside = event == "start"
        if part.tag in UNSEEN:
            unseen += 1 if inside else -1
        if inside and part.tag == "img" and not unseen:
            yield f" {part.get('alt', '')} "
        text = part.text if inside else part.tail if part is not element else None
        if text and not unseen:
            yield text_of_markup(text) if inside and part.tag in RAW else text
