"""Where a part of a chapter is: what must be known of the book to clean it."""

from dataclasses import dataclass, field

from books.epub.book import MAX_DETAIL, Finding, FindingKind
from books.epub.dividing.links import Targets

from .illustrations import Illustrations, Shown
from .leaving_out import LeavingOut


@dataclass(frozen=True)
class Surroundings:
    """What must be known about the book to rewrite a part: its file and chapter, the links, the pictures."""

    path: str
    number: int
    targets: Targets
    illustrations: Illustrations
    left_out: LeavingOut
    findings: list[Finding] = field(default_factory=list)

    def find(self, reference: str) -> Shown | None:
        """Return the picture that the text refers to here."""
        return self.illustrations.find(self.path, reference, self.number)

    def note(self, kind: FindingKind, detail: str) -> None:
        """Note what readers will not get to see."""
        self.findings.append(Finding(kind, self.number, detail[:MAX_DETAIL]))
