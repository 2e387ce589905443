"""What a new edition of a book changed, chapter by chapter."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# A chapter's title and plain text.
type Text = tuple[str, str]


@dataclass(frozen=True)
class Changes:
    """How many chapters are new, gone, of another title, or of another text under the same title."""

    added: int = 0
    removed: int = 0
    renamed: int = 0
    revised: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.renamed or self.revised)

    def __str__(self) -> str:
        """Return them as one phrase: "1 chapter added, 2 chapters revised"; empty if nothing changed."""
        return ", ".join(
            f"{count:,} {'chapter' if count == 1 else 'chapters'} {word}"
            for count, word in [
                (self.added, "added"),
                (self.removed, "removed"),
                (self.renamed, "renamed"),
                (self.revised, "revised"),
            ]
            if count
        )


def compare(old: Sequence[Text], new: Sequence[Text]) -> Changes:
    """Return what became of the old chapters, known again by their titles, or else by their text."""
    added = removed = renamed = revised = 0
    titles, new_titles = [title for title, _ in old], [title for title, _ in new]
    matcher = SequenceMatcher(None, titles, new_titles, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        before, after = old[start:end], new[new_start:new_end]
        if tag == "equal":
            revised += sum(one[1] != other[1] for one, other in zip(before, after, strict=True))
            continue
        known = _known_again(before, after)
        renamed += known
        removed += len(before) - known
        added += len(after) - known
    return Changes(added, removed, renamed, revised)


def _known_again(before: Sequence[Text], after: Sequence[Text]) -> int:
    """Count the chapters that kept most of their lines, each with the next one that has them."""
    known, rest = 0, list(after)
    for chapter in before:
        twin = next((index for index, other in enumerate(rest) if _alike(chapter, other)), None)
        if twin is not None:
            known += 1
            rest = rest[twin + 1 :]
    return known


def _alike(one: Text, other: Text) -> bool:
    lines, others = (set(text.splitlines()) - {title} for title, text in (one, other))
    return 2 * len(lines & others) > max(len(lines), len(others))
